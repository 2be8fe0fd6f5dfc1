//! The issuer identifier (RFC 8414 §2, OpenID Connect Discovery §3), and where its documents are looked up.

use serde::{Deserialize, Serialize};

use crate::authority::decision::NAMESPACE;
use crate::site::{Site, origin_and_path};

/// What an administrator chose as the issuer.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IssuerPlace {
    /// The site's address.
    #[default]
    Site,
    /// The root of our REST routes: for a host that keeps `/.well-known` from WordPress, or a site where that is another
    /// plugin's.
    Rest,
}

impl IssuerPlace {
    /// All of them, the default first.
    pub const ALL: &'static [Self] = &[Self::Site, Self::Rest];

    /// The issuer of a site at this place. Where its REST routes have a query, they can be none (RFC 8414 §2).
    #[must_use]
    pub fn issuer(self, site: &Site) -> Option<String> {
        let issuer = match self {
            Self::Site => site.home().to_owned(),
            Self::Rest => site.rest_url(NAMESPACE),
        };
        (!issuer.contains('?')).then_some(issuer)
    }
}

/// An issuer that could be chosen.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Choice {
    /// Where.
    pub place: IssuerPlace,
    /// What the issuer would be, none if it cannot be there.
    pub issuer: Option<String>,
    /// Where OpenID Connect looks for its configuration.
    pub configuration: Option<String>,
    /// Whether it is that already.
    pub current: bool,
}

/// A document as it is looked up.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Document {
    /// Which endpoint answers it.
    pub endpoint: &'static str,
    /// Where.
    pub address: String,
    /// Whether it is what OpenID Connect asks of an issuer; the others are spellings that some clients know.
    pub own: bool,
}

/// Where OpenID Connect looks for what an issuer can do (Discovery §4).
#[must_use]
pub fn configuration(issuer: &str) -> String {
    below(issuer, "openid-configuration")
}

/// The address of a document below its issuer, as OpenID Connect Discovery §4.1 has it.
#[must_use]
pub fn below(issuer: &str, name: &str) -> String {
    let (origin, path) = origin_and_path(issuer);
    format!("{origin}{path}/.well-known/{name}")
}

/// The address of a document between its issuer's host and path, as RFC 8414 §3.1 has it.
#[must_use]
pub fn between(issuer: &str, name: &str) -> String {
    let (origin, path) = origin_and_path(issuer);
    format!("{origin}/.well-known/{name}{path}")
}
