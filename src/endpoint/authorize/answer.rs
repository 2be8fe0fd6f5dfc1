//! The authorization response: back to the client, at its redirect URI (RFC 6749 §4.1.2, RFC 9207 §2), in one of two ways.

use percent_encoding::percent_encode;

use super::request::Addressed;
use crate::error::{AuthorizeError, PageError};
use crate::http::{ESCAPED, Form, Page, Response};
use crate::params::ParamError;

/// How the answer travels (OAuth 2.0 Multiple Response Type Encoding Practices §2.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ResponseMode {
    /// In a form that a page of ours posts (OAuth 2.0 Form Post Response Mode): in no history and no log.
    FormPost,
    /// In the query of the redirect URI.
    Query,
}

impl ResponseMode {
    /// The values of `response_mode`.
    pub const NAMES: &[&str] = &["query", "form_post"];

    /// The mode that a request asks for; `None` for one that there is not.
    pub fn of(name: Option<&str>) -> Option<Self> {
        match name {
            None | Some("query") => Some(Self::Query),
            Some("form_post") => Some(Self::FormPost),
            Some(_) => None,
        }
    }
}

/// Where the answer goes, and what goes with every answer.
#[derive(Debug)]
pub struct Back<'a> {
    /// Whose redirect URI it is.
    pub to: &'a Addressed,
    /// The client's own.
    pub state: Option<&'a [u8]>,
    /// Who answers.
    pub issuer: &'a str,
    /// How.
    pub mode: ResponseMode,
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

    fn respond(&self, parameters: &[(&'static str, &str)]) -> Response {
        match self.mode {
            ResponseMode::FormPost => self.post(parameters).unwrap_or_else(PageError::response),
            ResponseMode::Query => self.redirect(parameters),
        }
    }

    fn post(&self, parameters: &[(&'static str, &str)]) -> Result<Response, PageError> {
        let mut fields: Vec<_> = parameters.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        if let Some(state) = self.state.filter(|state| !state.is_empty()) {
            // A form has text, and browsers write its line breaks as they like.
            let text = std::str::from_utf8(state).ok().filter(|text| !text.contains(['\r', '\n', '\0']));
            fields.push(("state", text.ok_or(ParamError::Text)?.to_owned()));
        }
        fields.push(("iss", self.issuer.to_owned()));
        let form = Form { action: self.to.redirect_uri.clone(), fields };
        let client = Some(self.to.client.name.clone());
        Ok(Response::page(200, Page { form: Some(form), ..Page::telling("form_post", String::new(), client) }))
    }

    fn redirect(&self, parameters: &[(&str, &str)]) -> Response {
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
