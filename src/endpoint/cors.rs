//! Scripts of other origins (Fetch §3.2): who has no cookie to lend may be called by anybody.

use super::Endpoint;
use crate::error::Methods;
use crate::http::Response;

/// Header fields that clients send, beside those that every script may.
const REQUEST_HEADERS: &str = "Authorization, Content-Type, DPoP, MCP-Protocol-Version";
/// Header fields of answers that scripts may read.
const RESPONSE_HEADERS: &str = "Retry-After, WWW-Authenticate";
/// Seconds for which a browser need not ask again.
const MAX_AGE: &str = "600";

/// The answer to a preflight, and to any other OPTIONS request.
pub fn preflight(endpoint: &dyn Endpoint) -> Response {
    let methods = Methods(endpoint.methods()).to_string();
    let response = Response::empty(204).with("Allow", format!("{methods}, OPTIONS"));
    if !endpoint.cors() {
        return response;
    }
    share(response)
        .with("Access-Control-Allow-Methods", methods)
        .with("Access-Control-Allow-Headers", REQUEST_HEADERS)
        .with("Access-Control-Max-Age", MAX_AGE)
}

/// Lets scripts of any origin read an answer; `*` is for requests without credentials only.
pub fn share(response: Response) -> Response {
    response.with("Access-Control-Allow-Origin", "*").with("Access-Control-Expose-Headers", RESPONSE_HEADERS)
}
