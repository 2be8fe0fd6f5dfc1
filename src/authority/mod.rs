//! What a token may do: the intersection of what its client may, what was granted, and what its user can do now.

pub mod bundle;
pub mod capability;
pub mod decision;
pub mod names;
pub mod policy;
pub mod route;
pub mod scope;
pub mod summary;
