//! Redirect URIs: which ones a client may register, and when a presented one is one of them (RFC 6749 §3.1.2, RFC 8252
//! §7, RFC 9700 §4.1).
//!
//! They are compared byte for byte, without normalization. The one freedom is the port of a loopback address, which an
//! app on a desktop is given only when it starts to listen (RFC 8252 §7.3).

use std::net::{Ipv4Addr, Ipv6Addr};

use fluent_uri::Uri;
use fluent_uri::component::Authority;
use fluent_uri::pct_enc::EStr;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

/// The longest redirect URI, in bytes.
const MAX_LENGTH: usize = 2048;
/// RFC 1035 §2.3.4.
const MAX_HOST: usize = 253;
const MAX_LABEL: usize = 63;

/// The name that RFC 8252 §8.3 advises against, and that many apps use: allowed by a setting.
const LOCALHOST: &str = "localhost";
/// The spellings of the loopback addresses that plain http may go to. No other spelling of them is one.
const LOOPBACK: &[&str] = &["127.0.0.1", "[::1]"];

/// A redirect URI of a client, as it was registered.
///
/// A stored one is read as it is: the rules may have become stricter since. [`RedirectUri::matches`] judges again.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

/// Why a text is no redirect URI.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RedirectUriError {
    /// No absolute URI, or nothing after the scheme.
    #[error("not an absolute URI (RFC 3986 section 4.3)")]
    Absolute,
    /// White space, a control character, `\`, or anything else that no URI has.
    #[error("a character that no URI has; it may have to be percent-encoded")]
    Character,
    /// A segment that browsers resolve, plain or percent-encoded.
    #[error("the path has a . or .. segment")]
    DotSegments,
    /// RFC 6749 §3.1.2 forbids a fragment.
    #[error("a redirect URI has no fragment (RFC 6749 section 3.1.2)")]
    Fragment,
    /// No host, or one that is no plain name and no IP address.
    #[error("the host is neither a plain name nor an IP address")]
    Host,
    /// Plain http to a host that is not a loopback address.
    #[error("http is for http://127.0.0.1 and http://[::1] only (RFC 8252 section 7.3)")]
    Http,
    /// More than 2048 bytes.
    #[error("longer than 2048 bytes")]
    Length,
    /// `http://localhost`, on a site that does not allow it.
    #[error("http://localhost is not allowed on this site; http://127.0.0.1 is (RFC 8252 section 8.3)")]
    Localhost,
    /// No number from 0 to 65535, or with leading zeros.
    #[error("the port is not a number from 0 to 65535")]
    Port,
    /// Neither https, nor http, nor a private-use scheme with a dot.
    #[error("the scheme is neither https nor a private one with a dot, such as com.example.app (RFC 8252 section 7.1)")]
    Scheme,
    /// What comes before an `@` looks like the host and is not.
    #[error("a redirect URI has no user name and no password")]
    Userinfo,
    /// `*` would seem to match more than itself.
    #[error("redirect URIs are compared byte for byte and have no wildcards")]
    Wildcard,
}

impl RedirectUriError {
    /// A key for the sentence that people read.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Absolute => "absolute",
            Self::Character => "character",
            Self::DotSegments => "dot_segments",
            Self::Fragment => "fragment",
            Self::Host => "host",
            Self::Http => "http",
            Self::Length => "length",
            Self::Localhost => "localhost",
            Self::Port => "port",
            Self::Scheme => "scheme",
            Self::Userinfo => "userinfo",
            Self::Wildcard => "wildcard",
        }
    }
}

/// Where a redirect URI leads.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RedirectKind {
    /// To an app that owns a private-use scheme, or says so (RFC 8252 §7.1).
    App,
    /// To an app on the user's own machine (RFC 8252 §7.3).
    Loopback,
    /// To a web server that TLS identifies.
    Web,
}

/// A redirect URI as people are told about it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Destination {
    /// Where it leads.
    pub kind: RedirectKind,
    /// Who answers there: the host, or the loopback address with its port, or the scheme; in lower case.
    pub name: String,
}

impl RedirectUri {
    /// Reads a redirect URI that somebody registers; `localhost` says whether the site allows `http://localhost`.
    ///
    /// # Errors
    /// [`RedirectUriError`], saying what is wrong with it.
    pub fn register(text: &str, localhost: bool) -> Result<Self, RedirectUriError> {
        Parts::judge(text, localhost).map(|_| Self(text.to_owned()))
    }

    /// The text as it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a presented redirect URI is this one: byte for byte, or on loopback in everything but the port.
    ///
    /// What could not be registered today matches nothing, even itself: a site that no longer allows `http://localhost`
    /// redirects nobody there.
    #[must_use]
    pub fn matches(&self, presented: &str, localhost: bool) -> bool {
        let (Ok(registered), Ok(other)) = (Parts::judge(&self.0, localhost), Parts::judge(presented, localhost)) else {
            return false;
        };
        presented == self.0 || registered.differs_in_port_only(&other)
    }
}

impl Destination {
    /// Where a presented redirect URI leads; `None` if it is none.
    #[must_use]
    pub fn of(presented: &str) -> Option<Self> {
        let parts = Parts::judge(presented, true).ok()?;
        let name = match parts.kind {
            RedirectKind::App => parts.scheme,
            RedirectKind::Loopback => parts.authority?.as_str(),
            RedirectKind::Web => parts.authority?.host(),
        };
        Some(Self { kind: parts.kind, name: name.to_ascii_lowercase() })
    }
}

/// The parts of a redirect URI that keeps the rules.
struct Parts<'a> {
    kind: RedirectKind,
    scheme: &'a str,
    authority: Option<Authority<'a>>,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn judge(text: &'a str, localhost: bool) -> Result<Self, RedirectUriError> {
        // The length first: whatever comes after it takes little time.
        if text.len() > MAX_LENGTH {
            return Err(RedirectUriError::Length);
        }
        if !text.bytes().all(is_uri_character) {
            return Err(RedirectUriError::Character);
        }
        if text.contains('#') {
            return Err(RedirectUriError::Fragment);
        }
        if text.contains('*') {
            return Err(RedirectUriError::Wildcard);
        }
        let uri = Uri::parse(text).map_err(|_| RedirectUriError::Absolute)?;
        let scheme = uri.scheme().as_str();
        let authority = uri.authority();
        if authority.is_some_and(|authority| authority.has_userinfo()) {
            return Err(RedirectUriError::Userinfo);
        }
        let host = authority.map_or("", |authority| authority.host());
        let kind = match scheme {
            "http" => judge_loopback(host, localhost).map(|()| RedirectKind::Loopback)?,
            "https" if is_plain_host(host) => RedirectKind::Web,
            "https" => return Err(RedirectUriError::Host),
            // Upper-case HTTP and javascript: alike have no dot.
            private if private.contains('.') => RedirectKind::App,
            _ => return Err(RedirectUriError::Scheme),
        };
        if text.len() == scheme.len().saturating_add(1) {
            return Err(RedirectUriError::Absolute);
        }
        if authority.and_then(|authority| authority.port()).is_some_and(|port| !is_port(port.as_str())) {
            return Err(RedirectUriError::Port);
        }
        let path = uri.path().as_str();
        if has_dot_segment(path) {
            return Err(RedirectUriError::DotSegments);
        }
        Ok(Self { kind, scheme, authority, path, query: uri.query().map(EStr::as_str) })
    }

    fn differs_in_port_only(&self, other: &Self) -> bool {
        let host = |parts: &Self| parts.authority.map(|authority| authority.host());
        self.kind == RedirectKind::Loopback
            && other.kind == RedirectKind::Loopback
            && host(self) == host(other)
            && self.path == other.path
            && self.query == other.query
    }
}

/// RFC 3986 §2.2, §2.3 and the `%` of §2.1.
const fn is_uri_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'/' | b':' | b';' | b'=' | b'?' | b'@' | b'[' | b']' | b'_' | b'~')
}

fn judge_loopback(host: &str, localhost: bool) -> Result<(), RedirectUriError> {
    match host {
        LOCALHOST if localhost => Ok(()),
        LOCALHOST => Err(RedirectUriError::Localhost),
        literal if LOOPBACK.contains(&literal) => Ok(()),
        _ => Err(RedirectUriError::Http),
    }
}

/// Whether a host is one that all software reads alike: an IP address as everybody writes it, or a name of plain labels.
fn is_plain_host(host: &str) -> bool {
    if let Some(literal) = host.strip_prefix('[') {
        return literal.strip_suffix(']').is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    }
    let numeric =
        |label: &str| label.bytes().all(|b| b.is_ascii_digit()) || label.starts_with("0x") || label.starts_with("0X");
    // Browsers read 2130706433 and 0x7f.1 as IPv4 addresses.
    if host.rsplit('.').next().is_some_and(numeric) {
        return host.parse::<Ipv4Addr>().is_ok();
    }
    let plain = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    host.len() <= MAX_HOST && host.split('.').all(plain)
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port.to_string() == text)
}

/// Whether a path has a segment that software may resolve: `.` or `..`, also percent-encoded, with a parameter (`..;x`),
/// or between encoded separators.
fn has_dot_segment(path: &str) -> bool {
    let decoded: Vec<u8> = percent_decode_str(path).collect();
    decoded
        .split(|byte| matches!(byte, b'/' | b'\\'))
        .filter_map(|segment| segment.split(|byte| *byte == b';').next())
        .any(|segment| segment == b"." || segment == b"..")
}
