//! App Connect: OAuth 2.1 and OpenID Connect for WordPress.
//!
//! The whole protocol is here and does no I/O: a [`flow::Flow`] pauses at each typed [`need::Need`] and goes on with the
//! host's answer. Feature `extension` adds the PHP skin, the only part that knows PHP.

pub mod address;
pub mod authority;
pub mod client_auth;
pub mod config;
pub mod context;
pub mod endpoint;
pub mod entropy;
pub mod error;
pub mod event;
pub mod flow;
pub mod grant;
pub mod http;
pub mod issuer;
pub mod jose;
pub mod limit;
pub mod model;
pub mod need;
pub mod params;
pub mod pkce;
pub mod redirect_uri;
pub mod secret;
pub mod server;
pub mod settings;
pub mod signing;
pub mod site;
pub mod time;

#[cfg(feature = "extension")]
mod php;
