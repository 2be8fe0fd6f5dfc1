//! What has to happen to keys: decided from the rows, the settings and the time alone.

use super::Keyring;
use crate::config::SigningConfig;
use crate::error::OAuthError;
use crate::jose::{KeyType, SigningAlgorithm};
use crate::model::key::{KeyChange, KeyRow, Slot};
use crate::time::UnixTime;

/// Seconds for which a key has to be published before a scheduled rotation lets it sign: verifiers fetch it meanwhile.
const PUBLISHED_FOR: i64 = 3600;

/// What has to happen.
pub(super) struct Plan<'a> {
    algorithm: &'static dyn SigningAlgorithm,
    key_type: &'static KeyType,
    /// Those that sign no more.
    retire: Vec<&'a KeyRow>,
    /// The one that signs from now on.
    promote: Option<&'a KeyRow>,
    /// The places for which a key is made.
    make: Vec<Slot>,
}

/// What has to happen to the keys that stand in a place: one of the algorithm that the site signs with is active and one
/// comes next, and of other algorithms there is none. A rotation is `asked` for, or due by the settings.
pub(super) fn plan<'a>(rows: &'a [KeyRow], signing: &SigningConfig, asked: bool, now: UnixTime) -> Plan<'a> {
    let (algorithm, key_type) = signing.kind();
    let find = |slot: Slot| rows.iter().find(move |row| row.is_in(slot, algorithm));
    let (active, next) = (find(Slot::Active), find(Slot::Next));
    let fit = next.filter(|row| row.serves_as(key_type, algorithm));
    let known = |row: &KeyRow| row.created_at.plus(PUBLISHED_FOR) <= now;
    let old = active.is_some_and(|row| row.activated_at.is_none_or(|since| since.plus(signing.rotation) <= now));
    let rotates = active.is_none() || asked || (old && fit.is_none_or(known));
    let mut plan = Plan { algorithm, key_type, retire: Vec::new(), promote: None, make: Vec::new() };
    plan.retire.extend(
        rows.iter().filter(|row| {
            row.slot.is_some() && !row.is_in(Slot::Active, algorithm) && !row.is_in(Slot::Next, algorithm)
        }),
    );
    if rotates {
        plan.retire.extend(active);
        match fit {
            Some(row) => plan.promote = Some(row),
            None => plan.make.push(Slot::Active),
        }
    }
    if fit.is_none() {
        plan.retire.extend(next);
    }
    if rotates || fit.is_none() {
        plan.make.push(Slot::Next);
    }
    plan
}

impl Plan<'_> {
    /// Whether everything is as it should be.
    pub fn is_empty(&self) -> bool {
        self.retire.is_empty() && self.promote.is_none() && self.make.is_empty()
    }

    /// Makes the keys, and adds what to write. Answers the name of the key that signs from now on, if that is another one.
    pub fn changes(&self, keyring: &Keyring<'_>, changes: &mut Vec<KeyChange>) -> Result<Option<String>, OAuthError> {
        // A place must be left before it can be taken.
        for row in &self.retire {
            changes.push(KeyChange::Retire { id: row.id, from: row.slot.clone().unwrap_or_default() });
        }
        let mut signs = None;
        if let Some(row) = self.promote {
            let (from, to) = (Slot::Next.name(self.algorithm), Slot::Active.name(self.algorithm));
            changes.push(KeyChange::Promote { id: row.id, from, to });
            signs = Some(row.kid.clone());
        }
        for slot in &self.make {
            let key = keyring.make(self.algorithm, self.key_type, *slot)?;
            if *slot == Slot::Active {
                signs = Some(key.kid.clone());
            }
            changes.push(KeyChange::Add(key));
        }
        Ok(signs)
    }
}
