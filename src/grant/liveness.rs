//! Whether a stored token is worth anything now. Nothing is fanned out to tokens: current state is asked.

use std::collections::BTreeSet;

use super::refresh_token::NAME as REFRESH;
use crate::config::ServerConfig;
use crate::model::client::{ClientRow, ClientStatus};
use crate::model::number::{Epoch, Id};
use crate::model::session::SessionRow;
use crate::model::token::{GrantColumns, SubjectColumns, TokenRow};
use crate::time::UnixTime;

/// Why a stored token is worth nothing. For logs; the wire says `invalid_token`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Dead {
    /// Disabled by an administrator.
    #[error("the client is disabled")]
    ClientDisabled,
    /// The client was changed so that its tokens ended.
    #[error("the client's tokens were ended")]
    ClientEpoch,
    /// Past its end.
    #[error("the token expired")]
    Expired,
    /// Past the end of its session.
    #[error("the session expired")]
    GrantExpired,
    /// The session was revoked.
    #[error("the session was revoked")]
    GrantRevoked,
    /// The key that signed it was revoked.
    #[error("the signing key was revoked")]
    KeyRevoked,
    /// The grant type was switched off for the site, or off and on again.
    #[error("the grant type was switched off")]
    MethodEpoch,
    /// Not refreshed for too long.
    #[error("the session was not refreshed in time")]
    Idle,
    /// The client may not use the grant type any more.
    #[error("the client lost the grant type")]
    MethodRemoved,
    /// Refresh tokens were switched off for the site, or off and on again, or are not the client's any more.
    #[error("refresh tokens were switched off")]
    Refreshless,
    /// Revoked.
    #[error("the token was revoked")]
    Revoked,
    /// The client acts as another user now.
    #[error("the client's service user changed")]
    ServiceUserChanged,
    /// The user's tokens were ended.
    #[error("the user's tokens were ended")]
    SubjectEpoch,
    /// The user does not exist any more.
    #[error("the user was deleted")]
    UserDeleted,
}

/// A grant, and what its client and its user have become.
#[derive(Debug)]
pub struct Standing<'a> {
    /// The grant.
    pub grant: &'a GrantColumns,
    /// Its user.
    pub subject: &'a SubjectColumns,
    /// The client's status now.
    pub status: ClientStatus,
    /// The client's epoch now.
    pub epoch: Epoch,
    /// The client's grant types now.
    pub grant_types: &'a BTreeSet<String>,
    /// The client's service user now.
    pub service_user: Option<Id>,
}

impl Standing<'_> {
    /// The user the grant acts for, if it is alive at `now` (design: *alive*).
    ///
    /// # Errors
    /// [`Dead`], the first reason found.
    pub fn alive(&self, config: &ServerConfig, now: UnixTime) -> Result<Id, Dead> {
        let Self { grant, subject, .. } = self;
        if grant.revoked_at.is_some() {
            return Err(Dead::GrantRevoked);
        }
        if grant.expires_at.is_some_and(|end| now >= end) {
            return Err(Dead::GrantExpired);
        }
        if self.status != ClientStatus::Active {
            return Err(Dead::ClientDisabled);
        }
        if grant.client_epoch != self.epoch {
            return Err(Dead::ClientEpoch);
        }
        let user = subject.user.ok_or(Dead::UserDeleted)?;
        if grant.subject_epoch != subject.epoch {
            return Err(Dead::SubjectEpoch);
        }
        if config.method(&grant.method).is_none_or(|m| !m.enabled || m.epoch != grant.method_epoch) {
            return Err(Dead::MethodEpoch);
        }
        if !self.grant_types.contains(&grant.method) {
            return Err(Dead::MethodRemoved);
        }
        let bound = super::find(&grant.method).is_some_and(super::GrantType::acts_as_service_user);
        if bound && self.service_user != Some(user) {
            return Err(Dead::ServiceUserChanged);
        }
        Ok(user)
    }
}

/// The user the token acts for, if it is alive at `now`.
///
/// # Errors
/// [`Dead`], the first reason found.
pub fn alive(token: &TokenRow, config: &ServerConfig, now: UnixTime) -> Result<Id, Dead> {
    if token.revoked_at.is_some() {
        return Err(Dead::Revoked);
    }
    if token.key_compromised_at.is_some() {
        return Err(Dead::KeyRevoked);
    }
    if now >= token.expires_at {
        return Err(Dead::Expired);
    }
    let standing = Standing {
        grant: &token.grant,
        subject: &token.subject,
        status: token.client.status,
        epoch: token.client.epoch,
        grant_types: &token.client.config.grant_types,
        service_user: token.client.service_user_id,
    };
    standing.alive(config, now)
}

impl SessionRow {
    /// The user that the session acts for, if it can be refreshed at `now` by this client.
    ///
    /// # Errors
    /// [`Dead`], the first reason found.
    pub fn alive(&self, client: &ClientRow, config: &ServerConfig, now: UnixTime) -> Result<Id, Dead> {
        let standing = Standing {
            grant: &self.grant,
            subject: &self.subject,
            status: client.status,
            epoch: client.epoch,
            grant_types: &client.config.grant_types,
            service_user: client.service_user.as_ref().map(|service| service.user),
        };
        let user = standing.alive(config, now)?;
        if now >= self.idle_expires_at {
            return Err(Dead::Idle);
        }
        let goes_on = config.method(REFRESH).is_some_and(|method| method.enabled && method.epoch == self.chain.epoch);
        if !(goes_on && client.config.grant_types.contains(REFRESH)) {
            return Err(Dead::Refreshless);
        }
        Ok(user)
    }
}
