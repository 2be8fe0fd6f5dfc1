//! The site's signing keys: the one that signs now, and those that are published.
//!
//! They are read from the store at every request, so a rotation counts from the next request on, on every node. Keys that
//! are missing are made by whoever finds that; of two who do so at once, one does.

pub mod access_token;
pub mod id_token;
mod lifecycle;
pub mod logout_token;
pub mod manage;
pub mod signer;

use crate::context::Context;
use crate::error::OAuthError;
use crate::event::{Event, RotationCause};
use crate::flow::{Host, HostError};
use crate::jose::jwk::{Jwk, KeySet};
use crate::jose::jwt::SigningKey;
use crate::jose::{self, KeyError, KeyPair, KeyType, Place, SigningAlgorithm};
use crate::model::key::{KeyChange, KeyRow, NewKey, Slot};
use crate::model::number::Id;
use crate::need::{ChangeKeys, FindSigningKeys, FoundKeys, KeysChanged, WhichKeys};
use crate::secret::vault::{Purpose, Vault, VaultError};

/// How often it is tried again when somebody else changes the keys at the same time.
const TRIES: usize = 3;

/// The key that signs now.
#[derive(Debug)]
pub struct Active {
    /// The row.
    pub id: Id,
    /// The key.
    pub key: SigningKey,
    /// The longest lifetime of a token that it is known to have signed, in seconds.
    pub longest: i64,
}

/// The key that signs now. It is made if there is none, and takes turns if its time is over.
///
/// # Errors
/// [`OAuthError::Vault`] when keys cannot be opened or sealed, [`OAuthError::Host`] when storage is unavailable.
pub async fn active(host: &Host, context: &Context) -> Result<Active, OAuthError> {
    let (algorithm, _) = context.config.signing.kind();
    for _ in 0..TRIES {
        let found = host.ask(FindSigningKeys { which: WhichKeys::Slots }).await?;
        if let Some(active) = opened_before(context, &found) {
            return Ok(active);
        }
        let mut keyring = Keyring::open(context, &found)?;
        keyring.wrap_again(host).await?;
        if keyring.settle(host, &found.keys, false, RotationCause::Scheduled, None).await? != Settled::Already {
            continue;
        }
        let row = found.keys.iter().find(|row| row.is_in(Slot::Active, algorithm));
        return keyring.open_key(row.ok_or(HostError::Unavailable)?, algorithm);
    }
    // Whoever changes the keys all the time is not us.
    Err(HostError::Unavailable.into())
}

/// The key that signs now, if nothing is to do and it was opened before: by the same secret, out of the same value.
fn opened_before(context: &Context, found: &FoundKeys) -> Option<Active> {
    let (algorithm, _) = context.config.signing.kind();
    if !lifecycle::plan(&found.keys, &context.config.signing, false, context.now).is_empty() {
        return None;
    }
    let row = found.keys.iter().find(|row| row.is_in(Slot::Active, algorithm))?;
    let place = place(context, found.vault.as_deref()?, row, algorithm)?;
    let key = SigningKey::kept(&row.kid, algorithm, place, || Err(KeyError::Unsupported)).ok()?;
    Some(Active { id: row.id, key, longest: row.longest })
}

/// Where an opened key is kept: it follows from all that opened it, so that whoever cannot open it does not find it either.
fn place(context: &Context, vault: &str, row: &KeyRow, algorithm: &dyn SigningAlgorithm) -> Option<Place> {
    let texts = [vault, algorithm.name(), &row.kid, row.sealed.as_deref()?];
    Some(jose::place(texts.into_iter().map(str::as_bytes).chain(context.config.site_secret.parts())))
}

/// Notes, before it signs, that a key signs tokens that live `lifetime` seconds: it stays published that long.
///
/// # Errors
/// [`OAuthError::Host`].
pub async fn lasting(host: &Host, context: &Context, active: &Active, lifetime: i64) -> Result<(), OAuthError> {
    if lifetime > active.longest {
        let changes = vec![KeyChange::Extend { id: active.id, longest: lifetime }];
        host.ask(ChangeKeys { changes, now: context.now }).await?;
    }
    Ok(())
}

/// The public keys that verify what is alive, and those that sign next. A site's first key is made for whoever asks first:
/// a verifier that is set up before the first token shall not remember an empty set.
///
/// # Errors
/// As [`active`], but only for a site that has no key yet.
pub async fn published(host: &Host, context: &Context) -> Result<KeySet, OAuthError> {
    let mut found = host.ask(FindSigningKeys { which: WhichKeys::All }).await?;
    if found.keys.iter().all(|row| row.slot.is_none()) && found.vault.is_none() {
        active(host, context).await?;
        found = host.ask(FindSigningKeys { which: WhichKeys::All }).await?;
    }
    Ok(KeySet::new(found.keys.iter().filter_map(|row| row.published(context.now))))
}

/// What became of the keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Settled {
    /// Nothing was to do.
    Already,
    /// Somebody else changed them at the same time.
    Conflict,
    /// They are as they should be now.
    Done,
}

/// What opens and seals the keys of this request.
struct Keyring<'a> {
    context: &'a Context,
    vault: Vault,
    /// The data key as it is stored.
    stored: Option<String>,
    /// The data key as it should be stored, if that is something else.
    fresh: Option<String>,
}

impl<'a> Keyring<'a> {
    fn open(context: &'a Context, found: &FoundKeys) -> Result<Self, VaultError> {
        let (secret, entropy) = (&context.config.site_secret, context.entropy.as_ref());
        let stored = found.vault.clone();
        let Some(mut vault) = found.open(secret)? else {
            let (vault, fresh) = Vault::new(secret, entropy)?;
            return Ok(Self { context, vault, stored, fresh: Some(fresh) });
        };
        let fresh = if vault.is_outdated(secret) { Some(vault.wrap(secret, entropy)?) } else { None };
        Ok(Self { context, vault, stored, fresh })
    }

    /// Wraps the data key again that is sealed by a former secret.
    async fn wrap_again(&mut self, host: &Host) -> Result<(), OAuthError> {
        let Some(from) = self.stored.clone() else {
            return Ok(());
        };
        if let Some(to) = self.fresh.take() {
            let changes = vec![KeyChange::Vault { from: Some(from), to }];
            // If somebody else did it at the same time, it is done.
            if host.ask(ChangeKeys { changes, now: self.context.now }).await? == KeysChanged::Done {
                host.tell(Event::SecretRewrapped {});
            }
        }
        Ok(())
    }

    /// Makes what is missing, and rotates if that is due or `asked`. If anything was to do, the keys are to be read again,
    /// whoever did it.
    async fn settle(
        &mut self,
        host: &Host,
        rows: &[KeyRow],
        asked: bool,
        why: RotationCause,
        user: Option<Id>,
    ) -> Result<Settled, OAuthError> {
        let plan = lifecycle::plan(rows, &self.context.config.signing, asked, self.context.now);
        if plan.is_empty() {
            return Ok(Settled::Already);
        }
        let mut changes = self.founding();
        let made = plan.changes(self, &mut changes)?;
        if host.ask(ChangeKeys { changes, now: self.context.now }).await? == KeysChanged::Conflict {
            return Ok(Settled::Conflict);
        }
        if let Some(kid) = made {
            let (algorithm, _) = self.context.config.signing.kind();
            let why = if rows.is_empty() { RotationCause::First } else { why };
            host.tell(Event::KeyRotated { kid, algorithm: algorithm.name(), why, user });
        }
        Ok(Settled::Done)
    }

    /// What has to be stored first, for a site that has no data key yet.
    fn founding(&mut self) -> Vec<KeyChange> {
        let first = self.fresh.take().filter(|_| self.stored.is_none());
        first.map(|to| KeyChange::Vault { from: None, to }).into_iter().collect()
    }

    /// Makes a key.
    fn make(
        &self,
        algorithm: &'static dyn SigningAlgorithm,
        key_type: &'static KeyType,
        slot: Slot,
    ) -> Result<NewKey, OAuthError> {
        let pair = algorithm.generate(key_type)?;
        self.store(algorithm, pair.as_ref(), slot)
    }

    /// A key as it is stored.
    fn store(
        &self,
        algorithm: &'static dyn SigningAlgorithm,
        pair: &dyn KeyPair,
        slot: Slot,
    ) -> Result<NewKey, OAuthError> {
        let jwk = Jwk::new(algorithm, pair.public());
        let (purpose, entropy) = (Purpose::SigningKeys, self.context.entropy.as_ref());
        Ok(NewKey {
            slot: slot.name(algorithm),
            key_type: pair.key_type().name,
            alg: algorithm.name(),
            public: jwk.to_value().to_string(),
            sealed: self.vault.seal(purpose, &jwk.kid, pair.pkcs8()?.expose(), entropy)?,
            kid: jwk.kid,
            activated_at: (slot == Slot::Active).then_some(self.context.now),
        })
    }

    fn open_key(&self, row: &KeyRow, algorithm: &'static dyn SigningAlgorithm) -> Result<Active, OAuthError> {
        let sealed = row.sealed.as_deref().ok_or(VaultError::Damaged)?;
        let stored = self.stored.as_deref().ok_or(VaultError::Damaged)?;
        let place = place(self.context, stored, row, algorithm).ok_or(VaultError::Damaged)?;
        let open = || Ok::<_, OAuthError>(self.vault.unseal(Purpose::SigningKeys, &row.kid, sealed)?);
        Ok(Active { id: row.id, key: SigningKey::kept(&row.kid, algorithm, place, open)?, longest: row.longest })
    }
}
