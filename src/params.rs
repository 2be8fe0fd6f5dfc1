//! Request parameters: read once, each at most once, as UTF-8 text.

use std::collections::BTreeMap;
use std::fmt;

use percent_encoding::percent_decode;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use zeroize::{Zeroize, Zeroizing};

use crate::http::Request;

/// The largest body that is read, in bytes.
pub const MAX_BODY: usize = 65_536;
/// The largest number of parameters.
const MAX_PARAMETERS: usize = 100;
/// Parameters with which a request could try to become another one inside WordPress.
const WORDPRESS: &[&str] = &["_envelope", "_fields", "_jsonp", "_method", "rest_route"];
/// Parameters that must never stand in an address, where logs and histories keep them (RFC 6749 §2.3.1).
const BODY_ONLY: &[&str] = &[
    "client_assertion",
    "client_id",
    "client_secret",
    "code",
    "code_verifier",
    "grant_type",
    "password",
    "refresh_token",
    "token",
    "username",
];

/// Why parameters were refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ParamError {
    /// More than [`MAX_BODY`] bytes.
    #[error("the body is larger than 64 KiB")]
    BodyTooLarge,
    /// RFC 6749 §3.2: parameters must not be included more than once.
    #[error("a parameter is included more than once")]
    Duplicate,
    /// Credentials or the grant in the query string.
    #[error("parameters of this endpoint belong in the body, never in the address")]
    InQuery,
    /// JSON that is no object of texts.
    #[error("the JSON body is not an object whose values are all strings")]
    Json,
    /// A name like `code[]` or `client.id`, or one that is not text.
    #[error("a parameter name is malformed")]
    Name,
    /// Neither a form nor JSON.
    #[error("the body must be application/x-www-form-urlencoded")]
    MediaType,
    /// More than 100.
    #[error("the request has too many parameters")]
    TooMany,
    /// Not UTF-8, or with a NUL.
    #[error("a parameter is not valid UTF-8 text")]
    Text,
    /// `_method`, `_jsonp`, `_envelope`, `_fields`, `rest_route`, or `X-HTTP-Method-Override`.
    #[error("WordPress' request overrides are not accepted here")]
    WordPress,
}

/// The parameters of a request body.
#[derive(Default)]
pub struct Params(BTreeMap<String, Zeroizing<String>>);

impl fmt::Debug for Params {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

impl Params {
    /// The parameters of a body: a form, or a JSON object as documented leniency. The query is never merged.
    ///
    /// # Errors
    /// [`ParamError`].
    pub fn of_body(request: &Request) -> Result<Self, ParamError> {
        let body = request.body.expose();
        if body.len() > MAX_BODY {
            return Err(ParamError::BodyTooLarge);
        }
        if request.method_override.is_some() {
            return Err(ParamError::WordPress);
        }
        Self::check_query(request.query())?;
        let params = match media_type(request).as_slice() {
            b"application/x-www-form-urlencoded" => Self::of_form(body)?,
            b"" if body.is_empty() => Self::default(),
            b"application/json" => Self::of_json(body)?,
            _ => return Err(ParamError::MediaType),
        };
        if params.0.keys().any(|name| WORDPRESS.contains(&name.as_str())) {
            return Err(ParamError::WordPress);
        }
        Ok(params)
    }

    fn check_query(query: &[u8]) -> Result<(), ParamError> {
        for pair in query.split(|byte| *byte == b'&') {
            let name = php_name(pair)?;
            if BODY_ONLY.contains(&name.as_str()) {
                return Err(ParamError::InQuery);
            }
            if WORDPRESS.contains(&name.as_str()) && name != "rest_route" {
                return Err(ParamError::WordPress);
            }
        }
        Ok(())
    }

    fn of_form(body: &[u8]) -> Result<Self, ParamError> {
        let mut params = Self::default();
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut sides = pair.splitn(2, |byte| *byte == b'=');
            let name = decode_form(sides.next().unwrap_or_default())?;
            let value = decode_form(sides.next().unwrap_or_default())?;
            params.insert(&name, value)?;
        }
        Ok(params)
    }

    fn of_json(body: &[u8]) -> Result<Self, ParamError> {
        let pairs: Pairs = serde_json::from_slice(body).map_err(|_| ParamError::Json)?;
        let mut params = Self::default();
        for (name, value) in pairs.0 {
            if value.contains('\0') {
                return Err(ParamError::Text);
            }
            params.insert(&name, Zeroizing::new(value))?;
        }
        Ok(params)
    }

    /// Adds a parameter.
    ///
    /// # Errors
    /// [`ParamError`] on a name that no parameter has, one that is there already, and one too many.
    pub fn insert(&mut self, name: &str, value: Zeroizing<String>) -> Result<(), ParamError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':');
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(ParamError::Name);
        }
        if self.0.len() >= MAX_PARAMETERS {
            return Err(ParamError::TooMany);
        }
        match self.0.insert(name.to_owned(), value) {
            Some(_) => Err(ParamError::Duplicate),
            None => Ok(()),
        }
    }

    /// The value of a parameter. RFC 6749 §3.2: one without a value is as if it were omitted.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.present(name).filter(|value| !value.is_empty())
    }

    /// The value of a parameter, which may be empty, if the parameter was sent at all.
    #[must_use]
    pub fn present(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.as_str())
    }
}

/// The media type of a request's body, in lower case, without parameters.
#[must_use]
pub fn media_type(request: &Request) -> Vec<u8> {
    let value = request.content_type.as_deref().unwrap_or_default();
    value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii().to_ascii_lowercase()
}

/// The name of a query pair as PHP reads it: decoded, without leading blanks, cut at an array's bracket, dots and blanks as `_`.
///
/// # Errors
/// [`ParamError::Text`].
pub fn php_name(pair: &[u8]) -> Result<String, ParamError> {
    let name = decode_form(pair.split(|byte| *byte == b'=').next().unwrap_or_default())?;
    let name = name.trim_start_matches(' ').replace(['.', ' '], "_");
    // A bracket that is never closed is no array to PHP: it becomes an underscore.
    Ok(match name.split_once('[') {
        Some((stem, rest)) if rest.contains(']') => stem.to_owned(),
        Some((stem, rest)) => format!("{stem}_{rest}"),
        None => name,
    })
}

/// Decodes one side of a form pair, or of Basic credentials (RFC 6749 §2.3.1): `+` is a space, `%41` an `A`.
///
/// # Errors
/// [`ParamError::Text`].
pub fn decode_form(raw: &[u8]) -> Result<Zeroizing<String>, ParamError> {
    let mut spaced: Vec<u8> = raw.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let bytes: Vec<u8> = percent_decode(&spaced).collect();
    spaced.zeroize();
    let text = String::from_utf8(bytes).map(Zeroizing::new).map_err(|error| {
        error.into_bytes().zeroize();
        ParamError::Text
    })?;
    if text.contains('\0') { Err(ParamError::Text) } else { Ok(text) }
}

/// A flat JSON object in the order it was sent, so that a repeated name is seen.
struct Pairs(Vec<(String, String)>);

impl<'de> serde::Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Pairs;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    if pairs.len() > MAX_PARAMETERS {
                        return Err(A::Error::custom("too many"));
                    }
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Object)
    }
}
