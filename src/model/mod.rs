//! What is stored: plain data, with the rules that tell what it is worth now.

pub mod client;
pub mod draft;
pub mod grant;
pub mod number;
pub mod policy_row;
pub mod registration;
pub mod revision;
pub mod token;
