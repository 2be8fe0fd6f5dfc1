//! What administrators do with signing keys.

use serde_json::{Value, json};

use super::{Keyring, Settled, TRIES};
use crate::context::Context;
use crate::error::OAuthError;
use crate::event::{Event, RotationCause};
use crate::flow::{Host, HostError};
use crate::http::{Response, error_body};
use crate::jose::import::{ImportError, read_pem};
use crate::jose::{KeyPair, SigningAlgorithm};
use crate::model::key::{KeyChange, KeyRow, KeyState, Slot};
use crate::model::number::Id;
use crate::need::{ChangeKeys, FindSigningKeys, FoundKeys, KeysChanged, WhichKeys};
use crate::secret::Secret;
use crate::secret::vault::{SecretState, Vault, VaultError};

/// Something to do with the keys.
#[derive(Debug)]
pub enum Action {
    /// Takes a private key in PEM.
    Import {
        /// The text.
        pem: Secret<Vec<u8>>,
        /// Whether it signs from now on, and not only from the next rotation on.
        at_once: bool,
    },
    /// Tells all there is to know about them.
    List,
    /// Makes what is missing, seals anew what a former secret sealed, and rotates if that is due.
    Maintain,
    /// Ends a key, and everything that it signed.
    Revoke {
        /// Its name.
        kid: String,
    },
    /// Lets the next key sign, and makes another next one.
    Rotate,
    /// Gives up what nothing opens any more, and makes everything anew.
    StartAfresh,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
enum ManageError {
    #[error("somebody else changed the keys at the same time")]
    Conflict,
    #[error("this key is or was here already")]
    Exists,
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error("the site's secret opens everything: there is no need to start afresh")]
    NotLost,
    #[error("this site signs with another kind of key, or a stronger one")]
    OtherType,
    #[error(transparent)]
    Other(#[from] OAuthError),
    #[error("there is no such key, or it is revoked already")]
    UnknownKey,
}

impl From<HostError> for ManageError {
    fn from(error: HostError) -> Self {
        Self::Other(error.into())
    }
}

impl From<VaultError> for ManageError {
    fn from(error: VaultError) -> Self {
        Self::Other(error.into())
    }
}

impl ManageError {
    fn response(&self) -> Response {
        let (status, code) = match self {
            Self::Conflict => (409, "conflict"),
            Self::Exists => (422, "exists"),
            Self::Import(error) => (422, error.code()),
            Self::NotLost => (409, "not_lost"),
            Self::OtherType => (422, "other_type"),
            Self::Other(error) => return error.response(),
            Self::UnknownKey => (404, "unknown_key"),
        };
        Response::json(status, &error_body(code, &self.to_string()))
    }
}

/// Does it, and answers how the keys stand then.
pub async fn run(host: &Host, context: &Context, action: Action, user: Option<Id>) -> Response {
    match done(host, context, action, user).await {
        Ok(view) => Response::json(200, &view),
        Err(error) => error.response(),
    }
}

async fn done(host: &Host, context: &Context, action: Action, user: Option<Id>) -> Result<Value, ManageError> {
    match action {
        Action::Import { pem, at_once } => import(host, context, pem.expose(), at_once, user).await?,
        Action::List => {}
        Action::Maintain => settle(host, context, RotationCause::Scheduled, user).await?,
        Action::Revoke { kid } => revoke(host, context, &kid, user).await?,
        Action::Rotate => rotate(host, context, user).await?,
        Action::StartAfresh => start_afresh(host, context, user).await?,
    }
    Ok(view(&find(host).await?, context))
}

async fn find(host: &Host) -> Result<FoundKeys, ManageError> {
    Ok(host.ask(FindSigningKeys { which: WhichKeys::All }).await?)
}

async fn change(host: &Host, context: &Context, changes: Vec<KeyChange>) -> Result<(), ManageError> {
    match host.ask(ChangeKeys { changes, now: context.now }).await? {
        KeysChanged::Conflict => Err(ManageError::Conflict),
        KeysChanged::Done => Ok(()),
    }
}

/// Makes what is missing.
async fn settle(host: &Host, context: &Context, why: RotationCause, user: Option<Id>) -> Result<(), ManageError> {
    for _ in 0..TRIES {
        let found = find(host).await?;
        let mut keyring = Keyring::open(context, &found)?;
        keyring.wrap_again(host).await?;
        if keyring.settle(host, &found.keys, false, why, user).await? == Settled::Already {
            return Ok(());
        }
    }
    Err(ManageError::Conflict)
}

async fn rotate(host: &Host, context: &Context, user: Option<Id>) -> Result<(), ManageError> {
    let found = find(host).await?;
    let mut keyring = Keyring::open(context, &found)?;
    keyring.wrap_again(host).await?;
    match keyring.settle(host, &found.keys, true, RotationCause::Administrator, user).await? {
        Settled::Conflict => Err(ManageError::Conflict),
        Settled::Already | Settled::Done => Ok(()),
    }
}

async fn import(
    host: &Host,
    context: &Context,
    pem: &[u8],
    at_once: bool,
    user: Option<Id>,
) -> Result<(), ManageError> {
    let (algorithm, pair) = read_pem(pem)?;
    let found = find(host).await?;
    let kid = pair.public().thumbprint().as_str().to_owned();
    if found.keys.iter().any(|row| row.kid == kid) {
        return Err(ManageError::Exists);
    }
    let (wanted, key_type) = context.config.signing.kind();
    if algorithm.name() != wanted.name() || pair.key_type().bits < key_type.bits {
        return Err(ManageError::OtherType);
    }
    let mut keyring = Keyring::open(context, &found)?;
    keyring.wrap_again(host).await?;
    let mut changes = keyring.founding();
    let active = found.keys.iter().any(|row| row.is_in(Slot::Active, algorithm));
    let slot = if at_once || !active { Slot::Active } else { Slot::Next };
    changes.extend(take(&keyring, &found.keys, algorithm, pair.as_ref(), slot)?);
    change(host, context, changes).await?;
    let algorithm = algorithm.name();
    host.tell(Event::KeyImported { kid: kid.clone(), algorithm, user });
    if slot == Slot::Active {
        host.tell(Event::KeyRotated { kid, algorithm, why: RotationCause::Imported, user });
    }
    settle(host, context, RotationCause::Imported, user).await
}

/// Puts a key in a place, and whatever is there out of it.
fn take(
    keyring: &Keyring<'_>,
    rows: &[KeyRow],
    algorithm: &'static dyn SigningAlgorithm,
    pair: &dyn KeyPair,
    slot: Slot,
) -> Result<Vec<KeyChange>, OAuthError> {
    let there = rows.iter().find(|row| row.is_in(slot, algorithm));
    let leaves = there.map(|row| KeyChange::Retire { id: row.id, from: slot.name(algorithm) });
    Ok(leaves.into_iter().chain([KeyChange::Add(keyring.store(algorithm, pair, slot)?)]).collect())
}

async fn revoke(host: &Host, context: &Context, kid: &str, user: Option<Id>) -> Result<(), ManageError> {
    let found = find(host).await?;
    let row = found.keys.iter().find(|row| row.kid == kid && row.compromised_at.is_none());
    let row = row.ok_or(ManageError::UnknownKey)?;
    change(host, context, vec![KeyChange::Revoke { id: row.id }]).await?;
    let algorithm = row.kind().map_or("", |(algorithm, _)| algorithm.name());
    host.tell(Event::KeyRevoked { kid: row.kid.clone(), algorithm, user });
    match settle(host, context, RotationCause::Revoked, user).await {
        // A key can be ended even if none can be made in its place.
        Err(ManageError::Other(OAuthError::Vault(_))) => Ok(()),
        other => other,
    }
}

async fn start_afresh(host: &Host, context: &Context, user: Option<Id>) -> Result<(), ManageError> {
    let found = find(host).await?;
    let secret = &context.config.site_secret;
    if found.open(secret).is_ok() {
        return Err(ManageError::NotLost);
    }
    let (_, to) = Vault::new(secret, context.entropy.as_ref())?;
    let mut changes = vec![KeyChange::Vault { from: found.vault.clone(), to }];
    let placed = found.keys.iter().filter_map(|row| Some((row.id, row.slot.clone()?)));
    // What they signed is as good as before: they are not known to anybody, only lost.
    changes.extend(placed.map(|(id, from)| KeyChange::Retire { id, from }));
    change(host, context, changes).await?;
    host.tell(Event::KeysStartedAfresh { user });
    settle(host, context, RotationCause::Administrator, user).await
}

/// How the keys stand.
fn view(found: &FoundKeys, context: &Context) -> Value {
    let (now, signing) = (context.now, &context.config.signing);
    let keys = found.keys.iter().map(|row| {
        let state = row.state(now);
        json!({
            "kid": row.kid,
            "algorithm": row.kind().map(|(algorithm, _)| algorithm.name()),
            "type": row.key_type,
            "state": state,
            "created_at": row.created_at,
            "activated_at": row.activated_at,
            "retired_at": row.retired_at,
            "leaves_at": row.leaves_at().filter(|_| state == KeyState::Retiring),
            "revoked_at": row.compromised_at,
            "public": row.jwk().map(|jwk| jwk.to_value()),
        })
    });
    let (algorithm, key_type) = signing.kind();
    let active = found.keys.iter().find(|row| row.is_in(Slot::Active, algorithm));
    let state: SecretState = context.config.site_secret.state(&found.open(&context.config.site_secret));
    json!({
        "keys": keys.collect::<Vec<_>>(),
        "secret": { "state": state },
        "key_type": key_type.name,
        "next_rotation": active.and_then(|row| row.activated_at).map(|since| since.plus(signing.rotation)),
    })
}
