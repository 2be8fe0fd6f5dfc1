//! A signing key as stored, and its life: next, active, retiring, retired; or revoked.

use serde::{Deserialize, Serialize};

use crate::jose::jwk::Jwk;
use crate::jose::{KeyType, SigningAlgorithm, find_key_type};
use crate::model::number::{self, Id};
use crate::time::UnixTime;

/// Seconds for which a key stays published after the last token that it can have signed: requests that were under way when
/// it retired, and clocks that differ.
const MARGIN: i64 = 300;

/// Where a key stands that can sign: one of each for an algorithm.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Slot {
    /// It signs.
    Active,
    /// It is published already, so that verifiers know it before it signs.
    Next,
}

impl Slot {
    /// Its name in the store: two keys cannot have the same.
    #[must_use]
    pub fn name(self, algorithm: &dyn SigningAlgorithm) -> String {
        match self {
            Self::Active => algorithm.name().to_owned(),
            Self::Next => format!("{}.next", algorithm.name()),
        }
    }
}

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It signs.
    Active,
    /// It is published, and signs from the next rotation on.
    Next,
    /// It signs no more, and stays published while tokens live that it signed.
    Retiring,
    /// Nothing that it signed is alive.
    Retired,
    /// An administrator ended it, and with it all that it signed.
    Revoked,
}

/// A row of the keys.
#[derive(Clone, Debug, Deserialize)]
pub struct KeyRow {
    /// The row.
    pub id: Id,
    /// Its name: the thumbprint of the public key.
    pub kid: String,
    /// See [`Slot`]; null for a key that signs no more.
    #[serde(deserialize_with = "Option::deserialize")]
    pub slot: Option<String>,
    /// See [`KeyType`].
    #[serde(rename = "type")]
    pub key_type: String,
    /// The public key as a JWK, as JSON text.
    pub public: String,
    /// The private key, sealed; null once it has retired.
    #[serde(deserialize_with = "Option::deserialize")]
    pub sealed: Option<String>,
    /// The longest lifetime of a token that it signed, in seconds.
    #[serde(deserialize_with = "number::deserialize")]
    pub longest: i64,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it began to sign.
    #[serde(deserialize_with = "Option::deserialize")]
    pub activated_at: Option<UnixTime>,
    /// When it ceased to.
    #[serde(deserialize_with = "Option::deserialize")]
    pub retired_at: Option<UnixTime>,
    /// When an administrator revoked it.
    #[serde(deserialize_with = "Option::deserialize")]
    pub compromised_at: Option<UnixTime>,
}

impl KeyRow {
    /// The kind of key, and its algorithm.
    #[must_use]
    pub fn kind(&self) -> Option<(&'static dyn SigningAlgorithm, &'static KeyType)> {
        find_key_type(&self.key_type)
    }

    /// Whether it stands in that place.
    #[must_use]
    pub fn is_in(&self, slot: Slot, algorithm: &dyn SigningAlgorithm) -> bool {
        self.slot.as_deref() == Some(slot.name(algorithm).as_str())
    }

    /// Whether it is as strong as a kind of key that is wanted, and of the same algorithm.
    #[must_use]
    pub fn serves_as(&self, wanted: &KeyType, algorithm: &dyn SigningAlgorithm) -> bool {
        self.kind().is_some_and(|(own, key_type)| own.name() == algorithm.name() && key_type.bits >= wanted.bits)
    }

    /// When it leaves the published set; `None` while it has not retired.
    #[must_use]
    pub fn leaves_at(&self) -> Option<UnixTime> {
        let retired = self.retired_at?;
        // One that never signed has nothing to wait for.
        Some(if self.activated_at.is_some() { retired.plus(self.longest).plus(MARGIN) } else { retired })
    }

    /// Where it is in its life at `now`.
    #[must_use]
    pub fn state(&self, now: UnixTime) -> KeyState {
        if self.compromised_at.is_some() {
            return KeyState::Revoked;
        }
        match self.leaves_at() {
            Some(end) if now >= end => KeyState::Retired,
            Some(_) => KeyState::Retiring,
            None if self.activated_at.is_some() => KeyState::Active,
            None => KeyState::Next,
        }
    }

    /// The public key to publish at `now`, if it is to be.
    #[must_use]
    pub fn published(&self, now: UnixTime) -> Option<Jwk> {
        match self.state(now) {
            KeyState::Active | KeyState::Next | KeyState::Retiring => self.jwk(),
            KeyState::Retired | KeyState::Revoked => None,
        }
    }

    /// The public key.
    #[must_use]
    pub fn jwk(&self) -> Option<Jwk> {
        Jwk::parse(self.public.as_bytes()).ok().filter(|jwk| jwk.kid == self.kid)
    }
}

/// A step in the life of keys. Each is one conditional write that changes one row, or nothing of the whole is done; that of
/// [`KeyChange::Extend`] alone may find nothing to change.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyChange {
    /// Stores a new key.
    Add(NewKey),
    /// Notes that a key signs tokens that live that long, in seconds, if it did not before.
    Extend {
        /// The key.
        id: Id,
        /// The lifetime in seconds.
        longest: i64,
    },
    /// Lets a key sign that was published before.
    Promote {
        /// The key.
        id: Id,
        /// The place in which it is.
        from: String,
        /// The place that it gets.
        to: String,
    },
    /// Lets a key sign no more, and erases its private part.
    Retire {
        /// The key.
        id: Id,
        /// The place in which it is.
        from: String,
    },
    /// Ends a key and all that it signed, and erases its private part.
    Revoke {
        /// The key.
        id: Id,
    },
    /// Stores the site's sealed data key.
    Vault {
        /// The one that is stored; null if there is none.
        from: Option<String>,
        /// The one to store.
        to: String,
    },
}

/// A key to store.
#[derive(Clone, Debug, Serialize)]
pub struct NewKey {
    /// See [`KeyRow::kid`].
    pub kid: String,
    /// See [`Slot`].
    pub slot: String,
    /// See [`KeyType`].
    #[serde(rename = "type")]
    pub key_type: &'static str,
    /// The value of `alg`.
    pub alg: &'static str,
    /// See [`KeyRow::public`].
    pub public: String,
    /// See [`KeyRow::sealed`].
    pub sealed: String,
    /// When it begins to sign; null for one that is only published.
    pub activated_at: Option<UnixTime>,
}
