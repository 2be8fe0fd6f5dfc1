//! What the memory keeps of signing keys.

use app_connect::model::key::{KeyChange, NewKey};
use app_connect::model::number::Id;
use app_connect::need::{ChangeKeys, WhichKeys};
use serde_json::{Value, json};

use super::memory::MemoryHost;

/// A row of `keys`.
#[derive(Clone, Debug)]
pub struct Key {
    pub id: u64,
    pub kid: String,
    pub slot: Option<String>,
    /// The column `type`.
    pub sort: String,
    pub public: String,
    pub sealed: Option<String>,
    pub longest: i64,
    pub created_at: i64,
    pub activated_at: Option<i64>,
    pub retired_at: Option<i64>,
    pub compromised_at: Option<i64>,
}

/// The table, and the option beside it.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    pub vault: Option<String>,
    pub rows: Vec<Key>,
    /// What somebody else does just before the next change.
    pub meanwhile: Option<Box<Self>>,
}

impl Keys {
    /// When a key was revoked.
    pub fn compromised_at(&self, id: u64) -> Option<i64> {
        self.rows.iter().find(|row| row.id == id).unwrap().compromised_at
    }

    /// The key that stands in a place.
    pub fn in_slot(&self, slot: &str) -> &Key {
        self.rows.iter().find(|row| row.slot.as_deref() == Some(slot)).unwrap()
    }

    /// A key by its name.
    pub fn named(&mut self, kid: &str) -> &mut Key {
        self.rows.iter_mut().find(|row| row.kid == kid).unwrap()
    }

    fn row(&mut self, id: Id, slot: Option<&str>) -> Option<&mut Key> {
        let is_there = |row: &Key| slot.is_none_or(|slot| row.slot.as_deref() == Some(slot));
        self.rows.iter_mut().find(|row| row.id == id.value()).filter(|row| is_there(row))
    }

    fn add(&mut self, new: &NewKey, now: i64) -> Option<()> {
        let taken = |row: &Key| row.kid == new.kid || row.slot.as_deref() == Some(&new.slot);
        if self.rows.iter().any(taken) {
            return None;
        }
        self.rows.push(Key {
            id: u64::try_from(self.rows.len()).unwrap().saturating_add(901),
            kid: new.kid.clone(),
            slot: Some(new.slot.clone()),
            sort: new.key_type.to_owned(),
            public: new.public.clone(),
            sealed: Some(new.sealed.clone()),
            longest: 0,
            created_at: now,
            activated_at: new.activated_at.map(|time| time.0),
            retired_at: None,
            compromised_at: None,
        });
        Some(())
    }

    /// One step; `None` if the row is not as it was thought to be.
    fn apply(&mut self, change: &KeyChange, now: i64) -> Option<()> {
        match change {
            KeyChange::Add(new) => self.add(new, now)?,
            KeyChange::Extend { id, longest } => {
                let row = self.row(*id, None)?;
                row.longest = row.longest.max(*longest);
            }
            KeyChange::Promote { id, from, to } => {
                if self.rows.iter().any(|row| row.slot.as_ref() == Some(to)) {
                    return None;
                }
                let row = self.row(*id, Some(from))?;
                row.slot = Some(to.clone());
                row.activated_at = Some(now);
            }
            KeyChange::Retire { id, from } => {
                let row = self.row(*id, Some(from))?;
                (row.slot, row.sealed, row.retired_at) = (None, None, Some(now));
            }
            KeyChange::Revoke { id } => {
                let row = self.row(*id, None).filter(|row| row.compromised_at.is_none())?;
                (row.slot, row.sealed) = (None, None);
                row.retired_at = row.retired_at.or(Some(now));
                row.compromised_at = Some(now);
            }
            KeyChange::Vault { from, to } => {
                if self.vault != *from {
                    return None;
                }
                self.vault = Some(to.clone());
            }
        }
        Some(())
    }
}

impl MemoryHost {
    /// All of the changes, or none.
    pub(super) fn change_keys(&mut self, need: &ChangeKeys) -> Value {
        if let Some(others) = self.keys.meanwhile.take() {
            self.keys = *others;
        }
        let mut changed = self.keys.clone();
        if need.changes.iter().all(|change| changed.apply(change, need.now.0).is_some()) {
            self.keys = changed;
            json!("done")
        } else {
            json!("conflict")
        }
    }

    pub(super) fn signing_keys(&self, which: WhichKeys) -> Value {
        let wanted = self.keys.rows.iter().rev().filter(|row| which == WhichKeys::All || row.slot.is_some());
        let rows = wanted.map(|row| {
            json!({
                "id": self.id(row.id),
                "kid": row.kid,
                "slot": row.slot,
                "type": row.sort,
                "alg": "as the type says",
                "public": row.public,
                "sealed": row.sealed,
                "longest": self.number(row.longest),
                "created_at": self.number(row.created_at),
                "activated_at": self.number(row.activated_at),
                "retired_at": self.number(row.retired_at),
                "compromised_at": self.number(row.compromised_at),
            })
        });
        json!({"vault": self.keys.vault, "keys": rows.collect::<Vec<_>>()})
    }
}
