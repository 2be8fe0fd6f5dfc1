//! What the memory keeps of people: their codes, what they approved, and who sits at the browser.

use std::collections::BTreeMap;

use app_connect::need::{
    Authenticate, ClaimLogout, FindCode, FindConsent, FindEndedSignIns, LogOut, Need, RevokeGrant, SpendCode, StoreCode,
};
use app_connect::secret::token::TokenDigest;
use serde_json::{Value, json};

use super::memory::MemoryHost;

/// When the browser's session ends by itself.
pub const SESSION_END: i64 = 1_900_000_000;

/// A row of `codes`.
#[derive(Clone, Debug)]
pub struct Code {
    pub client: u64,
    pub user: u64,
    pub policy: u64,
    pub payload: String,
    pub expires_at: i64,
    pub consumed_at: Option<i64>,
    pub grant: Option<u64>,
    pub sid: Option<String>,
}

/// A row of `sign_ins`.
#[derive(Clone, Debug)]
pub struct SignIn {
    pub id: u64,
    pub sid: String,
    pub session: String,
    pub client: u64,
    pub user: u64,
    pub expires_at: i64,
    pub ended_at: Option<i64>,
    pub due_at: Option<i64>,
    pub attempts: i64,
}

/// A row of `consents`.
#[derive(Clone, Debug)]
pub struct Consent {
    pub policy: u64,
    pub scope: String,
    pub expires_at: Option<i64>,
}

/// The person at the browser, and the browser.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    /// Who is signed in.
    pub user: Option<u64>,
    /// When that user signed in.
    pub auth_time: Option<i64>,
    /// What the person answers when it is asked; without it the page stands there.
    pub says: Option<bool>,
    /// By what the site knows this browser's session.
    pub session: Option<String>,
}

/// What only people have.
#[derive(Clone, Debug, Default)]
pub struct People {
    pub codes: BTreeMap<TokenDigest, Code>,
    /// By client and user.
    pub consents: BTreeMap<(u64, u64), Consent>,
    /// By user.
    pub claims: BTreeMap<u64, Value>,
    /// By user name and password: the user whom everybody lets in.
    pub passwords: BTreeMap<(String, String), u64>,
    pub sign_ins: Vec<SignIn>,
    /// What apps answer when they are told of a logout, and what they were told.
    pub answers: Option<u16>,
    pub told: Vec<(String, String)>,
    /// Nobody is in front of the door.
    pub browser: Option<Browser>,
}

impl People {
    /// Whether a need waits for a person here.
    pub fn waits(&self, need: &Need) -> bool {
        match (need, &self.browser) {
            (Need::Approve(_) | Need::ConfirmLogout(_), Some(browser)) => browser.says.is_none(),
            (Need::FindVisitor(_) | Need::LogOut(_), Some(_)) => false,
            (
                Need::Approve(_) | Need::ConfirmLogout(_) | Need::FindVisitor(_) | Need::LogIn(_) | Need::LogOut(_),
                _,
            ) => true,
            _ => false,
        }
    }
}

impl MemoryHost {
    pub(super) fn visitor(&self) -> Value {
        let browser = self.people.browser.as_ref().unwrap();
        let session = browser.session.as_ref();
        let session = session.map(|digest| json!({"digest": digest, "expires_at": self.number(SESSION_END)}));
        browser.user.map_or(
            Value::Null,
            |user| json!({"user": self.id(user), "auth_time": self.number(browser.auth_time), "session": session}),
        )
    }

    pub(super) fn confirmation(&self) -> Value {
        json!({"confirmed": self.people.browser.as_ref().unwrap().says.unwrap()})
    }

    /// Ends the browser's session, and what began with it.
    pub(super) fn log_out(&mut self, need: &LogOut) -> Value {
        let browser = self.people.browser.as_mut().unwrap();
        assert_eq!(need.session, browser.session.clone().unwrap_or_default());
        browser.user = None;
        for sign_in in self.people.sign_ins.iter_mut().filter(|sign_in| sign_in.session == need.session) {
            sign_in.ended_at.get_or_insert(need.now.0);
            sign_in.due_at.get_or_insert(need.now.0);
            let grants = self.grants.iter_mut().filter(|grant| grant.sid.as_ref() == Some(&sign_in.sid));
            grants.filter(|grant| grant.chain.is_none()).for_each(|grant| grant.revoked_at = Some(need.now.0));
        }
        Value::Null
    }

    pub(super) fn ended_sign_ins(&self, need: &FindEndedSignIns) -> Value {
        let due = self.people.sign_ins.iter().filter(|row| row.due_at.is_some_and(|due| due <= need.now.0));
        let rows = due.take(usize::try_from(need.limit).unwrap()).map(|row| {
            let client = self.clients.iter().find(|client| client.id == row.client).unwrap();
            json!({
                "id": self.id(row.id), "sid": row.sid, "sub": self.subjects[&row.user].sub,
                "client": self.id(client.id), "client_id": client.identifier, "status": client.status,
                "config": client.config, "attempts": self.number(row.attempts),
            })
        });
        Value::Array(rows.collect())
    }

    pub(super) fn claim_logout(&mut self, need: &ClaimLogout) -> Value {
        let Some(row) = self.people.sign_ins.iter_mut().find(|row| row.id == need.sign_in.value()) else {
            return json!("already");
        };
        if row.attempts != need.attempts || row.due_at.is_none() {
            return json!("already");
        }
        row.attempts = row.attempts.saturating_add(1);
        // A try that never comes back is the last one, too.
        row.due_at = need.again.map(|time| time.0);
        json!("now")
    }

    pub(super) fn sign_in_mut(&mut self, id: u64) -> &mut SignIn {
        self.people.sign_ins.iter_mut().find(|row| row.id == id).unwrap()
    }

    pub(super) fn approval(&self) -> Value {
        json!({"approved": self.people.browser.as_ref().unwrap().says.unwrap()})
    }

    pub(super) fn claims_of(&self, user: u64) -> Value {
        self.people.claims.get(&user).cloned().unwrap_or_else(claims)
    }

    pub(super) fn authenticated(&self, need: &Authenticate) -> Value {
        let (name, password) = (need.username.expose(), need.password.expose());
        let found = self.people.passwords.iter().find(|((known, right), _)| known == name && right == password);
        found.map_or(
            Value::Null,
            |(_, user)| json!({"user": self.id(*user), "epoch": self.number(self.epoch_of(*user))}),
        )
    }

    pub(super) fn consent_row(&self, need: &FindConsent) -> Value {
        let (client, user) = (need.client.value(), need.user.value());
        let consent = self.people.consents.get(&(client, user)).map(|consent| {
            json!({"policy": self.policy_text(consent.policy), "expires_at": self.number(consent.expires_at)})
        });
        json!({"epoch": self.number(self.epoch_of(user)), "consent": consent})
    }

    pub(super) fn code_row(&self, need: &FindCode) -> Value {
        let Some(code) = self.people.codes.get(&need.digest) else {
            return Value::Null;
        };
        let user = Some(code.user).filter(|user| self.user_exists(*user));
        json!({
            "digest": need.digest,
            "client": self.id(code.client),
            "user": user.map(|user| self.id(user)),
            "subject_epoch": self.number(self.epoch_of(code.user)),
            "policy": {"id": self.id(code.policy), "body": self.policy_text(code.policy)},
            "payload": code.payload,
            "expires_at": self.number(code.expires_at),
            "consumed_at": self.number(code.consumed_at),
            "grant": code.grant.map(|grant| self.id(grant)),
            "signed_out_at": self.number(
                self.people.sign_ins.iter().find(|row| Some(&row.sid) == code.sid.as_ref()).and_then(|row| row.ended_at),
            ),
        })
    }

    pub(super) fn store_code(&mut self, need: &StoreCode) -> Option<Value> {
        let (client, user) = (need.client.value(), need.user.value());
        let policy = self.resolve(&need.policy)?;
        self.name_subject(user, &need.sub);
        let code = Code {
            client,
            user,
            policy,
            payload: need.code.payload.clone(),
            expires_at: need.code.expires_at.0,
            consumed_at: None,
            grant: None,
            sid: need.sign_in.as_ref().map(|sign_in| sign_in.sid.clone()),
        };
        let twin = self.people.codes.insert(need.code.digest.clone(), code);
        assert!(twin.is_none(), "two codes with one digest");
        if let Some(sign_in) = &need.sign_in {
            let id = u64::try_from(self.people.sign_ins.len()).unwrap().saturating_add(501);
            let known = self.people.sign_ins.iter_mut().find(|row| row.sid == sign_in.sid);
            match known {
                Some(row) => row.expires_at = sign_in.expires_at.0,
                None => self.people.sign_ins.push(SignIn {
                    id,
                    sid: sign_in.sid.clone(),
                    session: sign_in.session.clone(),
                    client,
                    user,
                    expires_at: sign_in.expires_at.0,
                    ended_at: None,
                    due_at: None,
                    attempts: 0,
                }),
            }
        }
        if let Some(consent) = &need.consent {
            let expires_at = serde_json::to_value(consent).unwrap()["expires_at"].as_i64();
            let consent = Consent { policy, scope: consent.scope.clone(), expires_at };
            self.people.consents.insert((client, user), consent);
        }
        Some(json!("stored"))
    }

    pub(super) fn spend_code(&mut self, need: &SpendCode) -> Value {
        json!(if self.spend(&need.digest, need.now.0) { "now" } else { "already" })
    }

    /// Spends a code; whether this call did it.
    pub(super) fn spend(&mut self, digest: &TokenDigest, now: i64) -> bool {
        match self.people.codes.get_mut(digest) {
            Some(code) if code.consumed_at.is_none() => {
                code.consumed_at = Some(now);
                true
            }
            _ => false,
        }
    }

    pub(super) fn end_grant(&mut self, need: &RevokeGrant) -> Option<Value> {
        assert!(need.why.len() <= 32, "{}", need.why);
        let grant = self.grants.iter_mut().find(|grant| grant.id == need.grant.value())?;
        grant.revoked_at.get_or_insert(need.now.0);
        Some(Value::Null)
    }
}

/// What is told of a user by whom nothing is known but a name.
pub fn claims() -> Value {
    json!({
        "login": "ada", "email": "ada@example.test", "name": "Ada Lovelace", "given_name": "Ada",
        "family_name": "Lovelace", "nickname": "", "website": "", "profile": "", "picture": "",
        "locale": "en_GB", "zoneinfo": "", "updated_at": null, "roles": ["author"], "extra": [],
    })
}
