//! Where a site lives, and how it spells its REST addresses: a pure function of three WordPress options.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::Deserialize;

use crate::authority::decision::NAMESPACE;
use crate::http::Request;
use crate::params::php_name;
use crate::secret::token::TokenDigest;

/// RFC 8615 §3.
const WELL_KNOWN: &str = "/.well-known/";

/// An address without its path, and its path, which is empty for the root.
pub(crate) fn origin_and_path(address: &str) -> (&str, &str) {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let path = rest.find('/').and_then(|start| rest.get(start..)).unwrap_or("");
    (address.strip_suffix(path).unwrap_or(address), path.trim_end_matches('/'))
}

/// A site's addresses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// The `home` option. Never `home_url()`, which is filtered, nor the Host header.
    pub home: String,
    /// `rest_get_url_prefix()`, `wp-json` unless a plugin changed it.
    pub rest_prefix: String,
    /// The `permalink_structure` option; empty for plain permalinks.
    pub permalinks: String,
}

impl Site {
    /// Judges the addresses.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.host().is_none_or(str::is_empty) {
            return Err("home is not an absolute http or https address");
        }
        if self.rest_prefix.trim_matches('/').is_empty() {
            return Err("the REST prefix is empty");
        }
        Ok(())
    }

    /// The address of the site, without a trailing slash.
    #[must_use]
    pub fn home(&self) -> &str {
        self.home.trim_end_matches('/')
    }

    /// Which site this is: SHA-256 of its address without the scheme, which may become https one day. A digest, so that no
    /// search and replace over a copied database makes the copy look like its original.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        let address = self.home().split_once("://").map_or("", |(_, rest)| rest);
        TokenDigest::of(address.to_ascii_lowercase().as_bytes())
    }

    /// The address of a REST route, equal to core's `rest_url( $route )`.
    #[must_use]
    pub fn rest_url(&self, route: &str) -> String {
        let (home, prefix) = (self.home(), self.rest_prefix.trim_matches('/'));
        if self.permalinks.is_empty() {
            // Like core: nginx answers some methods itself when it has to find index.php.
            format!("{home}/index.php?rest_route={route}")
        } else if self.permalinks.starts_with("/index.php/") {
            format!("{home}/index.php/{prefix}{route}")
        } else {
            format!("{home}/{prefix}{route}")
        }
    }

    /// The path of a REST route of ours that this request spells canonically, below our namespace: `/token`.
    ///
    /// Canonical is what WordPress itself would route there without any rewriting: `rest_route` in the query alone if it
    /// is there; else the home path, `index.php/` or not, the REST prefix, byte for byte, with pretty permalinks on.
    /// Every other spelling is left to WordPress.
    #[must_use]
    pub fn endpoint_path<'a>(&self, request: &'a Request) -> Option<&'a str> {
        let uri = std::str::from_utf8(&request.uri).ok()?;
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let below = path.strip_prefix(self.home_path())?.strip_prefix('/')?;
        let mut routes =
            query.split('&').filter(|pair| php_name(pair.as_bytes()).map_or(true, |name| name == "rest_route"));
        if let Some(first) = routes.next() {
            // Anything but one plain value (a second one, `rest_route[]`, an escape) is WordPress' to read.
            let route = first.strip_prefix("rest_route=").filter(|_| routes.next().is_none())?;
            return (below.is_empty() || below == "index.php").then_some(route)?.strip_prefix(NAMESPACE);
        }
        if self.permalinks.is_empty() {
            return None;
        }
        let below = below.strip_prefix("index.php/").unwrap_or(below);
        below.strip_prefix(self.rest_prefix.trim_matches('/'))?.strip_prefix(NAMESPACE)
    }

    /// The name below `/.well-known/` that a request spells, for a document of one of `issuers`: before its path (RFC 8414
    /// §3), as far as such a request comes here, or after it (OpenID Connect Discovery §4).
    #[must_use]
    pub fn well_known<'a>(issuers: &[&str], request: &'a Request) -> Option<&'a str> {
        let uri = std::str::from_utf8(&request.uri).ok()?;
        let path = uri.split_once('?').map_or(uri, |(path, _)| path);
        let (before, after) = path.split_once(WELL_KNOWN)?;
        let (name, below) = after.split_at(after.find('/').unwrap_or(after.len()));
        let is_one = |path| issuers.iter().any(|issuer| origin_and_path(issuer).1 == path);
        ((before.is_empty() && is_one(below)) || (below.is_empty() && is_one(before))).then_some(name)
    }

    fn home_path(&self) -> &str {
        origin_and_path(self.home()).1
    }

    fn host(&self) -> Option<&str> {
        let (scheme, rest) = self.home.split_once("://")?;
        if !matches!(scheme, "http" | "https") {
            return None;
        }
        let authority = rest.split('/').next()?;
        let host = authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        Some(host.map_or(authority, |(host, _)| host))
    }

    /// Whether the site is only reachable from its own machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let Some(host) = self.host() else {
            return false;
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || bare.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
            || bare.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
    }
}
