//! `none`: a public client that only names itself (RFC 7591 §2).

use super::{ClientAuthMethod, Credentials};
use crate::error::ClientAuthError;
use crate::http::Request;
use crate::params::Params;

/// See the module.
pub struct None;

impl ClientAuthMethod for None {
    fn name(&self) -> &'static str {
        "none"
    }

    fn proves(&self) -> bool {
        false
    }

    fn credentials(&self, request: &Request, params: &Params) -> Result<Option<Credentials>, ClientAuthError> {
        if super::client_secret_basic::is_used(request) || params.present("client_secret").is_some() {
            return Ok(Option::None);
        }
        Ok(params.value("client_id").map(|id| Credentials { client_id: id.to_owned(), secret: Option::None }))
    }
}
