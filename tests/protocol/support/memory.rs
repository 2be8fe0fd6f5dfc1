//! A host that keeps everything in memory and means what it says.

use std::collections::{BTreeMap, BTreeSet};

use app_connect::authority::policy::Policy;
use app_connect::flow::Answer;
use app_connect::model::grant::{GrantRef, NewGrant};
use app_connect::model::number::Id;
use app_connect::model::policy_row::PolicyRef;
use app_connect::model::registration::NewClient;
use app_connect::need::{FindClient, FindStandingGrant, Issue, Need, Spend};
use app_connect::secret::token::TokenDigest;
use serde_json::{Value, json};

use super::drive::Host;
use super::keys::Keys;
use super::people::People;

/// A row of `clients`.
#[derive(Clone, Debug)]
pub struct Client {
    pub id: u64,
    pub identifier: String,
    pub name: String,
    pub kind: &'static str,
    pub status: &'static str,
    pub mode: Value,
    pub epoch: i64,
    pub policy: u64,
    pub secret_hash: Value,
    pub prev_secret_hash: Value,
    pub prev_until: Option<i64>,
    pub config: String,
    pub service_user: Option<u64>,
}

/// A row of `subjects`. A user without one has epoch zero.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    pub sub: String,
    pub epoch: i64,
    pub deleted: bool,
}

/// A row of `grants`.
#[derive(Clone, Debug)]
pub struct Grant {
    pub id: u64,
    pub client: u64,
    pub user: u64,
    pub handle: String,
    pub method: String,
    pub policy: u64,
    pub ceiling: u64,
    pub scope: String,
    pub resource: Option<String>,
    pub auth_time: Option<i64>,
    pub sid: Option<String>,
    pub client_epoch: i64,
    pub subject_epoch: i64,
    pub method_epoch: i64,
    pub revoked_at: Option<i64>,
    pub expires_at: Option<i64>,
    pub last_used_at: Option<i64>,
    pub last_address: Option<String>,
    pub created_at: i64,
    pub idle_expires_at: Option<i64>,
    pub used_generation: i64,
    pub chain: Option<Chain>,
}

/// What a grant has that can be refreshed.
#[derive(Clone, Debug)]
pub struct Chain {
    pub digest: TokenDigest,
    pub key: Value,
    pub epoch: i64,
    pub generation: i64,
    pub rotated_at: Option<i64>,
}

/// A row of `tokens`.
#[derive(Clone, Debug)]
pub struct Token {
    pub grant: u64,
    pub policy: u64,
    pub scope: String,
    pub issued_at: i64,
    pub expires_at: i64,
    pub revoked_at: Option<i64>,
    pub generation: i64,
    pub key: Option<u64>,
}

/// The store, with WordPress' users beside it.
#[derive(Clone, Debug, Default)]
pub struct MemoryHost {
    pub policies: Vec<String>,
    pub clients: Vec<Client>,
    pub subjects: BTreeMap<u64, Subject>,
    pub grants: Vec<Grant>,
    pub tokens: BTreeMap<TokenDigest, Token>,
    pub keys: Keys,
    pub people: People,
    /// By bucket: the start of the window, and the failures in it.
    pub failures: BTreeMap<TokenDigest, (i64, i64)>,
    /// What each user can do now.
    pub capabilities: BTreeMap<u64, BTreeSet<String>>,
    /// Whether numbers are answered as decimal text, as `mysqli` without native types does.
    pub numbers_are_text: bool,
    /// Every need that was asked, with its arguments.
    pub asked: Vec<(&'static str, Value)>,
}

impl Host for MemoryHost {
    fn fulfil(&mut self, need: &Need) -> Answer {
        self.asked.push((need.name(), need.args().unwrap()));
        self.answer(need).map_or(Answer::Unavailable, Answer::Value)
    }

    fn waits(&self, need: &Need) -> bool {
        self.people.waits(need)
    }
}

impl MemoryHost {
    /// Stores a policy, or finds it; its row.
    pub fn store_policy(&mut self, body: &str) -> u64 {
        let place = self.policies.iter().position(|known| known == body).unwrap_or_else(|| {
            self.policies.push(body.to_owned());
            self.policies.len().saturating_sub(1)
        });
        u64::try_from(place).unwrap().saturating_add(1)
    }

    /// The text of a stored policy.
    pub fn policy_text(&self, id: u64) -> &str {
        &self.policies[usize::try_from(id).unwrap().checked_sub(1).unwrap()]
    }

    /// A stored policy.
    pub fn policy(&self, id: u64) -> Policy {
        Policy::parse(self.policy_text(id)).unwrap()
    }

    /// Stores a new client; its row.
    pub fn store_client(&mut self, new: &NewClient) -> u64 {
        let columns = serde_json::to_value(&new.row).unwrap();
        let policy = self.store_policy(&new.ceiling.canonical());
        let id = u64::try_from(self.clients.len()).unwrap().saturating_add(11);
        self.clients.push(Client {
            id,
            identifier: new.row.client_id.clone(),
            name: new.row.name.clone(),
            kind: if columns["type"] == "public" { "public" } else { "confidential" },
            status: "active",
            mode: columns["mode"].clone(),
            epoch: 0,
            policy,
            secret_hash: columns["secret_hash"].clone(),
            prev_secret_hash: Value::Null,
            prev_until: None,
            config: new.row.config.clone(),
            service_user: new.row.service_user_id.map(Id::value),
        });
        id
    }

    /// A client's row.
    pub fn client_mut(&mut self, id: u64) -> &mut Client {
        self.clients.iter_mut().find(|client| client.id == id).unwrap()
    }

    /// A grant's row.
    pub fn grant_mut(&mut self, id: u64) -> &mut Grant {
        self.grants.iter_mut().find(|grant| grant.id == id).unwrap()
    }

    /// The answer; `None` for a write that refers to rows that are not there.
    fn answer(&mut self, need: &Need) -> Option<Value> {
        Some(match need {
            Need::Approve(_) => self.approval(),
            Need::Authenticate(need) => self.authenticated(need),
            Need::ChangeKeys(need) => self.change_keys(need),
            Need::ClaimLogout(need) => self.claim_logout(need),
            Need::Claims(need) => self.claims_of(need.user.value()),
            Need::ConfirmLogout(_) => self.confirmation(),
            Need::CountFailure(need) => {
                for bucket in &need.buckets {
                    let row = self.failures.entry(bucket.clone()).or_default();
                    let hits = if row.0 < need.window_start.0 { 0 } else { row.1 };
                    *row = (need.window_start.0, hits.saturating_add(1));
                }
                Value::Null
            }
            Need::FindAccessToken(need) => self.token_row(&need.digest),
            Need::FindClient(need) => self.found_client(need),
            Need::FindCode(need) => self.code_row(need),
            Need::FindConsent(need) => self.consent_row(need),
            Need::FindEndedSignIns(need) => self.ended_sign_ins(need),
            Need::FindFailures(need) => self.failures_in(&need.buckets, need.window_start.0),
            Need::FindSession(need) => self.session_row(&need.handle),
            Need::FindSigningKeys(need) => self.signing_keys(need.which),
            Need::FindStandingGrant(need) => self.standing_grant(need),
            Need::FindSubject(need) => {
                self.name_subject(need.user.value(), &need.sub);
                json!(self.subjects.get(&need.user.value())?.sub)
            }
            Need::FindVisitor(_) => self.visitor(),
            Need::HeldCapabilities(need) => {
                let held = self.capabilities.get(&need.user.value()).cloned().unwrap_or_default();
                json!(need.capabilities.iter().filter(|name| held.contains(*name)).collect::<Vec<_>>())
            }
            Need::Issue(issue) => self.issue(issue)?,
            Need::LogIn(_) => panic!("nobody answers log_in"),
            Need::LogOut(need) => self.log_out(need),
            Need::RevokeGrant(need) => self.end_grant(need)?,
            Need::RevokeToken(need) => match self.tokens.get_mut(&need.digest) {
                Some(token) if token.revoked_at.is_none() => {
                    token.revoked_at = Some(need.now.0);
                    json!("now")
                }
                _ => json!("already"),
            },
            Need::SendLogoutToken(need) => {
                self.people.told.push((need.uri.clone(), need.logout_token.clone()));
                json!(self.people.answers)
            }
            Need::SettleLogout(need) => {
                self.sign_in_mut(need.sign_in.value()).due_at = None;
                Value::Null
            }
            Need::SpendCode(need) => self.spend_code(need),
            Need::StoreCode(need) => self.store_code(need)?,
            Need::TouchGrant(need) => {
                let grant = self.grants.iter_mut().find(|grant| grant.id == need.grant.value())?;
                grant.last_used_at = Some(need.now.0);
                grant.last_address.clone_from(&need.address);
                grant.used_generation = grant.used_generation.max(need.generation);
                Value::Null
            }
        })
    }

    pub(super) fn id(&self, value: u64) -> Value {
        if self.numbers_are_text { json!(value.to_string()) } else { json!(value) }
    }

    pub(super) fn number(&self, value: impl Into<Option<i64>>) -> Value {
        match value.into() {
            Some(value) if self.numbers_are_text => json!(value.to_string()),
            value => json!(value),
        }
    }

    pub(super) fn user_exists(&self, user: u64) -> bool {
        !self.subjects.get(&user).is_some_and(|subject| subject.deleted)
    }

    pub(super) fn epoch_of(&self, user: u64) -> i64 {
        self.subjects.get(&user).map_or(0, |subject| subject.epoch)
    }

    fn found_client(&self, need: &FindClient) -> Value {
        let digest_of = |client: &Client| TokenDigest::of(client.identifier.as_bytes());
        let client = self.clients.iter().find(|client| digest_of(client) == need.digest);
        let failures = self.failures_in(&need.buckets, need.window_start.0);
        json!({"client": client.map(|client| self.client_row(client)), "failures": failures})
    }

    fn failures_in(&self, buckets: &[TokenDigest], window_start: i64) -> Value {
        let failures = buckets.iter().filter_map(|bucket| {
            let (start, hits) = self.failures.get(bucket)?;
            (*start >= window_start).then(|| json!({"bucket": bucket, "hits": self.number(*hits)}))
        });
        Value::Array(failures.collect())
    }

    fn client_row(&self, client: &Client) -> Value {
        let service_user = client
            .service_user
            .filter(|user| self.user_exists(*user))
            .map(|user| json!({"user": self.id(user), "epoch": self.number(self.epoch_of(user))}));
        json!({
            "id": self.id(client.id),
            "client_id": client.identifier,
            "name": client.name,
            "type": client.kind,
            "status": client.status,
            "mode": client.mode,
            "epoch": self.number(client.epoch),
            "policy": {"id": self.id(client.policy), "body": self.policy_text(client.policy)},
            "secret_hash": client.secret_hash,
            "prev_secret_hash": client.prev_secret_hash,
            "prev_until": self.number(client.prev_until),
            "config": client.config,
            "service_user": service_user,
        })
    }

    fn standing_grant(&self, need: &FindStandingGrant) -> Value {
        let standing = self.grants.iter().rev().find(|grant| {
            grant.method == "client_credentials"
                && grant.client == need.client.value()
                && grant.ceiling == need.ceiling.value()
                && grant.client_epoch == need.client_epoch.0
                && grant.method_epoch == need.method_epoch.0
                && grant.user == need.user.value()
                && grant.subject_epoch == need.subject_epoch.0
                && grant.revoked_at.is_none()
        });
        standing.map_or(Value::Null, |grant| {
            json!({
                "id": self.id(grant.id),
                "policy": {"id": self.id(grant.policy), "body": self.policy_text(grant.policy)},
            })
        })
    }

    pub(super) fn resolve(&mut self, policy: &PolicyRef) -> Option<u64> {
        match policy {
            PolicyRef::Known(id) => {
                let known = u64::try_from(self.policies.len()).unwrap();
                (id.value() <= known).then_some(id.value())
            }
            PolicyRef::New { digest, body } => {
                assert_eq!(*digest, TokenDigest::of(body.as_bytes()), "a policy is named by its content");
                Some(self.store_policy(body))
            }
        }
    }

    fn issue(&mut self, issue: &Issue) -> Option<Value> {
        let paid = match &issue.spends {
            None => true,
            Some(Spend::Code(code)) => self.spend(code, issue.now.0),
            Some(Spend::Refresh(rotation)) => self.rotate(rotation, issue.now.0)?,
        };
        if !paid {
            return Some(json!("already_spent"));
        }
        let grant = match &issue.grant {
            GrantRef::Known(id) => self.grants.iter().find(|grant| grant.id == id.value())?.id,
            GrantRef::New(new) => self.store_grant(new, issue.now.0)?,
        };
        let policy = self.resolve(&issue.token.policy)?;
        let token = Token {
            grant,
            policy,
            scope: issue.token.scope.clone(),
            issued_at: issue.now.0,
            expires_at: issue.token.expires_at.0,
            revoked_at: None,
            generation: issue.token.generation,
            key: issue.token.key.map(Id::value),
        };
        let twin = self.tokens.insert(issue.token.digest.clone(), token);
        assert!(twin.is_none(), "two tokens with one digest");
        if let Some(Spend::Code(code)) = &issue.spends {
            self.people.codes.get_mut(code)?.grant = Some(grant);
        }
        Some(json!("stored"))
    }

    /// Gives a user an identifier for clients, if it has none.
    pub(super) fn name_subject(&mut self, user: u64, sub: &str) {
        let subject = self.subjects.entry(user).or_default();
        if subject.sub.is_empty() {
            sub.clone_into(&mut subject.sub);
        }
    }

    fn store_grant(&mut self, new: &NewGrant, now: i64) -> Option<u64> {
        let policy = self.resolve(&new.policy)?;
        let id = u64::try_from(self.grants.len()).unwrap().saturating_add(101);
        self.name_subject(new.user.value(), &new.sub);
        self.grants.push(Grant {
            id,
            client: new.client.value(),
            user: new.user.value(),
            handle: new.handle.clone(),
            method: new.method.to_owned(),
            policy,
            ceiling: new.ceiling.value(),
            scope: new.scope.clone(),
            resource: new.resource.clone(),
            auth_time: new.auth_time.map(|time| time.0),
            sid: new.sid.clone(),
            client_epoch: new.client_epoch.0,
            subject_epoch: new.subject_epoch.0,
            method_epoch: new.method_epoch.0,
            revoked_at: None,
            expires_at: new.expires_at.map(|time| time.0),
            last_used_at: None,
            last_address: None,
            created_at: now,
            idle_expires_at: new.idle_expires_at.map(|time| time.0),
            used_generation: 0,
            chain: new.session.as_ref().map(|session| Chain {
                digest: session.digest.clone(),
                key: json!(session.key),
                epoch: session.epoch.0,
                generation: 0,
                rotated_at: None,
            }),
        });
        Some(id)
    }

    fn token_row(&self, digest: &TokenDigest) -> Value {
        let Some(token) = self.tokens.get(digest) else {
            return Value::Null;
        };
        let grant = self.grants.iter().find(|grant| grant.id == token.grant).unwrap();
        let Some(client) = self.clients.iter().find(|client| client.id == grant.client) else {
            return Value::Null;
        };
        json!({
            "digest": digest,
            "generation": self.number(token.generation),
            "issued_at": self.number(token.issued_at),
            "policy": self.policy_text(token.policy),
            "scope": token.scope,
            "expires_at": self.number(token.expires_at),
            "revoked_at": self.number(token.revoked_at),
            "key_compromised_at": self.number(token.key.and_then(|key| self.keys.compromised_at(key))),
            "grant": self.grant_columns(grant),
            "client": {
                "id": self.id(client.id),
                "client_id": client.identifier,
                "status": client.status,
                "mode": client.mode,
                "epoch": self.number(client.epoch),
                "config": client.config,
                "policy": self.policy_text(client.policy),
                "service_user_id": client.service_user.map(|user| self.id(user)),
            },
            "subject": self.subject_columns(grant.user),
        })
    }

    pub(super) fn grant_columns(&self, grant: &Grant) -> Value {
        json!({
            "id": self.id(grant.id),
            "method": grant.method,
            "client_epoch": self.number(grant.client_epoch),
            "subject_epoch": self.number(grant.subject_epoch),
            "method_epoch": self.number(grant.method_epoch),
            "revoked_at": self.number(grant.revoked_at),
            "expires_at": self.number(grant.expires_at),
            "last_used_at": self.number(grant.last_used_at),
            "used_generation": self.number(grant.used_generation),
        })
    }

    pub(super) fn subject_columns(&self, user: u64) -> Value {
        let exists = Some(user).filter(|user| self.user_exists(*user));
        json!({
            "sub": self.subjects.get(&user).map_or("", |subject| subject.sub.as_str()),
            "user": exists.map(|user| self.id(user)),
            "epoch": self.number(self.epoch_of(user)),
        })
    }
}
