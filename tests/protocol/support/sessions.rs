//! What the memory keeps of sessions: the chains of refresh tokens.

use app_connect::model::session::Rotation;
use serde_json::{Value, json};

use super::memory::MemoryHost;

impl MemoryHost {
    /// Whether this call took the step; `None` for a grant that is not there.
    pub(super) fn rotate(&mut self, rotation: &Rotation, now: i64) -> Option<bool> {
        let grant = self.grants.iter_mut().find(|grant| grant.id == rotation.grant.value())?;
        let revoked = grant.revoked_at.is_some();
        let Some(chain) = grant.chain.as_mut().filter(|chain| !revoked && chain.digest == rotation.from) else {
            return Some(false);
        };
        chain.digest = rotation.to.clone();
        chain.generation = chain.generation.saturating_add(1);
        chain.rotated_at = Some(now);
        grant.idle_expires_at = Some(rotation.idle_expires_at.0);
        Some(true)
    }

    pub(super) fn session_row(&self, handle: &str) -> Value {
        let found = self.grants.iter().find(|grant| grant.handle == handle);
        let Some((grant, chain)) = found.and_then(|grant| grant.chain.as_ref().map(|chain| (grant, chain))) else {
            return Value::Null;
        };
        json!({
            "handle": grant.handle,
            "client": self.id(grant.client),
            "policy": {"id": self.id(grant.policy), "body": self.policy_text(grant.policy)},
            "scope": grant.scope,
            "resource": grant.resource,
            "auth_time": self.number(grant.auth_time),
            "sid": grant.sid,
            "created_at": self.number(grant.created_at),
            "idle_expires_at": self.number(grant.idle_expires_at),
            "grant": self.grant_columns(grant),
            "subject": self.subject_columns(grant.user),
            "chain": {
                "digest": chain.digest,
                "key": chain.key,
                "epoch": self.number(chain.epoch),
                "generation": self.number(chain.generation),
                "rotated_at": self.number(chain.rotated_at),
            },
        })
    }
}
