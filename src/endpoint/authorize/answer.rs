//! The authorization response: back to the client, at its redirect URI (RFC 6749 §4.1.2, RFC 9207 §2).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::request::Addressed;
use crate::error::AuthorizeError;
use crate::http::Response;

/// RFC 3986 §2.3: what stays as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where the answer goes, and what goes with every answer.
#[derive(Debug)]
pub struct Back<'a> {
    /// Whose redirect URI it is.
    pub to: &'a Addressed,
    /// The client's own.
    pub state: Option<&'a [u8]>,
    /// Who answers.
    pub issuer: &'a str,
}

impl Back<'_> {
    /// The answer with a code.
    pub fn code(&self, code: &str) -> Response {
        self.respond(&[("code", code)])
    }

    /// The answer with an error.
    pub fn error(&self, error: &AuthorizeError) -> Response {
        self.respond(&[("error", error.code().as_str()), ("error_description", &error.to_string())])
    }

    fn respond(&self, parameters: &[(&str, &str)]) -> Response {
        let mut uri = self.to.redirect_uri.clone();
        let mut separator = if uri.contains('?') { "&" } else { "?" };
        let parameters = parameters.iter().map(|(name, value)| (*name, value.as_bytes()));
        let state = self.state.filter(|state| !state.is_empty()).map(|state| ("state", state));
        for (name, value) in parameters.chain(state).chain([("iss", self.issuer.as_bytes())]) {
            uri.push_str(separator);
            uri.push_str(name);
            uri.push('=');
            uri.extend(percent_encode(value, ESCAPED));
            separator = "&";
        }
        // RFC 9700 §4.12: 303, so that no browser sends a form, with a password perhaps, on to the client.
        Response::empty(303).with("Location", uri).with("Referrer-Policy", "no-referrer")
    }
}
