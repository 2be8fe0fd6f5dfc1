//! A request as it came over the wire, and a response as it goes back.

use std::net::IpAddr;

use ipnet::IpNet;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use serde::Serialize;
use serde_json::{Value, json};

use crate::address;
use crate::secret::Secret;
use crate::secret::token::TokenDigest;

/// RFC 3986 §2.3: what stays as it is in a value of a query.
pub const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One snapshot of a request, taken before anything could alter it. Remote data is bytes.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The method of the request line.
    pub method: Vec<u8>,
    /// Path and query of the request line.
    pub uri: Vec<u8>,
    /// The value of `Authorization`.
    pub authorization: Option<Secret<Vec<u8>>>,
    /// The value of `Content-Type`.
    pub content_type: Option<Vec<u8>>,
    /// The value of `X-HTTP-Method-Override`.
    pub method_override: Option<Vec<u8>>,
    /// The value of `If-None-Match`.
    pub if_none_match: Option<Vec<u8>>,
    /// The value of `Origin`.
    pub origin: Option<Vec<u8>>,
    /// The address that it came from: the peer's, until [`Request::seen_through`] looked behind trusted proxies.
    pub address: Option<IpAddr>,
    /// The value of `X-Forwarded-For`.
    pub forwarded_for: Option<Vec<u8>>,
    /// Whether it came over TLS.
    pub secure: bool,
    /// The body, cut off one byte above [`crate::params::MAX_BODY`].
    pub body: Secret<Vec<u8>>,
    /// The REST route that is asked for, where the host knows it.
    pub route: Option<Vec<u8>>,
}

impl Request {
    /// The raw query string.
    #[must_use]
    pub fn query(&self) -> &[u8] {
        let mut parts = self.uri.splitn(2, |byte| *byte == b'?');
        parts.next();
        parts.next().unwrap_or_default()
    }

    /// The same request, with the address of the client that stands behind trusted proxies.
    #[must_use]
    pub fn seen_through(self, trusted: &[IpNet]) -> Self {
        let address = self.address.map(|peer| address::behind(peer, self.forwarded_for.as_deref(), trusted));
        Self { address, ..self }
    }

    /// The address as text.
    #[must_use]
    pub fn address_text(&self) -> Option<String> {
        self.address.map(|address| address.to_string())
    }
}

/// What a person is told in place of an answer. The host writes it, in the person's language.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Page {
    /// A key for the sentence.
    pub code: &'static str,
    /// What is wrong, for the client's developer: ASCII English.
    pub detail: String,
    /// The client's name, if there is a client.
    pub client: Option<String>,
    /// What the page sends elsewhere as soon as it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
}

impl Page {
    /// A page that tells something and leads nowhere.
    #[must_use]
    pub const fn telling(code: &'static str, detail: String, client: Option<String>) -> Self {
        Self { code, detail, client, form: None }
    }
}

/// A form that a browser posts.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Form {
    /// Where to.
    pub action: String,
    /// Names and values.
    pub fields: Vec<(&'static str, String)>,
}

/// What goes back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header fields in order.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// The page to write as the body.
    pub page: Option<Page>,
}

impl Response {
    /// A JSON answer that nobody may store (RFC 6749 §5.1).
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self { body: body.to_string(), ..Self::empty(status) }.with("Content-Type", "application/json")
    }

    /// An answer without a body that nobody may store.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        let headers = vec![("Cache-Control", "no-store".to_owned()), ("Pragma", "no-cache".to_owned())];
        Self { status, headers, body: String::new(), page: None }
    }

    /// A JSON document that everybody may keep for `max_age` seconds, named by its content (RFC 9110 §8.8.3); 304 if the
    /// request has it already.
    #[must_use]
    pub fn document(request: &Request, body: &Value, max_age: u32) -> Self {
        let body = body.to_string();
        let tag = format!("\"{}\"", TokenDigest::of(body.as_bytes()).as_str());
        let known = request.if_none_match.as_deref().is_some_and(|tags| names_tag(tags, tag.as_bytes()));
        let headers = vec![("Cache-Control", format!("public, max-age={max_age}")), ("ETag", tag)];
        if known {
            return Self { status: 304, headers, body: String::new(), page: None };
        }
        Self { status: 200, headers, body, page: None }.with("Content-Type", "application/json")
    }

    /// An answer whose body the host writes.
    #[must_use]
    pub fn page(status: u16, page: Page) -> Self {
        Self { page: Some(page), ..Self::empty(status) }
    }

    /// The same with one more header field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The value of a header field.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// RFC 9110 §13.1.2: any, or one of a list; whether a tag is weak does not matter here.
fn names_tag(tags: &[u8], tag: &[u8]) -> bool {
    tags.trim_ascii() == b"*"
        || tags
            .split(|byte| *byte == b',')
            .map(<[u8]>::trim_ascii)
            .any(|one| one.strip_prefix(b"W/").unwrap_or(one) == tag)
}

/// The body of an OAuth error (RFC 6749 §5.2).
#[must_use]
pub fn error_body(error: &str, description: &str) -> Value {
    json!({ "error": error, "error_description": description })
}
