//! The site's public keys (RFC 7517 §5).

use std::rc::Rc;

use super::{Endpoint, Metadata};
use crate::context::Context;
use crate::error::OAuthError;
use crate::flow::{Host, Step};
use crate::http::{Request, Response};
use crate::signing;

/// See the module.
pub struct Jwks;

/// Seconds for which the set may be kept. A key is published for an hour and more before it signs.
const MAX_AGE: u32 = 300;

impl Endpoint for Jwks {
    fn name(&self) -> &'static str {
        "jwks"
    }

    fn path(&self) -> &'static str {
        "/jwks"
    }

    fn description(&self) -> &'static str {
        "The public keys that verify our tokens (RFC 7517)"
    }

    fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn methods(&self) -> &'static [&'static str] {
        &["GET", "HEAD"]
    }

    fn describe(&self, context: &Context, metadata: &mut Metadata) {
        metadata.address("jwks_uri", context, self);
    }

    fn run<'a>(
        &'a self,
        host: &'a Host,
        context: &'a Rc<Context>,
        request: &'a Request,
    ) -> Step<'a, Result<Response, OAuthError>> {
        Box::pin(async move {
            let keys = signing::published(host, context).await?;
            Ok(Response::document(request, &keys.to_value(), MAX_AGE))
        })
    }
}
