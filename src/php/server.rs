//! `AppConnect\Server`.

#![expect(clippy::needless_pass_by_value, reason = "ext-php-rs hands binary slices over by value")]

use std::rc::Rc;

use ext_php_rs::binary_slice::BinarySlice;
use ext_php_rs::boxed::ZBox;
use ext_php_rs::error::Result;
use ext_php_rs::prelude::*;
use ext_php_rs::types::{ZendHashTable, Zval};
use serde_json::{Value, json};

use super::clients::{self, MALFORMED};
use super::convert;
use super::entropy::SystemEntropy;
use super::exception::misuse;
use super::flow::PhpFlow;
use super::keys;
use crate::authority::capability::takeover_names;
use crate::authority::policy::Policy;
use crate::authority::scope::Scope;
use crate::client_auth::CLIENT_AUTH_METHODS;
use crate::config::ServerConfig;
use crate::endpoint::{self, ENDPOINTS};
use crate::grant::GRANT_TYPES;
use crate::jose::ALGORITHMS;
use crate::model::client::{AccessMode, ClientType};
use crate::model::draft::{SERVICE_MODES, SERVICE_TYPES};
use crate::model::number::Id;
use crate::need::Need;
use crate::secret::client_secret;
use crate::server::Server;
use crate::settings::{RANGES, SettingsDraft};
use crate::time::UnixTime;

/// One site's OAuth server: configuration in, flows out. It does no I/O of its own.
#[php_class]
#[php(name = "AppConnect\\Server", flags = ext_php_rs::flags::ClassFlags::Final)]
pub struct PhpServer(Server);

#[php_impl]
#[php(change_method_case = "none")]
impl PhpServer {
    /// Takes `site` (`home`, `rest_prefix`, `permalinks`), `methods` (grant type → `enabled`, `epoch`), and optionally
    /// `enabled`, `known_site`, `issuer`, `issuer_place` (`site` or `rest`), `role_claims`, `access_token_format` (`opaque` or `jwt`), `signing` (`key_type`, `rotation` in seconds),
    /// `site_secret` (`current`, `previous`, `salts`: base64), `access_token_lifetime`, `authorization_code_lifetime`, `bundles` (`name`, `capabilities`,
    /// `routes`), `limits` (`per_client`, `per_address`, `window`), `localhost_redirects`, `takeover`, `trusted_proxies`,
    /// `insecure_http`.
    pub fn __construct(config: &ZendHashTable) -> PhpResult<Self> {
        let value = convert::array_to_value(config).map_err(|error| misuse(&error))?;
        let config = ServerConfig::parse(value).map_err(|error| misuse(&error))?;
        Ok(Self(Server::new(config, Rc::new(SystemEntropy))))
    }

    /// The protocol endpoints: `name`, `path`, `well_known` (the name below `/.well-known/`, or null), `methods`, `cors` (whether scripts of any origin may call it), `description`,
    /// `parameters`.
    pub fn endpoints() -> Result<Zval> {
        let endpoints = ENDPOINTS.iter().map(|endpoint| {
            let parameters = endpoint
                .parameters()
                .iter()
                .map(|(name, description)| json!({ "name": name, "description": description }));
            json!({
                "name": endpoint.name(),
                "path": endpoint.path(),
                "well_known": endpoint.well_known(),
                "methods": endpoint.methods(),
                "cors": endpoint.cors(),
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

    /// The grant types: `name`, `enabled` until an administrator says otherwise, `service_user` (whether its tokens act as
    /// the client's), `redirects` (whether people are sent to the site and back), `refreshes`
    /// (whether it keeps going what others made), `trusted` (whether it is only for clients that are trusted with passwords), and the `client_types` and `modes` that it is for.
    pub fn grant_types() -> Result<Zval> {
        let grants = GRANT_TYPES.iter().map(|grant| {
            let service = grant.acts_as_service_user();
            json!({
                "name": grant.name(),
                "enabled": grant.enabled_by_default(),
                "service_user": service,
                "redirects": grant.redirects(),
                "refreshes": grant.refreshes(),
                "trusted": grant.needs_trust(),
                "client_types": if service { SERVICE_TYPES } else { ClientType::ALL },
                "modes": if service { SERVICE_MODES } else { AccessMode::ALL },
            })
        });
        convert::to_zval(&Value::Array(grants.collect()))
    }

    /// The client authentication methods: `name`, and the `client_type` that each is for.
    pub fn client_auth_methods() -> Result<Zval> {
        let methods = CLIENT_AUTH_METHODS.iter().map(|method| {
            let kind = if method.proves() { ClientType::Confidential } else { ClientType::Public };
            json!({ "name": method.name(), "client_type": kind })
        });
        convert::to_zval(&Value::Array(methods.collect()))
    }

    /// The kinds of signing keys: `name`, `algorithm` (the value of `alg`), `bits` (null where keys do not differ in that).
    pub fn key_types() -> Result<Zval> {
        let types = ALGORITHMS.iter().flat_map(|algorithm| {
            algorithm
                .key_types()
                .iter()
                .map(|kind| json!({ "name": kind.name, "algorithm": algorithm.name(), "bits": kind.bits }))
        });
        convert::to_zval(&Value::Array(types.collect()))
    }

    /// The numbers among the settings by name: `default`, `min`, `max`. Times are seconds.
    pub fn setting_rules() -> Result<Zval> {
        let rules: serde_json::Map<String, Value> =
            RANGES.iter().map(|range| (range.name.to_owned(), json!(range))).collect();
        convert::to_zval(&Value::Object(rules))
    }

    /// What is wrong with settings that were filled in (those of `setting_rules()`, `takeover`, `trusted_proxies`): each
    /// as `field`, `line`, `code`, `detail`.
    pub fn check_settings(settings: &ZendHashTable) -> PhpResult<Zval> {
        let value = convert::array_to_value(settings).map_err(|error| misuse(&error))?;
        let draft = match value {
            Value::Array(items) if items.is_empty() => SettingsDraft::default(),
            value => serde_json::from_value(value).map_err(|_| misuse(&MALFORMED))?,
        };
        Ok(convert::to_zval(&json!(draft.check()))?)
    }

    /// The bundles of the site: `name`, `capabilities`, `routes` (without the REST prefix), sorted by name.
    pub fn bundles(&self) -> Result<Zval> {
        convert::to_zval(&json!(self.0.config().bundles.bundles()))
    }

    /// What a grant gives now, in the units that people are told it in: its policy as far as its client's ceiling goes (both
    /// as stored), and its scope. Answers `all`, `bundles` (names), `capabilities`, `identity`, `routes` (null for all),
    /// `takeover`, `account`.
    pub fn describe_grant(
        &self,
        policy: BinarySlice<u8>,
        ceiling: BinarySlice<u8>,
        scope: BinarySlice<u8>,
    ) -> PhpResult<Zval> {
        let text = |bytes: &BinarySlice<u8>| String::from_utf8_lossy(bytes).into_owned();
        let parse = |body: &BinarySlice<u8>| Policy::parse(&text(body)).map_err(|error| misuse(&error));
        let now = parse(&policy)?.meet(&parse(&ceiling)?);
        let scope = Scope::parse(&text(&scope)).map_err(|error| misuse(&error))?;
        Ok(convert::to_zval(&json!(self.0.summary(&now, &scope)))?)
    }

    /// Whether this is another site than `known_site` says: it moved, or it is a copy. Until somebody says which, nothing is
    /// issued and no token is taken.
    pub fn has_moved(&self) -> bool {
        self.0.config().has_moved()
    }

    /// Which site this is, for `known_site`.
    pub fn site_digest(&self) -> String {
        self.0.config().site.digest().as_str().to_owned()
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &str {
        self.0.config().issuer()
    }

    /// What the issuer could be: `place`, `issuer` (null where it cannot be there), `configuration` (the address of its OpenID
    /// configuration), `current` (whether it is that now).
    pub fn issuers(&self) -> Result<Zval> {
        convert::to_zval(&json!(self.0.issuers()))
    }

    /// Where apps look for documents: `endpoint`, `address`, `own` (whether it is the one that OpenID Connect asks of the
    /// issuer).
    pub fn documents(&self) -> Result<Zval> {
        convert::to_zval(&json!(self.0.documents()))
    }

    /// The address of a REST route, equal to core's `rest_url( $route )` and safe before `init`.
    pub fn rest_url(&self, route: BinarySlice<u8>) -> String {
        self.0.config().site.rest_url(&String::from_utf8_lossy(&route))
    }

    /// The takeover rights by name.
    pub fn takeover(&self) -> Vec<String> {
        takeover_names(&self.0.config().takeover).into_iter().collect()
    }

    /// The address that a request came from, behind the proxies that the site trusts; null if it has none.
    pub fn client_address(&self, request: &ZendHashTable) -> Option<String> {
        convert::to_request(request).seen_through(&self.0.config().trusted_proxies).address_text()
    }

    /// The name of the endpoint that a request canonically spells, or null: then WordPress routes it.
    pub fn locate(&self, request: &ZendHashTable) -> Option<&'static str> {
        self.0.locate(&convert::to_request(request)).map(endpoint::Endpoint::name)
    }

    /// Runs an endpoint on a request at a time in Unix seconds.
    pub fn handle(&self, endpoint: BinarySlice<u8>, request: &ZendHashTable, now: i64) -> PhpResult<PhpFlow> {
        let endpoint = named(&endpoint)?;
        Ok(PhpFlow::responding(self.0.handle(endpoint, convert::to_request(request), UnixTime(now))))
    }

    /// The parameters of a request for people as one value for the address of the login screen.
    pub fn handover(&self, request: &ZendHashTable) -> String {
        self.0.handover(&convert::to_request(request))
    }

    /// Runs a request to an endpoint where its person is: `handover` as `handover()` made it, and the request that brought it.
    pub fn attend(
        &self,
        endpoint: BinarySlice<u8>,
        handover: BinarySlice<u8>,
        request: &ZendHashTable,
        now: i64,
    ) -> PhpResult<PhpFlow> {
        let endpoint = named(&endpoint)?;
        Ok(PhpFlow::responding(self.0.attend(endpoint, &handover, &convert::to_request(request), UnixTime(now))))
    }

    /// Tells apps that sign-ins ended, as many as one run takes. Answers how many it `found`: none when nothing is due.
    pub fn deliver_logouts(&self, now: i64) -> PhpFlow {
        PhpFlow::responding(self.0.deliver_logouts(UnixTime(now)))
    }

    /// Does something with the site's signing keys at a time in Unix seconds, and answers how they stand: `list`,
    /// `maintain`, `rotate`, `import` (`pem`, `use`: `next` or `now`), `revoke` (`kid`), `start_afresh`. Every one takes
    /// `user`: who does it.
    pub fn signing_keys(&self, action: BinarySlice<u8>, args: &ZendHashTable, now: i64) -> PhpResult<PhpFlow> {
        let (action, user) = keys::action(&action, args)?;
        Ok(PhpFlow::responding(self.0.signing_keys(action, user, UnixTime(now))))
    }

    /// What each identity scope tells apps of a user: claims by the scope's name.
    pub fn preview_claims(&self, user_id: i64, now: i64) -> PhpResult<PhpFlow> {
        let user = u64::try_from(user_id).ok().and_then(Id::new).ok_or_else(|| misuse(&"no such user"))?;
        Ok(PhpFlow::responding(self.0.preview_claims(user, UnixTime(now))))
    }

    /// Finds out who a REST request is, from its bearer token.
    pub fn authenticate(&self, request: &ZendHashTable, now: i64) -> PhpFlow {
        PhpFlow::bearing(self.0.authenticate(convert::to_request(request), UnixTime(now)))
    }

    /// The value of `WWW-Authenticate` for a request without a token (RFC 6750 section 3).
    pub fn challenge() -> &'static str {
        endpoint::resource::CHALLENGE
    }

    /// A fresh client identifier.
    pub fn new_client_id(&self) -> PhpResult<String> {
        client_secret::generate_client_id(self.0.entropy()).map_err(|error| misuse(&error))
    }

    /// Judges a new client. `held` are the takeover rights that its service user holds. Answers `errors` (`field`, `line`,
    /// `code`, `detail`), or `unconfirmed` (codes), or `client_id`, `secret`, `row`, `policy`.
    pub fn draft_client(&self, draft: &ZendHashTable, held: &ZendHashTable) -> PhpResult<ZBox<ZendHashTable>> {
        let held = clients::names(held)?;
        clients::answer(clients::draft(draft)?.map(|draft| self.0.register(&draft, &held)), clients::registered)
    }

    /// Judges a change of a stored client (`client_id`, `name`, `type`, `status`, `mode`, `service_user_id`,
    /// `secret_hash`, `config`, `policy`). Answers `errors`, or `unconfirmed`, or `row`, `policy`, `ceiling`, `empowers`,
    /// `ends`, `ends_all`, `ends_methods`, `secret`.
    pub fn revise_client(
        &self,
        stored: &ZendHashTable,
        draft: &ZendHashTable,
        held: &ZendHashTable,
    ) -> PhpResult<ZBox<ZendHashTable>> {
        let stored = clients::stored(stored)?;
        let held = clients::names(held)?;
        clients::answer(clients::draft(draft)?.map(|draft| self.0.revise(&stored, draft, &held)), clients::revised)
    }

    /// The draft that would make a stored client.
    pub fn describe_client(&self, stored: &ZendHashTable) -> PhpResult<Zval> {
        let draft = self.0.describe(&clients::stored(stored)?);
        let value = serde_json::to_value(draft).map_err(|error| misuse(&error))?;
        Ok(convert::to_zval(&value)?)
    }

    /// Makes another secret for a stored client; the former one works for `overlap` more seconds. Answers `errors`, or
    /// `secret`, `secret_hash`, `empowers`, `keep_previous`, `prev_until`, `ends_all`.
    pub fn renew_secret(&self, stored: &ZendHashTable, overlap: i64, now: i64) -> PhpResult<ZBox<ZendHashTable>> {
        let stored = clients::stored(stored)?;
        clients::answer(Some(self.0.renew_secret(&stored, overlap, UnixTime(now))), clients::renewed)
    }
}

fn named(endpoint: &[u8]) -> PhpResult<&'static dyn endpoint::Endpoint> {
    std::str::from_utf8(endpoint).ok().and_then(endpoint::find).ok_or_else(|| misuse(&"no such endpoint"))
}
