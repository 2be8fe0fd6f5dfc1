//! What the tests share: hosts, entropy, requests, and a site to run flows on.

pub mod drive;
pub mod entropy;
pub mod hostile;
pub mod keys;
pub mod memory;
pub mod people;
pub mod policies;
pub mod requests;
pub mod sessions;
pub mod sign_in;
pub mod slow;
pub mod vectors;
pub mod world;
