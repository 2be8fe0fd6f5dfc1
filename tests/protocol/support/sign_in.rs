//! A site that people sign in to apps on: the way from the endpoint over the login screen back to the client.

use std::collections::{BTreeMap, BTreeSet};

use app_connect::endpoint;
use app_connect::endpoint::identity::Identity;
use app_connect::endpoint::resource::Principal;
use app_connect::event::Event;
use app_connect::flow::Flow;
use app_connect::http::{Request, Response};
use app_connect::model::number::Id;
use app_connect::need::{Approve, Need};
use app_connect::secret::token::TokenDigest;
use app_connect::server::Server;
use app_connect::time::UnixTime;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::drive::{Host, drive};
use super::people::{Browser, Code};
use super::requests::{ADDRESS, authorized, basic, encode, form};
use super::world::{NOW, Ran, Registered, World, check, config, with};

/// Who sits at the browser.
pub const PERSON: u64 = 21;
/// Where the clients of these tests are sent back to.
pub const CALLBACK: &str = "https://app.example/cb";
/// RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The same.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A single-page app.
pub fn spa_draft() -> Value {
    json!({
        "name": "Reader",
        "type": "public",
        "mode": "full",
        "grant_types": ["authorization_code"],
        "redirect_uris": [CALLBACK],
    })
}

/// An app on a server.
pub fn web_draft() -> Value {
    with(spa_draft(), json!({"name": "Newsletter", "type": "confidential"}))
}

/// An app that may write posts and nothing else.
pub fn writer_draft() -> Value {
    with(spa_draft(), json!({"name": "Writer", "mode": "restricted", "bundles": ["content:read", "content:write"]}))
}

/// What a visit led to.
#[derive(Debug)]
pub struct Visit {
    /// What the endpoint asked, where nobody is.
    pub at_door: Vec<&'static str>,
    /// What was asked where the person is.
    pub asked: Vec<&'static str>,
    /// What waits for the person.
    pub waits: Option<Need>,
    /// The answer, unless something waits.
    pub response: Option<Response>,
    /// What happened.
    pub events: Vec<Event>,
}

impl Visit {
    /// The parameters with which the person is sent back to [`CALLBACK`].
    #[track_caller]
    pub fn back(&self) -> BTreeMap<String, String> {
        self.back_to(CALLBACK)
    }

    /// The parameters with which the person is sent back to this redirect URI.
    #[track_caller]
    pub fn back_to(&self, redirect_uri: &str) -> BTreeMap<String, String> {
        let response = self.response.as_ref().unwrap_or_else(|| panic!("{:?} waits", self.waits));
        assert_eq!(response.status, 303, "{response:?}");
        let location = response.header("Location").unwrap();
        let rest = location.strip_prefix(redirect_uri).unwrap_or_else(|| panic!("{location}"));
        let separator = if redirect_uri.contains('?') { '&' } else { '?' };
        let rest = rest.strip_prefix(separator).unwrap_or_else(|| panic!("{location}"));
        let mut parameters = BTreeMap::new();
        for pair in rest.split('&') {
            let (name, value) = pair.split_once('=').unwrap();
            let value = percent_decode_str(value).decode_utf8().unwrap().into_owned();
            assert!(parameters.insert(name.to_owned(), value).is_none(), "{name} twice in {location}");
        }
        parameters
    }

    /// The code that the client got.
    #[track_caller]
    pub fn code(&self) -> String {
        let back = self.back();
        back.get("code").unwrap_or_else(|| panic!("{back:?}")).clone()
    }

    /// The error that the client got.
    #[track_caller]
    pub fn error(&self) -> String {
        let back = self.back();
        assert!(!back.contains_key("code") && back.contains_key("error_description"), "{back:?}");
        back["error"].clone()
    }

    /// Status and code of the page that the person got, which leads nowhere.
    #[track_caller]
    pub fn page(&self) -> (u16, &'static str) {
        let response = self.response.as_ref().unwrap_or_else(|| panic!("{:?} waits", self.waits));
        assert_eq!(response.header("Location"), None);
        assert!(response.body.is_empty());
        let page = response.page.as_ref().unwrap_or_else(|| panic!("{response:?}"));
        assert!(page.detail.bytes().all(|byte| (0x20..=0x7e).contains(&byte)), "{page:?}");
        (response.status, page.code)
    }

    /// What the person is asked to approve.
    #[track_caller]
    pub fn approve(&self) -> Approve {
        match &self.waits {
            Some(Need::Approve(approve)) => approve.clone(),
            other => panic!("{other:?}, {:?}", self.response),
        }
    }

    /// Whether the person is asked to approve.
    pub fn approval_is_asked(&self) -> bool {
        matches!(self.waits, Some(Need::Approve(_)))
    }

    /// What is shown to the person, with the digest of it.
    #[track_caller]
    pub fn shown(&self) -> Value {
        serde_json::to_value(self.approve()).unwrap()
    }

    /// With what the person is sent to log in.
    #[track_caller]
    pub fn log_in(&self) -> (bool, Option<String>, String) {
        match &self.waits {
            Some(Need::LogIn(log_in)) => (log_in.fresh, log_in.hint.clone(), log_in.resume.clone()),
            other => panic!("{other:?}, {:?}", self.response),
        }
    }
}

/// A GET of the endpoint.
pub fn visit(pairs: &[(&str, &str)]) -> Request {
    visit_raw(encode(pairs))
}

/// A GET of the endpoint with this very query.
pub fn visit_raw(query: impl AsRef<[u8]>) -> Request {
    Request {
        method: b"GET".to_vec(),
        uri: [b"/wp-json/app-connect/v1/authorize?", query.as_ref()].concat(),
        address: Some(ADDRESS),
        secure: true,
        ..Request::default()
    }
}

/// A GET of the end session endpoint with this very query.
pub fn visit_logout(query: impl AsRef<[u8]>) -> Request {
    Request { uri: [b"/wp-json/app-connect/v1/logout?", query.as_ref()].concat(), ..visit_raw("") }
}

/// The pairs with these instead; one without a value is taken out.
pub fn instead<'a>(pairs: &[(&'a str, &'a str)], changes: &[(&'a str, Option<&'a str>)]) -> Vec<(&'a str, &'a str)> {
    let kept = pairs.iter().copied().filter(|(name, _)| changes.iter().all(|(other, _)| other != name));
    kept.chain(changes.iter().filter_map(|(name, value)| Some((*name, (*value)?)))).collect()
}

/// A request as a client with nothing unusual sends it.
pub fn usual(client: &Registered) -> Vec<(&str, &str)> {
    vec![
        ("response_type", "code"),
        ("client_id", &client.client_id),
        ("redirect_uri", CALLBACK),
        ("state", "af0ifjsldkj"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

/// What a flow of the browser came to.
fn followed(flow: &mut Flow<Response>, host: &mut dyn Host) -> (Vec<&'static str>, Option<Need>, Option<Response>) {
    let asked = drive(flow, host);
    let waits = flow.need().unwrap();
    let response = flow.outcome().ok().cloned();
    if let Some(response) = &response {
        check(response);
        if response.status == 303 {
            assert_eq!(response.header("Referrer-Policy"), Some("no-referrer"));
        }
    }
    assert_eq!(waits.is_none(), response.is_some());
    (asked, waits, response)
}

impl World {
    /// A site on which an editor sits at the browser, signed in a minute ago, and has been asked nothing yet.
    pub fn of_people() -> Self {
        let mut config = config();
        config["methods"]["authorization_code"] = json!({"enabled": true, "epoch": 0});
        config["methods"]["refresh_token"] = json!({"enabled": true, "epoch": 0});
        let mut world = Self::configured(config);
        world.be(PERSON, &["read", "edit_posts", "publish_posts", "upload_files"]);
        world.sit(PERSON);
        world
    }

    /// Gives a user exactly these capabilities.
    pub fn be(&mut self, user: u64, capabilities: &[&str]) {
        let held: BTreeSet<String> = capabilities.iter().map(|name| (*name).to_owned()).collect();
        self.host.capabilities.insert(user, held);
    }

    /// Sits this user down at the browser, signed in a minute ago.
    pub fn sit(&mut self, user: u64) {
        let browser = Browser { user: Some(user), auth_time: Some(NOW.saturating_sub(60)), ..Browser::default() };
        self.host.people.browser = Some(browser);
    }

    /// What the person says from now on; `None` lets the page stand.
    pub fn says(&mut self, answer: Option<bool>) {
        self.browser().says = answer;
    }

    /// The browser.
    pub fn browser(&mut self) -> &mut Browser {
        self.host.people.browser.as_mut().unwrap()
    }

    /// Follows a request from the endpoint to where the person is.
    pub fn follow(&mut self, request: &Request) -> Visit {
        let mut host = std::mem::take(&mut self.host);
        let browser = host.people.browser.take();
        let name = if request.uri.starts_with(b"/wp-json/app-connect/v1/logout") { "logout" } else { "authorize" };
        let endpoint = endpoint::find(name).unwrap();
        let mut flow = self.server.handle(endpoint, request.clone(), UnixTime(self.now));
        let (at_door, waits, response) = followed(&mut flow, &mut host);
        host.people.browser = browser;
        let mut events = flow.take_events();
        // A page is written where WordPress is whole; it is the same page there.
        let handed_over = waits.is_some() || response.as_ref().is_some_and(|response| response.page.is_some());
        let visit = if handed_over {
            let handover = self.server.handover(request);
            assert!(handover.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
            let visit = self.come_to(name, &handover, &mut host);
            if response.is_some() {
                assert_eq!(visit.response, response);
            }
            events.extend(visit.events);
            Visit { at_door, events, ..visit }
        } else {
            Visit { at_door, asked: Vec::new(), waits, response, events }
        };
        self.host = host;
        visit
    }

    /// The request that was handed over, where the person is.
    pub fn resume(&mut self, handover: &str) -> Visit {
        let mut host = std::mem::take(&mut self.host);
        let visit = self.come(handover, &mut host);
        self.host = host;
        visit
    }

    /// The same, with another host in the store's place.
    pub fn come(&self, handover: &str, host: &mut dyn Host) -> Visit {
        self.come_to("authorize", handover, host)
    }

    /// The same, for the endpoint of this name.
    pub fn come_to(&self, endpoint: &str, handover: &str, host: &mut dyn Host) -> Visit {
        let request = Request { method: b"GET".to_vec(), address: Some(ADDRESS), secure: true, ..Request::default() };
        let endpoint = endpoint::find(endpoint).unwrap();
        let mut flow = self.server.attend(endpoint, handover.as_bytes(), &request, UnixTime(self.now));
        let (asked, waits, response) = followed(&mut flow, host);
        let events = flow.take_events();
        Visit { at_door: Vec::new(), asked, waits, response, events }
    }

    /// Sends the person to the endpoint with these parameters.
    pub fn visit(&mut self, pairs: &[(&str, &str)]) -> Visit {
        self.follow(&visit(pairs))
    }

    /// The same, and the person approves if it is asked.
    pub fn approved(&mut self, pairs: &[(&str, &str)]) -> Visit {
        self.says(Some(true));
        let visit = self.visit(pairs);
        self.says(None);
        visit
    }

    /// A code of this client, approved by the person.
    #[track_caller]
    pub fn code(&mut self, client: &Registered) -> String {
        self.approved(&usual(client)).code()
    }

    /// Exchanges a code, as this client, with these parameters beside the usual ones or instead of them.
    pub fn exchange(&mut self, client: &Registered, code: &str, changes: &[(&str, Option<&str>)]) -> Ran<Response> {
        let request = exchange(client, code, changes);
        self.send("token", request)
    }

    /// An access token for a code.
    #[track_caller]
    pub fn exchanged(&mut self, client: &Registered, code: &str) -> String {
        let ran = self.exchange(client, code, &[]);
        assert_eq!(ran.outcome.status, 200, "{}", ran.outcome.body);
        ran.member("access_token")
    }

    /// Sends the person to log out with these parameters.
    pub fn visit_logout(&mut self, pairs: &[(&str, &str)]) -> Visit {
        self.follow(&visit_logout(encode(pairs)))
    }

    /// Tells apps that sign-ins ended.
    pub fn deliver_logouts(&mut self) -> Ran<Response> {
        let mut host = std::mem::take(&mut self.host);
        let ran = self.deliver_logouts_by(&mut host);
        self.host = host;
        ran
    }

    /// The same, with another host in the store's place.
    pub fn deliver_logouts_by(&self, host: &mut dyn Host) -> Ran<Response> {
        let mut flow = self.server.deliver_logouts(UnixTime(self.now));
        let asked = drive(&mut flow, host);
        let events = flow.take_events();
        let outcome = flow.outcome().unwrap().clone();
        check(&outcome);
        Ran { outcome, asked, events }
    }

    /// What an administrator is shown of what apps learn of a user.
    pub fn preview_claims(&mut self, user: u64) -> Ran<Response> {
        let mut flow = self.server.preview_claims(Id::new(user).unwrap(), UnixTime(self.now));
        let asked = drive(&mut flow, &mut self.host);
        let (events, outcome) = (flow.take_events(), flow.outcome().unwrap().clone());
        check(&outcome);
        Ran { outcome, asked, events }
    }

    /// What `/me` or `/userinfo` answers to a token.
    pub fn identify(&mut self, what: Identity, token: &str) -> Ran<Response> {
        let principal = self.principal(token).unwrap();
        let mut host = std::mem::take(&mut self.host);
        let ran = Self::identified(what, &principal, &mut host);
        self.host = host;
        ran
    }

    /// The same, with another host in the store's place.
    pub fn identified(what: Identity, principal: &Principal, host: &mut dyn Host) -> Ran<Response> {
        let mut flow = Server::identify(what, principal.clone());
        let asked = drive(&mut flow, host);
        let events = flow.take_events();
        let outcome = flow.outcome().unwrap().clone();
        check(&outcome);
        Ran { outcome, asked, events }
    }

    /// The row of a code.
    pub fn code_mut(&mut self, code: &str) -> &mut Code {
        self.host.people.codes.get_mut(&TokenDigest::of(code.as_bytes())).unwrap()
    }
}

/// The token request for a code, as this client sends it.
pub fn exchange(client: &Registered, code: &str, changes: &[(&str, Option<&str>)]) -> Request {
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    if client.secret.is_empty() {
        pairs.push(("client_id", &client.client_id));
        return form(&instead(&pairs, changes));
    }
    authorized(form(&instead(&pairs, changes)), basic(&client.client_id, &client.secret))
}
