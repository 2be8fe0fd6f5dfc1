//! Protocol endpoints: one file per endpoint, and the list of them. Routes and documentation are computed from it.

pub mod resource;
mod revoke;
mod token;

use std::rc::Rc;

use crate::context::Context;
use crate::error::OAuthError;
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

    /// Answers a POST request.
    fn run<'a>(
        &'a self,
        host: &'a Host,
        context: &'a Rc<Context>,
        request: &'a Request,
    ) -> Step<'a, Result<Response, OAuthError>>;
}

/// The endpoints, sorted by name.
pub const ENDPOINTS: &[&dyn Endpoint] = &[&revoke::Revoke, &token::Token];

/// The endpoint of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Endpoint> {
    ENDPOINTS.iter().find(|endpoint| endpoint.name() == name).copied()
}

/// Answers a request: what is common to all endpoints, then the endpoint's own part.
pub(crate) async fn serve(endpoint: &dyn Endpoint, host: &Host, context: Rc<Context>, request: &Request) -> Response {
    let answer = match check(&context, request) {
        Ok(()) => endpoint.run(host, &context, request).await,
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| error.response())
}

/// RFC 6749 §3.2: POST only, over TLS only. The method is the request line's, whatever WordPress would make of it.
fn check(context: &Context, request: &Request) -> Result<(), OAuthError> {
    if request.method != b"POST" {
        return Err(OAuthError::Method);
    }
    if !is_secure(context, request) {
        return Err(OAuthError::Insecure);
    }
    if !context.config.enabled {
        return Err(OAuthError::SwitchedOff);
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
