//! Whether a stored token is worth anything now. Nothing is fanned out to tokens: current state is asked.

use crate::config::ServerConfig;
use crate::model::client::ClientStatus;
use crate::model::number::Id;
use crate::model::token::TokenRow;
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
    /// The grant type was switched off for the site, or off and on again.
    #[error("the grant type was switched off")]
    MethodEpoch,
    /// The client may not use the grant type any more.
    #[error("the client lost the grant type")]
    MethodRemoved,
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

/// The user the token acts for, if it is alive at `now` (design: *alive*).
///
/// # Errors
/// [`Dead`], the first reason found.
pub fn alive(token: &TokenRow, config: &ServerConfig, now: UnixTime) -> Result<Id, Dead> {
    if token.revoked_at.is_some() {
        return Err(Dead::Revoked);
    }
    if now >= token.expires_at {
        return Err(Dead::Expired);
    }
    if token.grant.revoked_at.is_some() {
        return Err(Dead::GrantRevoked);
    }
    if token.grant.expires_at.is_some_and(|end| now >= end) {
        return Err(Dead::GrantExpired);
    }
    if token.client.status != ClientStatus::Active {
        return Err(Dead::ClientDisabled);
    }
    if token.grant.client_epoch != token.client.epoch {
        return Err(Dead::ClientEpoch);
    }
    let user = token.subject.user.ok_or(Dead::UserDeleted)?;
    if token.grant.subject_epoch != token.subject.epoch {
        return Err(Dead::SubjectEpoch);
    }
    if config.method(&token.grant.method).is_none_or(|m| !m.enabled || m.epoch != token.grant.method_epoch) {
        return Err(Dead::MethodEpoch);
    }
    if !token.client.config.grant_types.contains(&token.grant.method) {
        return Err(Dead::MethodRemoved);
    }
    let bound = super::find(&token.grant.method).is_some_and(super::GrantType::acts_as_service_user);
    if bound && token.client.service_user_id != Some(user) {
        return Err(Dead::ServiceUserChanged);
    }
    Ok(user)
}
