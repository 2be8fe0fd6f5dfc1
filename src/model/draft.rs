//! A client as an administrator describes it, judged before it is stored. Every bad field is named.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::authority::bundle::Bundle;
use crate::authority::capability::{self, READ, is_takeover};
use crate::authority::names::Names;
use crate::authority::policy::{Policy, Routes};
use crate::authority::route::RoutePattern;
use crate::entropy::{Entropy, EntropyError};
use crate::model::client::{AccessMode, ClientConfig, ClientStatus, ClientType};
use crate::model::number::Id;
use crate::secret::Secret;
use crate::secret::client_secret::{self, SecretHash};
use crate::secret::token::TokenDigest;

/// The longest name, in characters.
const MAX_NAME: usize = 191;
/// The longest description, in characters.
const MAX_DESCRIPTION: usize = 2000;
/// The shortest secret that a person may choose, in characters.
const MIN_SECRET: usize = 16;
/// The largest allowlist, in lines.
const MAX_ROUTES: usize = 500;

/// What an administrator filled in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientDraft {
    /// Its name, for people.
    pub name: String,
    /// What it is, for people.
    #[serde(default)]
    pub description: String,
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
    /// A chosen secret; one is generated without it.
    #[serde(default, skip_serializing)]
    pub secret: Option<String>,
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
    fn new(field: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Self { field, line: None, code, detail: detail.into() }
    }
}

/// A client ready to be stored.
#[derive(Clone, Debug, Serialize)]
pub struct ClientColumns {
    /// The identifier.
    pub client_id: String,
    /// Its digest.
    pub digest: TokenDigest,
    /// The name.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: ClientType,
    /// The status.
    pub status: ClientStatus,
    /// The access mode.
    pub mode: AccessMode,
    /// The service user.
    pub service_user_id: Option<Id>,
    /// The hashed secret.
    pub secret_hash: Option<SecretHash>,
    /// The rest, as JSON text.
    pub config: String,
}

/// A new client: its row, its ceiling, and the secret to show once.
#[derive(Debug)]
pub struct NewClient {
    /// The row.
    pub row: ClientColumns,
    /// K.
    pub ceiling: Policy,
    /// The secret, if it was generated.
    pub secret: Option<Secret<String>>,
}

/// Why a draft is not a client.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// These fields.
    #[error("fields are invalid")]
    Fields(Vec<FieldError>),
}

/// What the draft is judged against: the registries, and what the site adds.
#[derive(Debug)]
pub struct Rules<'a> {
    /// The grant types there are, and whether their tokens act as a service user.
    pub grant_types: BTreeMap<&'static str, bool>,
    /// The client authentication methods there are, and whether they prove anything.
    pub auth_methods: BTreeMap<&'static str, bool>,
    /// The site's REST prefix.
    pub rest_prefix: &'a str,
    /// The takeover rights that the site adds.
    pub takeover: &'a BTreeSet<String>,
}

impl ClientDraft {
    /// Judges the draft and makes identifier and secret.
    ///
    /// # Errors
    /// [`DraftError::Fields`] with everything that is wrong with it.
    pub fn register(self, rules: &Rules<'_>, entropy: &dyn Entropy) -> Result<NewClient, DraftError> {
        let mut errors = Vec::new();
        self.check_names(rules, &mut errors);
        self.check_service_user(rules, &mut errors);
        let patterns = self.patterns(rules, &mut errors);
        let ceiling = self.ceiling(rules, patterns, &mut errors);
        let auth_methods = self.auth_methods(rules, &mut errors);
        self.check_secret(&mut errors);
        if !errors.is_empty() {
            return Err(DraftError::Fields(errors));
        }
        let (secret_hash, secret) = self.secret(entropy)?;
        let client_id = client_secret::generate_client_id(entropy)?;
        let config = ClientConfig { auth_methods, description: self.description, grant_types: self.grant_types };
        let row = ClientColumns {
            digest: TokenDigest::of(client_id.as_bytes()),
            client_id,
            name: self.name.trim().to_owned(),
            kind: self.kind,
            status: ClientStatus::Active,
            mode: self.mode,
            service_user_id: self.service_user_id,
            secret_hash,
            config: serde_json::to_string(&config).map_err(|_| EntropyError)?,
        };
        Ok(NewClient { row, ceiling, secret })
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
                Some(true) if self.kind == ClientType::Public => {
                    errors.push(FieldError::new(
                        "grant_types",
                        "confidential_only",
                        "public clients cannot use this grant type",
                    ));
                }
                Some(true) if self.mode == AccessMode::LoginOnly => {
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
                Err(error) => errors.push(FieldError {
                    line: Some(index.saturating_add(1)),
                    ..FieldError::new("routes", "invalid", error.to_string())
                }),
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
                    let Some(bundle) = Bundle::find(name) else {
                        errors.push(FieldError::new("bundles", "unknown", "no such bundle"));
                        continue;
                    };
                    caps.extend(bundle.capabilities.iter().map(|name| (*name).to_owned()));
                    patterns.extend(bundle.patterns());
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

    fn check_secret(&self, errors: &mut Vec<FieldError>) {
        let Some(secret) = &self.secret else {
            return;
        };
        if self.kind == ClientType::Public {
            errors.push(FieldError::new("secret", "public", "public clients have no secret"));
        }
        let printable = secret.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
        if secret.len() < MIN_SECRET || secret.len() > client_secret::MAX_LENGTH || !printable {
            errors.push(FieldError::new("secret", "weak", "16 to 1024 printable ASCII characters"));
        }
    }

    fn secret(&self, entropy: &dyn Entropy) -> Result<(Option<SecretHash>, Option<Secret<String>>), EntropyError> {
        match (self.kind, &self.secret) {
            (ClientType::Public, _) => Ok((None, None)),
            (ClientType::Confidential, Some(chosen)) => Ok((Some(client_secret::hash(chosen, entropy)?), None)),
            (ClientType::Confidential, None) => {
                let secret = client_secret::generate(entropy)?;
                Ok((Some(client_secret::hash(secret.expose(), entropy)?), Some(secret)))
            }
        }
    }
}
