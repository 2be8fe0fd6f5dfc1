//! Requests as clients send them.

use std::net::{IpAddr, Ipv4Addr};

use app_connect::http::Request;
use app_connect::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The address that requests come from.
pub const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
/// The media type of forms.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// A POST over TLS with this body.
pub fn post(media_type: &str, body: impl Into<Vec<u8>>) -> Request {
    Request {
        method: b"POST".to_vec(),
        uri: b"/wp-json/app-connect/v1/token".to_vec(),
        content_type: Some(media_type.into()),
        address: Some(ADDRESS),
        secure: true,
        body: Secret::new(body.into()),
        ..Request::default()
    }
}

/// A GET of an endpoint.
pub fn get(endpoint: &str) -> Request {
    Request {
        method: b"GET".to_vec(),
        uri: format!("/wp-json/app-connect/v1/{endpoint}").into_bytes(),
        address: Some(ADDRESS),
        secure: true,
        ..Request::default()
    }
}

/// A form.
pub fn form(pairs: &[(&str, &str)]) -> Request {
    post(FORM, encode(pairs))
}

/// A form's text.
pub fn encode(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    pairs.join("&")
}

/// One side of a form's pair.
pub fn escape(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The request with this `Authorization`.
pub fn authorized(mut request: Request, value: impl Into<Vec<u8>>) -> Request {
    request.authorization = Some(Secret::new(value.into()));
    request
}

/// `Basic` credentials as RFC 6749 §2.3.1 encodes them.
pub fn basic(client_id: &str, secret: &str) -> String {
    raw_basic(&format!("{}:{}", escape(client_id), escape(secret)))
}

/// `Basic` credentials of these very characters.
pub fn raw_basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

/// A REST request with this `Authorization`, as the bearer path sees it.
pub fn rest(route: &str, authorization: Option<&str>) -> Request {
    Request {
        method: b"GET".to_vec(),
        uri: format!("/wp-json{route}").into_bytes(),
        authorization: authorization.map(|value| Secret::new(value.as_bytes().to_vec())),
        address: Some(ADDRESS),
        secure: true,
        route: Some(route.as_bytes().to_vec()),
        ..Request::default()
    }
}
