//! What is stored: plain data, with the rules that tell what it is worth now.

pub mod app_session;
pub mod approval;
pub mod claims;
pub mod client;
pub mod code;
pub mod draft;
pub mod grant;
pub mod key;
pub mod number;
pub mod policy_row;
pub mod registration;
pub mod revision;
pub mod session;
mod sign_in;
pub mod token;
pub mod token_format;
