//! `client_secret_post`: identifier and secret in the body (RFC 6749 §2.3.1).

use super::{ClientAuthMethod, Credentials};
use crate::error::ClientAuthError;
use crate::http::Request;
use crate::params::Params;
use crate::secret::Secret;

/// See the module.
pub struct ClientSecretPost;

impl ClientAuthMethod for ClientSecretPost {
    fn name(&self) -> &'static str {
        "client_secret_post"
    }

    fn proves(&self) -> bool {
        true
    }

    fn credentials(&self, _: &Request, params: &Params) -> Result<Option<Credentials>, ClientAuthError> {
        let Some(secret) = params.present("client_secret") else {
            return Ok(None);
        };
        let client_id = params.value("client_id").unwrap_or_default().to_owned();
        Ok(Some(Credentials { client_id, secret: Some(Secret::new(secret.to_owned())) }))
    }
}
