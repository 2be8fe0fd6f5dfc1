//! What the server can do (RFC 8414, OpenID Connect Discovery §3), computed from the registries: it cannot say what is not so.
//! One document under two names: each has members that readers of the other ignore.

use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::{ENDPOINTS, Endpoint, identity};
use crate::authority::decision::NAMESPACE;
use crate::authority::scope::{IDENTITY, WP};
use crate::context::Context;
use crate::error::OAuthError;
use crate::flow::{Host, Step};
use crate::http::{Request, Response};

/// See the module.
pub struct ServerMetadata {
    name: &'static str,
    path: &'static str,
    well_known: &'static str,
    description: &'static str,
}

/// By its name of RFC 8414 §3.
pub const OAUTH: ServerMetadata = ServerMetadata {
    name: "metadata",
    path: "/.well-known/oauth-authorization-server",
    well_known: "oauth-authorization-server",
    description: "OAuth 2.0 authorization server metadata (RFC 8414)",
};

/// By its name of OpenID Connect Discovery §4.
pub const OPENID: ServerMetadata = ServerMetadata {
    name: "openid_configuration",
    path: "/.well-known/openid-configuration",
    well_known: "openid-configuration",
    description: "OpenID Provider metadata (OpenID Connect Discovery 1.0)",
};

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
        self.name
    }

    fn path(&self) -> &'static str {
        self.path
    }

    fn well_known(&self) -> Option<&'static str> {
        Some(self.well_known)
    }

    fn description(&self) -> &'static str {
        self.description
    }

    fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn methods(&self) -> &'static [&'static str] {
        &["GET", "HEAD"]
    }

    fn run<'a>(
        &'a self,
        _: &'a Host,
        context: &'a Rc<Context>,
        request: &'a Request,
    ) -> Step<'a, Result<Response, OAuthError>> {
        Box::pin(async move {
            let mut metadata = Metadata::default();
            describe(context, &mut metadata);
            identity::describe(context, &mut metadata);
            for endpoint in ENDPOINTS {
                endpoint.describe(context, &mut metadata);
            }
            Ok(Response::document(request, &Value::Object(metadata.0), MAX_AGE))
        })
    }
}

/// What no endpoint says of itself.
fn describe(context: &Context, metadata: &mut Metadata) {
    let config = &context.config;
    metadata.add("issuer", config.issuer());
    let bundles = config.bundles.bundles().into_iter().map(|bundle| bundle.name.as_str());
    metadata.add("scopes_supported", IDENTITY.iter().copied().chain([WP]).chain(bundles).collect::<Vec<_>>());
    let (algorithm, _) = config.signing.kind();
    metadata.add("id_token_signing_alg_values_supported", json!([algorithm.name()]));
    metadata.add("subject_types_supported", json!(["public"]));
}
