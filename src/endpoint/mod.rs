//! Protocol endpoints: one file per endpoint, and the list of them. Routes and documentation are computed from it.

pub mod authorize;
mod cors;
pub mod identity;
mod introspect;
mod jwks;
pub(crate) mod logout;
mod metadata;
pub mod resource;
mod revoke;
mod token;

use std::rc::Rc;

use self::metadata::Metadata;
use crate::context::Context;
use crate::error::{Methods, OAuthError};
use crate::flow::{Host, Step};
use crate::http::{Request, Response};

/// An endpoint that a client calls directly.
pub trait Endpoint: Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Its path below the namespace, `/token`.
    fn path(&self) -> &'static str;

    /// What it is for, for the REST index.
    fn description(&self) -> &'static str;

    /// The parameters it reads, with a description each.
    fn parameters(&self) -> &'static [(&'static str, &'static str)];

    /// Its name below `/.well-known/` (RFC 8615), if it is to be found there as well.
    fn well_known(&self) -> Option<&'static str> {
        None
    }

    /// What it adds to the server's metadata (RFC 8414 §2).
    fn describe(&self, _: &Context, _: &mut Metadata) {}

    /// The methods that it answers, beside OPTIONS.
    fn methods(&self) -> &'static [&'static str] {
        &["POST"]
    }

    /// Whether scripts of any origin may call it. Never with cookies, which it does not read.
    fn cors(&self) -> bool {
        true
    }

    /// The answer to a request that it does not get to see, or could not answer.
    fn refuse(&self, error: OAuthError) -> Response {
        error.response()
    }

    /// Answers a request where its person is, if it is one for people: the same one, which was handed over as these parameters
    /// (`None` for one that could not be read).
    fn attend<'a>(&'a self, _: &'a Host, _: &'a Context, _: Option<Vec<u8>>) -> Option<Step<'a, Response>> {
        None
    }

    /// Answers a request with one of its methods.
    fn run<'a>(
        &'a self,
        host: &'a Host,
        context: &'a Rc<Context>,
        request: &'a Request,
    ) -> Step<'a, Result<Response, OAuthError>>;
}

/// The endpoints, sorted by name.
pub const ENDPOINTS: &[&dyn Endpoint] = &[
    &authorize::Authorize,
    &introspect::Introspect,
    &jwks::Jwks,
    &logout::Logout,
    &metadata::OAUTH,
    &metadata::OPENID,
    &revoke::Revoke,
    &token::Token,
];

/// The endpoint of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Endpoint> {
    ENDPOINTS.iter().find(|endpoint| endpoint.name() == name).copied()
}

/// Answers a request: what is common to all endpoints, then the endpoint's own part.
pub(crate) async fn serve(endpoint: &dyn Endpoint, host: &Host, context: Rc<Context>, request: &Request) -> Response {
    if request.method == b"OPTIONS" {
        return cors::preflight(endpoint);
    }
    let answer = match check(endpoint, &context, request) {
        Ok(()) => endpoint.run(host, &context, request).await,
        Err(error) => Err(error),
    };
    let response = answer.unwrap_or_else(|error| endpoint.refuse(error));
    // What caches may keep must not depend on who asked first.
    let kept = response.header("ETag").is_some();
    if endpoint.cors() && (kept || request.origin.is_some()) { cors::share(response) } else { response }
}

/// RFC 6749 §3.1, §3.2: the endpoint's methods only, over TLS only. The method is the request line's, whatever WordPress
/// would make of it.
fn check(endpoint: &dyn Endpoint, context: &Context, request: &Request) -> Result<(), OAuthError> {
    let methods = endpoint.methods();
    if methods.iter().all(|method| method.as_bytes() != request.method) {
        return Err(OAuthError::Method(Methods(methods)));
    }
    available(context, request)
}

/// Whether anything at all is answered.
pub(crate) fn available(context: &Context, request: &Request) -> Result<(), OAuthError> {
    if !is_secure(context, request) {
        return Err(OAuthError::Insecure);
    }
    if !context.config.enabled {
        return Err(OAuthError::SwitchedOff);
    }
    if context.config.has_moved() {
        return Err(OAuthError::Moved);
    }
    Ok(())
}

fn is_secure(context: &Context, request: &Request) -> bool {
    request.secure || context.config.allows_plain_http()
}

#[cfg(test)]
mod tests {
    use super::ENDPOINTS;

    #[test]
    fn the_list_is_sorted() {
        assert!(ENDPOINTS.is_sorted_by_key(|endpoint| endpoint.name()));
    }
}
