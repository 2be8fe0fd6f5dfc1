//! A client as an administrator describes it, judged before it is stored. Every bad field is named.

use std::collections::{BTreeMap, BTreeSet};

use fluent_uri::Uri;
use serde::{Deserialize, Serialize};

use crate::authority::bundle::Catalogue;
use crate::authority::capability::{self, MANAGE_OPTIONS, READ, is_takeover};
use crate::authority::names::Names;
use crate::authority::policy::{Policy, Routes};
use crate::authority::route::RoutePattern;
use crate::entropy::EntropyError;
use crate::model::client::{AccessMode, ClientConfig, ClientType, ConsentRule};
use crate::model::number::Id;
use crate::model::token_format::ClientTokenFormat;

/// The longest name, in characters.
const MAX_NAME: usize = 191;
/// The longest description, in characters.
const MAX_DESCRIPTION: usize = 2000;
/// The longest address, in bytes.
const MAX_ADDRESS: usize = 2048;
/// What an address is.
pub(super) const ADDRESS: &str = "an https address without user name, at most 2048 bytes";
/// The largest allowlist, in lines.
const MAX_ROUTES: usize = 500;

/// The client types that may use a grant type whose tokens act as a service user.
pub const SERVICE_TYPES: &[ClientType] = &[ClientType::Confidential];
/// The access modes of such clients.
pub const SERVICE_MODES: &[AccessMode] = &[AccessMode::Full, AccessMode::Restricted];

/// What an administrator filled in.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClientDraft {
    /// A chosen identifier, for a new client only; one is generated without it.
    #[serde(default, skip_serializing)]
    pub client_id: Option<String>,
    /// Its name, for people.
    pub name: String,
    /// What it is, for people.
    #[serde(default)]
    pub description: String,
    /// Where its logo is (RFC 7591 §2); empty for none.
    #[serde(default)]
    pub logo_uri: String,
    /// Public or confidential.
    #[serde(rename = "type")]
    pub kind: ClientType,
    /// Its access mode.
    pub mode: AccessMode,
    /// Grant types it may use.
    #[serde(default)]
    pub grant_types: BTreeSet<String>,
    /// Client authentication methods; by default every one that fits the type.
    #[serde(default)]
    pub auth_methods: BTreeSet<String>,
    /// Capabilities, for restricted clients.
    #[serde(default)]
    pub capabilities: BTreeSet<String>,
    /// Bundles, for restricted clients.
    #[serde(default)]
    pub bundles: BTreeSet<String>,
    /// Takeover rights that were ticked, for restricted clients.
    #[serde(default)]
    pub takeover: BTreeSet<String>,
    /// Whether the user's own account may be changed. Never for restricted and login-only clients.
    #[serde(default)]
    pub account: bool,
    /// The allowlist, a pattern a line.
    #[serde(default)]
    pub routes: Vec<String>,
    /// The user that client credentials act as.
    #[serde(default)]
    pub service_user_id: Option<Id>,
    /// What its access tokens look like.
    #[serde(default)]
    pub access_token_format: ClientTokenFormat,
    /// Where people are sent back to, an address a line.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Where people are sent who logged out, an address a line.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// Where it is told that a sign-in ended; empty if it does not want to know.
    #[serde(default)]
    pub backchannel_logout_uri: String,
    /// Whether an authorization code needs PKCE. Only confidential clients can do without.
    #[serde(default = "yes")]
    pub require_pkce: bool,
    /// When people are asked again.
    #[serde(default)]
    pub consent: ConsentRule,
    /// Whether people are not asked at all, because it is the site's own. Only for confidential clients.
    #[serde(default)]
    pub first_party: bool,
    /// Whether it may introspect other clients' access tokens. Only for confidential clients.
    #[serde(default)]
    pub resource_server: bool,
    /// Whether people may type their password into it.
    #[serde(default)]
    pub trusted: bool,
    /// Whether an administrator vouches for it to the people who are asked.
    #[serde(default)]
    pub verified: bool,
    /// A chosen secret, for a new client only; one is generated without it.
    #[serde(default, skip_serializing)]
    pub secret: Option<String>,
    /// The [`Confirmation`]s that the administrator gave. Others count for nothing.
    #[serde(default, skip_serializing)]
    pub confirm: BTreeSet<String>,
}

const fn yes() -> bool {
    true
}

/// What an administrator must say yes to before it is done.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// Tokens of the grant types that were taken away end.
    GrantTypesRemoved,
    /// Tokens that act as the former service user end.
    ServiceUserChanged,
    /// The service user is an administrator, or holds takeover rights that the client would get.
    ServiceUserTakeover,
    /// All tokens end, and a secret is made or removed.
    TypeChanged,
}

impl Confirmation {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GrantTypesRemoved => "grant_types_removed",
            Self::ServiceUserChanged => "service_user_changed",
            Self::ServiceUserTakeover => "service_user_takeover",
            Self::TypeChanged => "type_changed",
        }
    }
}

/// One field that cannot be saved.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct FieldError {
    /// The field's name.
    pub field: &'static str,
    /// The line in the field, from 1, if it has lines.
    pub line: Option<usize>,
    /// A key for the sentence that people read.
    pub code: &'static str,
    /// What is wrong, in ASCII English.
    pub detail: String,
}

impl FieldError {
    /// What is wrong with a field as a whole.
    pub fn new(field: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Self { field, line: None, code, detail: detail.into() }
    }

    /// What is wrong with one of its lines, counted from zero.
    pub fn at(field: &'static str, index: usize, code: &'static str, detail: impl Into<String>) -> Self {
        Self { line: Some(index.saturating_add(1)), ..Self::new(field, code, detail) }
    }
}

/// Why a draft is not stored.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// These fields.
    #[error("fields are invalid")]
    Fields(Vec<FieldError>),
    /// Nothing is wrong, but these are not confirmed.
    #[error("consequences are not confirmed")]
    Unconfirmed(BTreeSet<Confirmation>),
}

/// What the draft is judged against: the registries, and what the site adds.
#[derive(Debug)]
pub struct Rules<'a> {
    /// The grant types there are, and whether their tokens act as a service user.
    pub grant_types: BTreeMap<&'static str, bool>,
    /// Those of them for which people are sent to the site and back.
    pub redirecting: BTreeSet<&'static str>,
    /// Those of them that are only for clients that an administrator trusts with people's passwords.
    pub trusting: BTreeSet<&'static str>,
    /// Whether `http://localhost` is a loopback redirect URI.
    pub localhost: bool,
    /// The client authentication methods there are, and whether they prove anything.
    pub auth_methods: BTreeMap<&'static str, bool>,
    /// The bundles there are.
    pub catalogue: &'a Catalogue,
    /// The site's REST prefix.
    pub rest_prefix: &'a str,
    /// The takeover rights that the site adds.
    pub takeover: &'a BTreeSet<String>,
    /// Whether addresses with plain http are good: on loopback and local sites.
    pub plain_http: bool,
}

impl Rules<'_> {
    /// Whether a text is an address that a server or a browser can fetch.
    #[must_use]
    pub fn is_address(&self, text: &str) -> bool {
        text.len() <= MAX_ADDRESS
            && Uri::parse(text).is_ok_and(|uri| {
                let scheme = uri.scheme().as_str();
                (scheme.eq_ignore_ascii_case("https") || self.plain_http && scheme.eq_ignore_ascii_case("http"))
                    && uri.authority().is_some_and(|place| place.userinfo().is_none() && !place.host().is_empty())
            })
    }

    /// The grant types among `names` whose tokens act as a service user.
    pub fn acting_as_service_user<'n>(&self, names: &'n BTreeSet<String>) -> impl Iterator<Item = &'n String> {
        names.iter().filter(|name| self.grant_types.get(name.as_str()) == Some(&true))
    }
}

/// A draft that may be stored.
#[derive(Debug)]
pub struct Judged {
    /// The name, trimmed.
    pub name: String,
    /// K.
    pub ceiling: Policy,
    /// What is kept as JSON text.
    pub config: ClientConfig,
}

impl ClientDraft {
    /// Judges all that a new client and a changed one have in common; `errors` is what the caller found wrong already.
    ///
    /// # Errors
    /// [`DraftError::Fields`], with everything that is wrong.
    pub fn judge(&self, rules: &Rules<'_>, mut errors: Vec<FieldError>) -> Result<Judged, DraftError> {
        self.check_names(rules, &mut errors);
        self.check_logo(rules, &mut errors);
        self.check_service_user(rules, &mut errors);
        let patterns = self.patterns(rules, &mut errors);
        let ceiling = self.ceiling(rules, patterns, &mut errors);
        let auth_methods = self.auth_methods(rules, &mut errors);
        let redirect_uris = self.check_sign_in(rules, &mut errors);
        let post_logout_redirect_uris = self.check_logout(rules, &mut errors);
        if !errors.is_empty() {
            return Err(DraftError::Fields(errors));
        }
        let config = ClientConfig {
            access_token_format: self.access_token_format,
            auth_methods,
            backchannel_logout_uri: self.backchannel_logout_uri.trim().to_owned(),
            consent: self.consent,
            description: self.description.clone(),
            first_party: self.first_party,
            grant_types: self.grant_types.clone(),
            logo_uri: self.logo_uri.trim().to_owned(),
            pkce_optional: !self.require_pkce,
            post_logout_redirect_uris,
            redirect_uris,
            resource_server: self.resource_server,
            trusted: self.trusted,
            verified: self.verified,
        };
        Ok(Judged { name: self.name.trim().to_owned(), ceiling, config })
    }

    /// Refuses what the administrator did not confirm.
    ///
    /// # Errors
    /// [`DraftError::Unconfirmed`], with those of `needed` that are missing.
    pub fn expect_confirmed(&self, needed: impl IntoIterator<Item = Confirmation>) -> Result<(), DraftError> {
        let missing: BTreeSet<Confirmation> =
            needed.into_iter().filter(|needed| !self.confirm.contains(needed.name())).collect();
        if missing.is_empty() { Ok(()) } else { Err(DraftError::Unconfirmed(missing)) }
    }

    fn check_logo(&self, rules: &Rules<'_>, errors: &mut Vec<FieldError>) {
        let logo = self.logo_uri.trim();
        if logo.is_empty() {
            return;
        }
        if !rules.is_address(logo) {
            errors.push(FieldError::new("logo_uri", "invalid", ADDRESS));
        }
    }

    fn check_names(&self, rules: &Rules<'_>, errors: &mut Vec<FieldError>) {
        let name = self.name.trim();
        if name.is_empty() {
            errors.push(FieldError::new("name", "required", "a name is required"));
        }
        if name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
            errors.push(FieldError::new("name", "invalid", "at most 191 characters, without control characters"));
        }
        if self.description.chars().count() > MAX_DESCRIPTION {
            errors.push(FieldError::new("description", "too_long", "at most 2000 characters"));
        }
        for grant in &self.grant_types {
            match rules.grant_types.get(grant.as_str()) {
                None => errors.push(FieldError::new("grant_types", "unknown", "no such grant type")),
                Some(true) if !SERVICE_TYPES.contains(&self.kind) => {
                    errors.push(FieldError::new(
                        "grant_types",
                        "confidential_only",
                        "public clients cannot use this grant type",
                    ));
                }
                Some(true) if !SERVICE_MODES.contains(&self.mode) => {
                    errors.push(FieldError::new(
                        "grant_types",
                        "not_login_only",
                        "login-only clients cannot use this grant type",
                    ));
                }
                Some(_) => {}
            }
        }
    }

    fn check_service_user(&self, rules: &Rules<'_>, errors: &mut Vec<FieldError>) {
        let needs = self.grant_types.iter().any(|grant| rules.grant_types.get(grant.as_str()) == Some(&true));
        if needs && self.service_user_id.is_none() {
            errors.push(FieldError::new("service_user_id", "required", "client credentials need a service user"));
        }
        let listed = self.routes.iter().any(|line| !line.trim().is_empty());
        // What a restricted client is left with, its ceiling judges.
        if needs && !listed && self.mode == AccessMode::Full {
            errors.push(FieldError::new("routes", "required", "client credentials need a REST route allowlist"));
        }
    }

    fn patterns(&self, rules: &Rules<'_>, errors: &mut Vec<FieldError>) -> BTreeSet<RoutePattern> {
        if self.routes.len() > MAX_ROUTES {
            errors.push(FieldError::new("routes", "too_many", "at most 500 lines"));
            return BTreeSet::new();
        }
        let mut patterns = BTreeSet::new();
        for (index, line) in self.routes.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match RoutePattern::parse(line, rules.rest_prefix) {
                Ok(pattern) => drop(patterns.insert(pattern)),
                Err(error) => errors.push(FieldError::at("routes", index, error.code(), error.to_string())),
            }
        }
        patterns
    }

    /// K, by access mode.
    fn ceiling(&self, rules: &Rules<'_>, mut patterns: BTreeSet<RoutePattern>, errors: &mut Vec<FieldError>) -> Policy {
        match self.mode {
            AccessMode::Full => {
                let routes = if patterns.is_empty() { Routes::All } else { Routes::list(patterns) };
                Policy { account: self.account, routes, ..Policy::everything() }
            }
            AccessMode::LoginOnly => Policy { identity: Names::All, ..Policy::nothing() },
            AccessMode::Restricted => {
                let mut caps = BTreeSet::from([READ.to_owned()]);
                for name in &self.capabilities {
                    if !capability::is_name(name) {
                        errors.push(FieldError::new("capabilities", "invalid", "not a capability name"));
                    } else if is_takeover(name, rules.takeover) {
                        errors.push(FieldError::new("capabilities", "takeover", "takeover rights are ticked apart"));
                    }
                    caps.insert(name.clone());
                }
                for name in &self.bundles {
                    let Some(bundle) = rules.catalogue.find(name) else {
                        errors.push(FieldError::new("bundles", "unknown", "no such bundle"));
                        continue;
                    };
                    caps.extend(bundle.capabilities.iter().cloned());
                    patterns.extend(bundle.routes.iter().cloned());
                }
                if self.takeover.iter().any(|name| !capability::is_name(name) || !is_takeover(name, rules.takeover)) {
                    errors.push(FieldError::new("takeover", "unknown", "not a takeover right"));
                }
                if patterns.is_empty() && errors.iter().all(|error| error.field != "routes") {
                    errors.push(FieldError::new(
                        "routes",
                        "required",
                        "restricted clients need a REST route allowlist",
                    ));
                }
                Policy {
                    account: false,
                    caps: Names::Only(caps),
                    identity: Names::All,
                    routes: Routes::list(patterns),
                    takeover: Names::Only(self.takeover.clone()),
                }
            }
        }
    }

    fn auth_methods(&self, rules: &Rules<'_>, errors: &mut Vec<FieldError>) -> BTreeSet<String> {
        let wanted = self.kind == ClientType::Confidential;
        let fitting = |name: &str| rules.auth_methods.get(name) == Some(&wanted);
        if self.auth_methods.iter().any(|name| !fitting(name)) {
            errors.push(FieldError::new("auth_methods", "invalid", "this method does not fit the client type"));
        }
        if self.auth_methods.is_empty() {
            return rules.auth_methods.keys().filter(|name| fitting(name)).map(|name| (*name).to_owned()).collect();
        }
        self.auth_methods.clone()
    }
}

/// The rights that make a service user of a client a danger: takeover rights that its tokens would have, and being an
/// administrator at all, which no capability that is added later makes worse.
#[must_use]
pub fn takeover_at_risk<'h>(ceiling: &Policy, held: &'h BTreeSet<String>) -> BTreeSet<&'h str> {
    held.iter().map(String::as_str).filter(|name| *name == MANAGE_OPTIONS || ceiling.takeover.contains(name)).collect()
}
