//! A client that is stored already: described for the person who changes it, changed, given another secret.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::authority::bundle::Catalogue;
use crate::authority::capability::READ;
use crate::authority::names::Names;
use crate::authority::policy::Policy;
use crate::entropy::Entropy;
use crate::model::client::{AccessMode, ClientConfig, ClientStatus, ClientType, json_text};
use crate::model::draft::{ClientDraft, Confirmation, DraftError, FieldError, Judged, Rules, takeover_at_risk};
use crate::model::number::Id;
use crate::model::registration::{ClientColumns, config_text, new_secret};
use crate::redirect_uri::RedirectUri;
use crate::secret::Secret;
use crate::secret::client_secret::SecretHash;
use crate::secret::token::TokenDigest;
use crate::time::UnixTime;

/// The longest time for which a former secret goes on working, in seconds: 30 days.
pub const MAX_OVERLAP: i64 = 2_592_000;

/// A client as its row has it. Columns that are not named here do not matter.
#[derive(Clone, Debug, Deserialize)]
pub struct StoredClient {
    /// The identifier.
    pub client_id: String,
    /// The name.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: ClientType,
    /// The status.
    pub status: ClientStatus,
    /// The access mode.
    pub mode: AccessMode,
    /// The service user, whether or not it exists still.
    #[serde(deserialize_with = "Option::deserialize")]
    pub service_user_id: Option<Id>,
    /// The hashed secret.
    #[serde(deserialize_with = "Option::deserialize")]
    pub secret_hash: Option<SecretHash>,
    /// The rest.
    #[serde(deserialize_with = "json_text")]
    pub config: ClientConfig,
    /// K.
    pub policy: Policy,
}

/// What became of a client's ceiling.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CeilingChange {
    /// Something was added and something taken away, or which of it cannot be told.
    Different,
    /// Something was taken away: true from the next request.
    Narrower,
    /// Nothing.
    Same,
    /// Something was added: true for the next token, and for people at their next approval.
    Wider,
}

/// A changed client.
#[derive(Debug)]
pub struct Revision {
    /// The row.
    pub row: ClientColumns,
    /// K.
    pub ceiling: Policy,
    /// What became of K.
    pub change: CeilingChange,
    /// Whether whoever holds the client's secret may do more as its service user than before, or holds a new secret: then
    /// only somebody who may act as that user can have wanted it.
    pub empowers: bool,
    /// What ends, all of it confirmed.
    pub ends: BTreeSet<Confirmation>,
    /// Whether every token of the client ends.
    pub ends_all: bool,
    /// Grant types whose tokens end. Their grants are revoked, so that nothing comes back with them.
    pub ends_methods: BTreeSet<String>,
    /// A secret that had to be made.
    pub secret: Option<Secret<String>>,
}

/// Another secret for a client.
#[derive(Debug)]
pub struct Renewal {
    /// The secret, to show once.
    pub secret: Secret<String>,
    /// Its hash.
    pub hash: SecretHash,
    /// The end of the overlap, if the former secret goes on working.
    pub prev_until: Option<UnixTime>,
    /// Whether whoever gets the secret can act as the client's service user.
    pub empowers: bool,
}

fn texts(uris: &[RedirectUri]) -> Vec<String> {
    uris.iter().map(|uri| uri.as_str().to_owned()).collect()
}

impl StoredClient {
    /// The draft that would make this client's row.
    ///
    /// Bundles are not stored: one is ticked when all that it allows is allowed. A bundle that grew in a newer version
    /// shows what the client has of it instead, so that nobody gets more by saving.
    #[must_use]
    pub fn describe(&self, rest_prefix: &str, catalogue: &Catalogue) -> ClientDraft {
        let restricted = self.mode == AccessMode::Restricted;
        let bundles = if restricted { catalogue.within(&self.policy) } else { Vec::new() };
        let included: BTreeSet<_> = bundles.iter().flat_map(|bundle| &bundle.routes).collect();
        let routes = self.policy.routes.summary().unwrap_or_default();
        let listed = routes.into_iter().filter(|pattern| !included.contains(pattern));
        let in_bundle = |name: &str| name == READ || bundles.iter().any(|bundle| bundle.capabilities.contains(name));
        ClientDraft {
            client_id: None,
            name: self.name.clone(),
            description: self.config.description.clone(),
            logo_uri: self.config.logo_uri.clone(),
            access_token_format: self.config.access_token_format,
            kind: self.kind,
            mode: self.mode,
            grant_types: self.config.grant_types.clone(),
            auth_methods: self.config.auth_methods.clone(),
            capabilities: named(&self.policy.caps, restricted).filter(|name| !in_bundle(name)).cloned().collect(),
            takeover: named(&self.policy.takeover, restricted).cloned().collect(),
            account: self.policy.account,
            routes: match self.mode {
                AccessMode::LoginOnly => Vec::new(),
                AccessMode::Full | AccessMode::Restricted => {
                    listed.map(|pattern| pattern.display_below(rest_prefix)).collect()
                }
            },
            bundles: bundles.iter().map(|bundle| bundle.name.clone()).collect(),
            service_user_id: self.service_user_id,
            post_logout_redirect_uris: texts(&self.config.post_logout_redirect_uris),
            backchannel_logout_uri: self.config.backchannel_logout_uri.clone(),
            redirect_uris: texts(&self.config.redirect_uris),
            require_pkce: !self.config.pkce_optional,
            consent: self.config.consent,
            first_party: self.config.first_party,
            resource_server: self.config.resource_server,
            trusted: self.config.trusted,
            verified: self.config.verified,
            secret: None,
            confirm: BTreeSet::new(),
        }
    }

    /// Judges what the administrator made of it. `held` are the takeover rights that the draft's service user holds.
    ///
    /// # Errors
    /// [`DraftError::Fields`] with everything that is wrong, [`DraftError::Unconfirmed`].
    pub fn revise(
        &self,
        mut draft: ClientDraft,
        rules: &Rules<'_>,
        held: &BTreeSet<String>,
        entropy: &dyn Entropy,
    ) -> Result<Revision, DraftError> {
        let retyped = draft.kind != self.kind;
        if retyped && draft.auth_methods == self.config.auth_methods {
            // They were the other type's; nobody chose them for this one.
            draft.auth_methods.clear();
        }
        let new_only = [("client_id", draft.client_id.is_some()), ("secret", draft.secret.is_some())];
        let errors = new_only
            .into_iter()
            .filter(|(_, given)| *given)
            .map(|(field, _)| FieldError::new(field, "new_only", "this can only be chosen for a new client"));
        let Judged { name, ceiling, config } = draft.judge(rules, errors.collect())?;
        let (ends, ends_methods) = self.ends(&draft, &config, rules);
        let endangered = self.is_newly_endangered(&draft, &config, &ceiling, rules, held);
        draft.expect_confirmed(ends.iter().copied().chain(endangered.then_some(Confirmation::ServiceUserTakeover)))?;
        let (secret_hash, secret) = match (draft.kind, &self.secret_hash) {
            (ClientType::Public, _) => (None, None),
            (ClientType::Confidential, Some(hash)) if !retyped => (Some(hash.clone()), None),
            (ClientType::Confidential, _) => {
                let (hash, secret) = new_secret(entropy)?;
                (Some(hash), Some(secret))
            }
        };
        let row = ClientColumns {
            digest: TokenDigest::of(self.client_id.as_bytes()),
            client_id: self.client_id.clone(),
            name,
            kind: draft.kind,
            status: self.status,
            mode: draft.mode,
            service_user_id: draft.service_user_id,
            secret_hash,
            config: config_text(&config)?,
        };
        let change = CeilingChange::between(&self.policy, &ceiling);
        let acts = rules.acting_as_service_user(&config.grant_types).next().is_some();
        let more = matches!(change, CeilingChange::Wider | CeilingChange::Different)
            || secret.is_some()
            || !config.grant_types.is_subset(&self.config.grant_types);
        Ok(Revision { row, ceiling, change, empowers: acts && more, ends, ends_all: retyped, ends_methods, secret })
    }

    /// What the change ends, and the grant types whose grants it ends.
    fn ends(
        &self,
        draft: &ClientDraft,
        config: &ClientConfig,
        rules: &Rules<'_>,
    ) -> (BTreeSet<Confirmation>, BTreeSet<String>) {
        let mut ends = BTreeSet::new();
        let mut methods: BTreeSet<String> = self.config.grant_types.difference(&config.grant_types).cloned().collect();
        if !methods.is_empty() {
            ends.insert(Confirmation::GrantTypesRemoved);
        }
        if draft.service_user_id != self.service_user_id {
            let acting: Vec<&String> = rules.acting_as_service_user(&self.config.grant_types).collect();
            if !acting.is_empty() {
                ends.insert(Confirmation::ServiceUserChanged);
                methods.extend(acting.into_iter().cloned());
            }
        }
        if draft.kind != self.kind {
            ends.insert(Confirmation::TypeChanged);
        }
        (ends, methods)
    }

    /// Whether the change puts takeover rights at risk that were not before.
    fn is_newly_endangered(
        &self,
        draft: &ClientDraft,
        config: &ClientConfig,
        ceiling: &Policy,
        rules: &Rules<'_>,
        held: &BTreeSet<String>,
    ) -> bool {
        let acts = |grant_types| rules.acting_as_service_user(grant_types).next().is_some();
        if !acts(&config.grant_types) {
            return false;
        }
        let same_user = draft.service_user_id == self.service_user_id && acts(&self.config.grant_types);
        let before = if same_user { takeover_at_risk(&self.policy, held) } else { BTreeSet::new() };
        !takeover_at_risk(ceiling, held).is_subset(&before)
    }

    /// Makes another secret. The former one works for `overlap` more seconds; with none, every token ends too.
    ///
    /// # Errors
    /// [`DraftError::Fields`] for a public client, and an overlap that is negative or more than [`MAX_OVERLAP`].
    pub fn renew_secret(
        &self,
        overlap: i64,
        rules: &Rules<'_>,
        now: UnixTime,
        entropy: &dyn Entropy,
    ) -> Result<Renewal, DraftError> {
        let mut errors = Vec::new();
        if self.kind == ClientType::Public {
            errors.push(FieldError::new("secret", "public", "public clients have no secret"));
        }
        if !(0..=MAX_OVERLAP).contains(&overlap) {
            errors.push(FieldError::new("overlap", "range", "0 to 2592000 seconds"));
        }
        if !errors.is_empty() {
            return Err(DraftError::Fields(errors));
        }
        let (hash, secret) = new_secret(entropy)?;
        let empowers = rules.acting_as_service_user(&self.config.grant_types).next().is_some();
        Ok(Renewal { secret, hash, prev_until: (overlap > 0).then(|| now.plus(overlap)), empowers })
    }
}

/// The names of a set, as far as a person can have ticked them.
fn named(names: &Names, ticked: bool) -> impl Iterator<Item = &String> {
    let names = match names {
        Names::Only(names) if ticked => Some(names),
        Names::Only(_) | Names::All => None,
    };
    names.into_iter().flatten()
}

impl CeilingChange {
    /// What became of `before`.
    #[must_use]
    pub fn between(before: &Policy, after: &Policy) -> Self {
        match (after.within(before), before.within(after)) {
            (true, true) => Self::Same,
            (true, false) => Self::Narrower,
            (false, true) => Self::Wider,
            (false, false) => Self::Different,
        }
    }
}
