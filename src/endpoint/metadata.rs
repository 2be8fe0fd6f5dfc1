//! What the server can do (RFC 8414), computed from the registries: it cannot say what is not so.

use std::rc::Rc;

use serde_json::{Map, Value};

use super::{ENDPOINTS, Endpoint};
use crate::authority::decision::NAMESPACE;
use crate::authority::scope::{IDENTITY, WP};
use crate::context::Context;
use crate::error::OAuthError;
use crate::flow::{Host, Step};
use crate::http::{Request, Response};

/// See the module.
pub struct ServerMetadata;

/// Seconds for which it may be kept.
const MAX_AGE: u32 = 300;

/// The document while it is being written.
#[derive(Debug, Default)]
pub struct Metadata(Map<String, Value>);

impl Metadata {
    /// Adds a member.
    pub fn add(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Adds the address of an endpoint.
    pub fn address(&mut self, name: &'static str, context: &Context, endpoint: &dyn Endpoint) {
        self.add(name, context.config.site.rest_url(&format!("{NAMESPACE}{}", endpoint.path())));
    }
}

impl Endpoint for ServerMetadata {
    fn name(&self) -> &'static str {
        "metadata"
    }

    fn path(&self) -> &'static str {
        "/.well-known/oauth-authorization-server"
    }

    fn well_known(&self) -> Option<&'static str> {
        Some("oauth-authorization-server")
    }

    fn description(&self) -> &'static str {
        "OAuth 2.0 authorization server metadata (RFC 8414)"
    }

    fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn methods(&self) -> &'static [&'static str] {
        &["GET", "HEAD"]
    }

    fn describe(&self, context: &Context, metadata: &mut Metadata) {
        metadata.add("issuer", context.config.issuer());
        let bundles = context.config.bundles.bundles();
        let bundles = bundles.iter().map(|bundle| bundle.name.as_str());
        metadata.add("scopes_supported", IDENTITY.iter().copied().chain([WP]).chain(bundles).collect::<Vec<_>>());
    }

    fn run<'a>(
        &'a self,
        _: &'a Host,
        context: &'a Rc<Context>,
        request: &'a Request,
    ) -> Step<'a, Result<Response, OAuthError>> {
        Box::pin(async move {
            let mut metadata = Metadata::default();
            self.describe(context, &mut metadata);
            for endpoint in ENDPOINTS.iter().filter(|endpoint| endpoint.name() != self.name()) {
                endpoint.describe(context, &mut metadata);
            }
            Ok(Response::document(request, &Value::Object(metadata.0), MAX_AGE))
        })
    }
}
