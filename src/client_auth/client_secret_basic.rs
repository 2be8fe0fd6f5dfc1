//! `client_secret_basic`: identifier and secret in `Authorization: Basic`, each form-encoded (RFC 6749 §2.3.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{ClientAuthMethod, Credentials};
use crate::error::ClientAuthError;
use crate::http::Request;
use crate::params::{Params, decode_form};
use crate::secret::Secret;

/// The longest header value that is read, in bytes: the longest identifier and secret, form-encoded, in base64.
const MAX_HEADER: usize = 8192;

/// See the module.
pub struct ClientSecretBasic;

impl ClientAuthMethod for ClientSecretBasic {
    fn name(&self) -> &'static str {
        "client_secret_basic"
    }

    fn proves(&self) -> bool {
        true
    }

    fn credentials(&self, request: &Request, params: &Params) -> Result<Option<Credentials>, ClientAuthError> {
        // Some servers join two Authorization fields with a comma. Neither Basic nor Bearer has one.
        if request.authorization.as_ref().is_some_and(|value| value.expose().contains(&b',')) {
            return Err(ClientAuthError::Multiple);
        }
        let Some(encoded) = encoded(request) else {
            return Ok(None);
        };
        let credentials = decode(encoded).ok_or(ClientAuthError::MalformedHeader)?;
        match params.value("client_id") {
            Some(other) if other != credentials.client_id => Err(ClientAuthError::Mismatch),
            _ => Ok(Some(credentials)),
        }
    }
}

/// Whether the request uses `Authorization: Basic` at all.
pub(super) fn is_used(request: &Request) -> bool {
    encoded(request).is_some()
}

fn encoded(request: &Request) -> Option<&[u8]> {
    let value = request.authorization.as_ref()?.expose().trim_ascii();
    let (scheme, rest) = value.split_at_checked(5)?;
    let separated = rest.is_empty() || rest.starts_with(b" ");
    (scheme.eq_ignore_ascii_case(b"basic") && separated).then_some(rest.trim_ascii())
}

fn decode(encoded: &[u8]) -> Option<Credentials> {
    if encoded.len() > MAX_HEADER {
        return None;
    }
    let pair = Zeroizing::new(STANDARD.decode(encoded).ok()?);
    let mut sides = pair.splitn(2, |byte| *byte == b':');
    let client_id = decode_form(sides.next()?).ok()?;
    let secret = decode_form(sides.next()?).ok()?;
    Some(Credentials { client_id: client_id.to_string(), secret: Some(Secret::new(secret.to_string())) })
}
