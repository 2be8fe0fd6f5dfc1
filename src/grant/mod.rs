//! Grant types (RFC 6749 §1.3): one file per grant, and the list of them.

mod authorization_code;
mod client_credentials;
pub mod liveness;
mod password;
mod person;
mod refresh_token;

use std::net::IpAddr;
use std::rc::Rc;

use crate::authority::policy::Policy;
use crate::authority::scope::Scope;
use crate::context::Context;
use crate::error::{GrantError, OAuthError};
use crate::flow::{Host, Step};
use crate::model::client::ClientRow;
use crate::model::grant::GrantRef;
use crate::model::number::{Epoch, Id};
use crate::model::policy_row::PolicyRef;
use crate::need::Spend;
use crate::params::Params;
use crate::secret::Secret;
use crate::time::UnixTime;

/// A way to earn tokens at the token endpoint.
pub trait GrantType: Sync {
    /// The value of `grant_type`.
    fn name(&self) -> &'static str;

    /// Whether the grant type is on until an administrator says otherwise.
    fn enabled_by_default(&self) -> bool;

    /// Whether its tokens act as the client's service user, and end when that changes.
    fn acts_as_service_user(&self) -> bool {
        false
    }

    /// Whether people are sent to the site and back, so that its clients need redirect URIs.
    fn redirects(&self) -> bool {
        false
    }

    /// Whether it keeps going what others made, so that it is of no use without them.
    fn refreshes(&self) -> bool {
        false
    }

    /// Whether it is only for clients that an administrator trusts with people's passwords.
    fn needs_trust(&self) -> bool {
        false
    }

    /// What the request earns.
    fn run<'a>(&'a self, request: &'a TokenRequest) -> Step<'a, Result<Authorization, OAuthError>>;
}

/// The grant types, sorted by name.
pub const GRANT_TYPES: &[&dyn GrantType] = &[
    &authorization_code::AuthorizationCode,
    &client_credentials::ClientCredentials,
    &password::Password,
    &refresh_token::Refresh,
];

/// The grant type of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn GrantType> {
    GRANT_TYPES.iter().find(|grant| grant.name() == name).copied()
}

/// A request of an authenticated client for a grant type that it may use.
pub struct TokenRequest {
    /// Configuration, time and randomness.
    pub context: Rc<Context>,
    /// Who answers needs.
    pub host: Host,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// The parameters of the body.
    pub params: Params,
    /// The client.
    pub client: ClientRow,
    /// The site-wide epoch of the grant type, as read.
    pub method_epoch: Epoch,
}

impl TokenRequest {
    /// The scope asked for, or `default`; known scopes that give something under the client's ceiling.
    ///
    /// # Errors
    /// [`GrantError::Scope`] on text that is no scope, [`GrantError::NoScope`] when nothing is left.
    pub fn scope(&self, default: &str, keep: impl Fn(&str) -> bool) -> Result<Scope, GrantError> {
        let asked = Scope::parse(self.params.value("scope").unwrap_or(default))?;
        let scope = asked.effective(self.client.ceiling(), &self.context.config.bundles).filter(keep);
        if scope.is_empty() { Err(GrantError::NoScope) } else { Ok(scope) }
    }
}

/// What a request has earned: everything that a token needs but its random text.
pub struct Authorization {
    /// The grant that the token belongs to.
    pub grant: GrantRef,
    /// T: what the token may do.
    pub policy: Policy,
    /// T as a row.
    pub policy_ref: PolicyRef,
    /// The token's scope.
    pub scope: Scope,
    /// The user it acts for.
    pub user: Id,
    /// The identifier by which clients know that user, if it was read.
    pub sub: Option<String>,
    /// The resource that the token is for (RFC 8707), if one was named.
    pub resource: Option<String>,
    /// When that user proved who it is.
    pub auth_time: Option<UnixTime>,
    /// The sign-in, as the client knows it.
    pub sid: Option<String>,
    /// What the client of an OpenID Connect request sent, to know its answer by.
    pub nonce: Option<String>,
    /// What is spent for it.
    pub spends: Option<Spend>,
    /// Whether the answer lists the routes that the token reaches (our `client_credentials` contract).
    pub lists_routes: bool,
    /// The refresh token that comes with it.
    pub refresh: Option<Secret<String>>,
    /// How often its session has been refreshed, this time included.
    pub generation: i64,
    /// When its session ends, and the token with it; `None` for one that lasts.
    pub ends: Option<UnixTime>,
}
