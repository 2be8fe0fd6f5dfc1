//! A grant that begins with a person: its session and its first token.

use super::{Authorization, TokenRequest, refresh_token};
use crate::authority::policy::Policy;
use crate::authority::scope::Scope;
use crate::error::{GrantError, OAuthError};
use crate::model::grant::{GrantRef, NewGrant, new_handle, new_sub};
use crate::model::number::{Epoch, Id};
use crate::model::policy_row::{PolicyRef, PolicyRow};
use crate::need::Spend;
use crate::time::UnixTime;

/// Who granted what.
pub(super) struct Granted {
    /// The grant type.
    pub method: &'static str,
    /// The person.
    pub user: Id,
    /// G.
    pub policy: Policy,
    /// G as a row, if it is stored.
    pub row: Option<PolicyRow>,
    /// K, as it was when G was decided.
    pub ceiling: Id,
    /// The scope granted.
    pub scope: Scope,
    /// The resource that the tokens are for.
    pub resource: Option<String>,
    /// When the person proved who it is.
    pub auth_time: Option<UnixTime>,
    /// The sign-in, as the client knows it.
    pub sid: Option<String>,
    /// The OpenID Connect nonce.
    pub nonce: Option<String>,
    /// The client's epoch when G was decided.
    pub client_epoch: Epoch,
    /// The subject's epoch when the person proved who it is.
    pub subject_epoch: Epoch,
    /// The epoch of the grant type when G was decided.
    pub method_epoch: Epoch,
    /// What is spent for it.
    pub spends: Option<Spend>,
}

impl Granted {
    /// T = G ⊓ K ⊓ Σ(scope), where the scope is what the client's ceiling allows of it now.
    pub fn earn(self, request: &TokenRequest) -> Result<Authorization, OAuthError> {
        let (client, context) = (&request.client, &request.context);
        let catalogue = &context.config.bundles;
        let scope = self.scope.effective(client.ceiling(), catalogue);
        if scope.is_empty() {
            return Err(GrantError::NoScope.into());
        }
        let policy = self.policy.meet(client.ceiling()).meet(&scope.policy(catalogue));
        let entropy = context.entropy.as_ref();
        let handle = new_handle(entropy)?;
        let session = refresh_token::begin(request, &handle, &self.scope)?;
        let end = context.now.plus(context.config.session_lifetime);
        let idle_end = match session {
            Some(_) => refresh_token::idle_end(request, end),
            None => context.now.plus(context.config.access_token_lifetime).min(end),
        };
        let (session, refresh) = session.unzip();
        let known: Vec<&PolicyRow> = self.row.iter().chain([&client.policy]).collect();
        let grant = NewGrant {
            handle,
            client: client.id,
            user: self.user,
            sub: new_sub(entropy)?,
            method: self.method,
            policy: PolicyRef::to(&self.policy, &known),
            ceiling: self.ceiling,
            scope: self.scope.to_string(),
            resource: self.resource.clone(),
            auth_time: self.auth_time,
            sid: self.sid.clone(),
            idle_expires_at: Some(idle_end),
            expires_at: Some(end),
            session,
            client_epoch: self.client_epoch,
            subject_epoch: self.subject_epoch,
            method_epoch: self.method_epoch,
        };
        let policy_ref = PolicyRef::to(&policy, &known);
        Ok(Authorization {
            grant: GrantRef::New(Box::new(grant)),
            policy,
            policy_ref,
            scope,
            user: self.user,
            sub: None,
            resource: self.resource,
            auth_time: self.auth_time,
            sid: self.sid,
            nonce: self.nonce,
            spends: self.spends,
            lists_routes: false,
            refresh: refresh.map(|token| token.text),
            generation: 0,
            ends: Some(end),
        })
    }
}
