"""What the lab is made of; `lab` is the door to it."""
