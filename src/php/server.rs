//! `AppConnect\Server`.

#![expect(clippy::needless_pass_by_value, reason = "ext-php-rs hands binary slices over by value")]

use std::rc::Rc;

use ext_php_rs::binary_slice::BinarySlice;
use ext_php_rs::boxed::ZBox;
use ext_php_rs::error::Result;
use ext_php_rs::prelude::*;
use ext_php_rs::types::{ZendHashTable, Zval};
use serde_json::{Value, json};

use super::convert;
use super::entropy::SystemEntropy;
use super::exception::misuse;
use super::flow::PhpFlow;
use crate::authority::capability::takeover_names;
use crate::config::ServerConfig;
use crate::endpoint::{self, ENDPOINTS};
use crate::grant::GRANT_TYPES;
use crate::model::draft::{DraftError, FieldError, NewClient};
use crate::model::policy_row::PolicyRef;
use crate::need::Need;
use crate::server::Server;
use crate::time::UnixTime;

/// The detail of a description that is not even one: it may hold a secret, so nothing of it is repeated.
const MALFORMED: &str = "an unknown member, or a value of another type than documented";

/// One site's OAuth server: configuration in, flows out. It does no I/O of its own.
#[php_class]
#[php(name = "AppConnect\\Server", flags = ext_php_rs::flags::ClassFlags::Final)]
pub struct PhpServer(Server);

#[php_impl]
#[php(change_method_case = "none")]
impl PhpServer {
    /// Takes `site` (`home`, `rest_prefix`, `permalinks`), `methods` (grant type → `enabled`, `epoch`), and optionally
    /// `access_token_lifetime`, `limits` (`per_client`, `per_address`, `window`), `takeover`, `insecure_http`.
    pub fn __construct(config: &ZendHashTable) -> PhpResult<Self> {
        let value = convert::array_to_value(config).map_err(|error| misuse(&error))?;
        let config = ServerConfig::parse(value).map_err(|error| misuse(&error))?;
        Ok(Self(Server::new(config, Rc::new(SystemEntropy))))
    }

    /// The protocol endpoints: `name`, `path`, `methods`, `door`, `description`, `parameters`.
    pub fn endpoints() -> Result<Zval> {
        let endpoints = ENDPOINTS.iter().map(|endpoint| {
            let parameters = endpoint
                .parameters()
                .iter()
                .map(|(name, description)| json!({ "name": name, "description": description }));
            json!({
                "name": endpoint.name(),
                "path": endpoint.path(),
                "methods": ["POST"],
                "door": true,
                "description": endpoint.description(),
                "parameters": parameters.collect::<Vec<_>>(),
            })
        });
        convert::to_zval(&Value::Array(endpoints.collect()))
    }

    /// The names of all needs that a host must answer.
    pub fn needs() -> Vec<&'static str> {
        Need::NAMES.to_vec()
    }

    /// The grant types: `name`, and `enabled` until an administrator says otherwise.
    pub fn grant_types() -> Result<Zval> {
        let grants =
            GRANT_TYPES.iter().map(|grant| json!({ "name": grant.name(), "enabled": grant.enabled_by_default() }));
        convert::to_zval(&Value::Array(grants.collect()))
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &str {
        self.0.config().site.issuer()
    }

    /// The address of a REST route, equal to core's `rest_url( $route )` and safe before `init`.
    pub fn rest_url(&self, route: BinarySlice<u8>) -> String {
        self.0.config().site.rest_url(&String::from_utf8_lossy(&route))
    }

    /// The takeover rights by name.
    pub fn takeover(&self) -> Vec<String> {
        takeover_names(&self.0.config().takeover).into_iter().collect()
    }

    /// The name of the endpoint that a request canonically spells, or null: then WordPress routes it.
    pub fn locate(&self, request: &ZendHashTable) -> Option<&'static str> {
        self.0.locate(&convert::to_request(request)).map(endpoint::Endpoint::name)
    }

    /// Runs an endpoint on a request at a time in Unix seconds.
    pub fn handle(&self, endpoint: BinarySlice<u8>, request: &ZendHashTable, now: i64) -> PhpResult<PhpFlow> {
        let endpoint =
            std::str::from_utf8(&endpoint).ok().and_then(endpoint::find).ok_or_else(|| misuse(&"no such endpoint"))?;
        Ok(PhpFlow::responding(self.0.handle(endpoint, convert::to_request(request), UnixTime(now))))
    }

    /// Finds out who a REST request is, from its bearer token.
    pub fn authenticate(&self, request: &ZendHashTable, now: i64) -> PhpFlow {
        PhpFlow::bearing(self.0.authenticate(convert::to_request(request), UnixTime(now)))
    }

    /// The value of `WWW-Authenticate` for a request without a token (RFC 6750 section 3).
    pub fn challenge() -> &'static str {
        endpoint::resource::CHALLENGE
    }

    /// Judges a client. Answers `errors` (`field`, `line`, `code`, `detail`), or `client_id`, `secret`, `row`, `policy`.
    pub fn draft_client(&self, draft: &ZendHashTable) -> PhpResult<ZBox<ZendHashTable>> {
        let value = convert::array_to_value(draft).map_err(|error| misuse(&error))?;
        let answer = match serde_json::from_value(value) {
            Err(_) => {
                failed(&[FieldError { field: "client", line: None, code: "malformed", detail: MALFORMED.to_owned() }])
            }
            Ok(draft) => match self.0.register(draft) {
                Ok(client) => registered(&client),
                Err(DraftError::Fields(errors)) => failed(&errors),
                Err(DraftError::Entropy(error)) => return Err(misuse(&error)),
            },
        };
        Ok(convert::object(answer.as_object().unwrap_or(&serde_json::Map::new()))?)
    }
}

fn failed(errors: &[FieldError]) -> Value {
    json!({ "errors": errors })
}

fn registered(client: &NewClient) -> Value {
    let policy = match PolicyRef::new(&client.ceiling) {
        PolicyRef::New { digest, body } => json!({ "digest": digest, "body": body }),
        PolicyRef::Known(_) => Value::Null,
    };
    json!({
        "client_id": client.row.client_id,
        "secret": client.secret.as_ref().map(|secret| secret.expose().as_str()),
        "row": client.row,
        "policy": policy,
    })
}
