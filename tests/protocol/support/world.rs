//! A site with its server, its store and its time.

use std::rc::Rc;

use app_connect::authority::policy::Policy;
use app_connect::config::ServerConfig;
use app_connect::endpoint;
use app_connect::endpoint::resource::{Bearer, Principal};
use app_connect::event::Event;
use app_connect::http::{Request, Response};
use app_connect::model::draft::{DraftError, FieldError};
use app_connect::model::number::Id;
use app_connect::secret::token::TokenDigest;
use app_connect::server::Server;
use app_connect::signing::manage::Action;
use app_connect::time::UnixTime;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::drive::{Host, drive};
use super::entropy::Seeded;
use super::memory::{Grant, MemoryHost, Token};
use super::requests::{basic, form, get};

/// When the tests begin: 2023-11-14T22:13:20Z, 200 seconds into a window of 600.
pub const NOW: i64 = 1_700_000_000;
/// The user that services act as.
pub const SERVICE_USER: u64 = 7;

/// Who manages the site.
pub const ADMINISTRATOR: u64 = 1;

/// A site, and the things around it.
pub struct World {
    pub server: Server,
    pub config: Value,
    pub host: MemoryHost,
    pub now: i64,
}

/// A client that was registered.
#[derive(Clone, Debug)]
pub struct Registered {
    pub id: u64,
    pub client_id: String,
    pub secret: String,
}

/// What a request led to.
#[derive(Debug)]
pub struct Ran<T> {
    pub outcome: T,
    pub asked: Vec<&'static str>,
    pub events: Vec<Event>,
}

/// A site's configuration, with nothing unusual.
pub fn config() -> Value {
    json!({
        "site": {"home": "https://example.test", "rest_prefix": "wp-json", "permalinks": "/%postname%/"},
        "methods": {"client_credentials": {"enabled": true, "epoch": 0}},
        "signing": {"key_type": "ed25519"},
        "site_secret": {"current": secret_of(b'a')},
    })
}

/// A restricted service that reads and writes posts.
pub fn service_draft() -> Value {
    json!({
        "name": "Nightly import",
        "type": "confidential",
        "mode": "restricted",
        "grant_types": ["client_credentials"],
        "capabilities": ["edit_posts", "publish_posts"],
        "routes": ["GET /wp-json/wp/v2/posts", "GET /wp-json/wp/v2/posts/*", "POST /wp-json/wp/v2/posts"],
        "service_user_id": SERVICE_USER,
    })
}

/// A service with all of its user's permissions on every route of core.
pub fn full_draft() -> Value {
    json!({
        "name": "Backup",
        "type": "confidential",
        "mode": "full",
        "grant_types": ["client_credentials"],
        "routes": ["GET /wp-json/wp/v2/*", "POST /wp-json/wp/v2/*", "PUT /wp-json/wp/v2/*", "DELETE /wp-json/wp/v2/*"],
        "service_user_id": SERVICE_USER,
    })
}

/// A secret of the site, in base64.
pub fn secret_of(letter: u8) -> String {
    STANDARD.encode([letter; 32])
}

/// `base` with these members instead.
pub fn with(mut base: Value, changes: Value) -> Value {
    if let (Some(base), Value::Object(changes)) = (base.as_object_mut(), changes) {
        base.extend(changes);
    }
    base
}

impl World {
    /// A site with nothing unusual.
    pub fn new() -> Self {
        Self::configured(config())
    }

    /// A site with this configuration.
    pub fn configured(config: Value) -> Self {
        Self { server: server(&config), config, host: MemoryHost::default(), now: NOW }
    }

    /// Changes the configuration of the running site.
    pub fn reconfigure(&mut self, change: impl FnOnce(&mut Value)) {
        change(&mut self.config);
        let parsed = ServerConfig::parse(self.config.clone()).unwrap();
        // The same entropy goes on: a site does not repeat its tokens when its options change.
        self.server = Server::new(parsed, Rc::new(Relay(std::mem::replace(&mut self.server, server(&self.config)))));
    }

    /// Lets access tokens be signed.
    pub fn sign(&mut self) {
        self.reconfigure(|config| config["access_token_format"] = json!("jwt"));
    }

    /// Does something with the keys, as an administrator.
    pub fn manage(&mut self, action: Action) -> Ran<Response> {
        let mut host = std::mem::take(&mut self.host);
        let mut flow = self.server.signing_keys(action, Id::new(ADMINISTRATOR), UnixTime(self.now));
        let asked = drive(&mut flow, &mut host);
        self.host = host;
        let events = flow.take_events();
        let outcome = flow.outcome().unwrap().clone();
        check(&outcome);
        Ran { outcome, asked, events }
    }

    /// What is published.
    pub fn published(&mut self, endpoint: &str) -> Value {
        let ran = self.send(endpoint, get(endpoint));
        assert_eq!(ran.outcome.status, 200, "{}", ran.outcome.body);
        body(&ran.outcome)
    }

    /// Registers a client, or tells what is wrong with it.
    pub fn try_register(&mut self, draft: Value) -> Result<Registered, Vec<FieldError>> {
        let chosen = draft["secret"].as_str().map(str::to_owned);
        match self.server.register(&serde_json::from_value(draft).unwrap(), &std::collections::BTreeSet::new()) {
            Ok(new) => Ok(Registered {
                id: self.host.store_client(&new),
                client_id: new.row.client_id.clone(),
                secret: chosen.or_else(|| new.secret.map(|secret| secret.expose().clone())).unwrap_or_default(),
            }),
            Err(DraftError::Fields(errors)) => Err(errors),
            Err(other) => panic!("{other}"),
        }
    }

    /// Registers a client.
    pub fn register(&mut self, draft: Value) -> Registered {
        self.try_register(draft).unwrap()
    }

    /// Registers the restricted service.
    pub fn service(&mut self) -> Registered {
        self.register(service_draft())
    }

    /// Registers a service and gives it this very ceiling.
    pub fn service_under(&mut self, ceiling: &Policy) -> Registered {
        let client = self.service();
        self.set_ceiling(&client, ceiling);
        client
    }

    /// An administrator's edit.
    pub fn set_ceiling(&mut self, client: &Registered, ceiling: &Policy) {
        let policy = self.host.store_policy(&ceiling.canonical());
        self.host.client_mut(client.id).policy = policy;
    }

    /// Sends a request to an endpoint.
    pub fn send(&mut self, endpoint: &str, request: Request) -> Ran<Response> {
        let mut host = std::mem::take(&mut self.host);
        let ran = self.send_to(endpoint, request, &mut host);
        self.host = host;
        ran
    }

    /// Sends a request to an endpoint, with another host in the store's place.
    pub fn send_to(&self, endpoint: &str, request: Request, host: &mut dyn Host) -> Ran<Response> {
        let endpoint = endpoint::find(endpoint).unwrap();
        let mut flow = self.server.handle(endpoint, request, UnixTime(self.now));
        let asked = drive(&mut flow, host);
        let events = flow.take_events();
        let outcome = flow.outcome().unwrap().clone();
        check(&outcome);
        Ran { outcome, asked, events }
    }

    /// Asks for a token with Basic credentials.
    pub fn ask_token(&mut self, client: &Registered, pairs: &[(&str, &str)]) -> Ran<Response> {
        let mut all = vec![("grant_type", "client_credentials")];
        all.extend(pairs);
        let request = super::requests::authorized(form(&all), basic(&client.client_id, &client.secret));
        self.send("token", request)
    }

    /// A token of this client.
    pub fn token(&mut self, client: &Registered) -> String {
        let ran = self.ask_token(client, &[]);
        assert_eq!(ran.outcome.status, 200, "{}", ran.outcome.body);
        ran.member("access_token")
    }

    /// Revokes a token, as this client.
    pub fn revoke(&mut self, client: &Registered, pairs: &[(&str, &str)]) -> Ran<Response> {
        let request = super::requests::authorized(form(pairs), basic(&client.client_id, &client.secret));
        self.send("revoke", request)
    }

    /// Finds out who a REST request is.
    pub fn authenticate(&mut self, request: Request) -> Ran<Bearer> {
        let mut host = std::mem::take(&mut self.host);
        let ran = self.authenticate_by(request, &mut host);
        self.host = host;
        ran
    }

    /// Finds out who a REST request is, with another host in the store's place.
    pub fn authenticate_by(&self, request: Request, host: &mut dyn Host) -> Ran<Bearer> {
        let mut flow = self.server.authenticate(request, UnixTime(self.now));
        let asked = drive(&mut flow, host);
        let events = flow.take_events();
        let outcome = match flow.outcome().unwrap() {
            Bearer::Anonymous => Bearer::Anonymous,
            Bearer::Principal(principal) => Bearer::Principal(principal.clone()),
            Bearer::Refused(response) => {
                check(response);
                Bearer::Refused(response.clone())
            }
        };
        Ran { outcome, asked, events }
    }

    /// Who a token is.
    pub fn principal(&mut self, token: &str) -> Option<Principal> {
        let request = super::requests::rest("/wp/v2/posts", Some(&format!("Bearer {token}")));
        match self.authenticate(request).outcome {
            Bearer::Principal(principal) => Some(*principal),
            Bearer::Anonymous => panic!("a token of ours became nobody"),
            Bearer::Refused(_) => None,
        }
    }

    /// The row of a token.
    pub fn row(&mut self, token: &str) -> &mut Token {
        self.host.tokens.get_mut(&TokenDigest::of(token.as_bytes())).unwrap()
    }

    /// The number of a token's grant.
    pub fn grant_id(&self, token: &str) -> u64 {
        self.host.tokens[&TokenDigest::of(token.as_bytes())].grant
    }

    /// The grant of a token.
    pub fn grant_of(&mut self, token: &str) -> &mut Grant {
        let grant = self.row(token).grant;
        self.host.grant_mut(grant)
    }

    /// T, G and K of a token.
    pub fn policies_of(&mut self, token: &str) -> [Policy; 3] {
        let policy = self.row(token).policy;
        let grant = self.grant_of(token).clone();
        let ceiling = self.host.client_mut(grant.client).policy;
        [policy, grant.policy, ceiling].map(|id| self.host.policy(id))
    }
}

/// A server of its own.
pub fn server(config: &Value) -> Server {
    Server::new(ServerConfig::parse(config.clone()).unwrap(), Rc::new(Seeded::default()))
}

/// The entropy of another server.
struct Relay(Server);

impl app_connect::entropy::Entropy for Relay {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), app_connect::entropy::EntropyError> {
        self.0.entropy().fill(buffer)
    }
}

impl Ran<Response> {
    /// The body's member of this name, as text.
    pub fn member(&self, name: &str) -> String {
        body(&self.outcome)[name].as_str().unwrap_or_default().to_owned()
    }

    /// Status and error code.
    pub fn error(&self) -> (u16, String) {
        (self.outcome.status, self.member("error"))
    }
}

/// The refusal of a bearer, as status and error code.
pub fn refusal(bearer: &Bearer) -> Option<&'static str> {
    let Bearer::Refused(response) = bearer else {
        return None;
    };
    let told = format!("{} {}", response.status, body(response)["error"].as_str().unwrap());
    let known = ["400 invalid_request", "401 invalid_token", "500 server_error", "503 temporarily_unavailable"];
    Some(known.into_iter().find(|known| *known == told).expect(&told))
}

/// A response's body.
pub fn body(response: &Response) -> Value {
    if response.body.is_empty() { Value::Null } else { serde_json::from_str(&response.body).unwrap() }
}

/// What holds for every answer of the protocol (TK-04, TK-17, TK-18).
pub fn check(response: &Response) {
    if response.header("ETag").is_some() {
        assert_eq!(response.header("Cache-Control"), Some("public, max-age=300"));
        assert_eq!(response.header("Pragma"), None);
    } else {
        assert_eq!(response.header("Cache-Control"), Some("no-store"));
        assert_eq!(response.header("Pragma"), Some("no-cache"));
    }
    for (name, value) in &response.headers {
        assert!(value.bytes().all(|byte| (0x20..=0x7e).contains(&byte)), "{name}: {value:?}");
        let twins = response.headers.iter().filter(|(other, _)| other == name);
        assert_eq!(twins.count(), 1, "{name} twice");
    }
    if response.body.is_empty() {
        assert_eq!(response.header("Content-Type"), None);
        return;
    }
    assert_eq!(response.header("Content-Type"), Some("application/json"));
    if response.status != 200 {
        let body = body(response);
        assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
        // RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E.
        for text in [&body["error"], &body["error_description"]] {
            let text = text.as_str().unwrap();
            let allowed = |byte: u8| (0x20..=0x7e).contains(&byte) && byte != b'"' && byte != b'\\';
            assert!(!text.is_empty() && text.bytes().all(allowed), "{text:?}");
        }
    }
    if matches!(response.status, 401) {
        assert!(response.header("WWW-Authenticate").is_some(), "RFC 9110 section 15.5.2");
    }
    if matches!(response.status, 429 | 503) {
        let seconds: u32 = response.header("Retry-After").unwrap().parse().unwrap();
        assert!(seconds > 0);
    }
}
