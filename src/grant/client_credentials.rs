//! Client credentials: a confidential client acts as its service user (RFC 6749 §4.4).

use std::collections::BTreeSet;

use super::{Authorization, GrantType, TokenRequest};
use crate::authority::capability::takeover_names;
use crate::authority::names::Names;
use crate::authority::policy::{Policy, Routes};
use crate::authority::scope::{IDENTITY, Scope, WP};
use crate::error::{GrantError, OAuthError};
use crate::flow::Step;
use crate::model::client::{ClientType, ServiceUser};
use crate::model::grant::{GrantRef, NewGrant, new_handle, new_sub};
use crate::model::policy_row::{PolicyRef, PolicyRow};
use crate::need::{FindStandingGrant, HeldCapabilities};

/// See the module.
pub struct ClientCredentials;

const NAME: &str = "client_credentials";

impl GrantType for ClientCredentials {
    fn name(&self) -> &'static str {
        NAME
    }

    fn enabled_by_default(&self) -> bool {
        true
    }

    fn acts_as_service_user(&self) -> bool {
        true
    }

    fn run<'a>(&'a self, request: &'a TokenRequest) -> Step<'a, Result<Authorization, OAuthError>> {
        Box::pin(run(request))
    }
}

async fn run(request: &TokenRequest) -> Result<Authorization, OAuthError> {
    let client = &request.client;
    if client.kind == ClientType::Public {
        return Err(GrantError::NotEnabled.into());
    }
    let service_user = client.service_user.as_ref().ok_or(GrantError::NoServiceUser)?;
    let scope = request.scope(WP, |token| !IDENTITY.contains(&token))?;

    let standing = FindStandingGrant {
        client: client.id,
        ceiling: client.policy.id,
        client_epoch: client.epoch,
        method_epoch: request.method_epoch,
        user: service_user.user,
        subject_epoch: service_user.epoch,
    };
    let (grant, granted, known) = match request.host.ask(standing).await? {
        Some(grant) => (GrantRef::Known(grant.id), grant.policy.policy.clone(), Some(grant.policy)),
        None => decide(request, service_user).await?,
    };
    let policy = granted.meet(client.ceiling()).meet(&scope.policy(&request.context.config.bundles));
    let known: Vec<&PolicyRow> = known.iter().chain([&client.policy]).collect();
    let policy_ref = PolicyRef::to(&policy, &known);
    Ok(Authorization {
        grant,
        policy,
        policy_ref,
        scope,
        user: service_user.user,
        sub: None,
        resource: None,
        auth_time: None,
        sid: None,
        nonce: None,
        spends: None,
        lists_routes: true,
        refresh: None,
        generation: 0,
        ends: None,
    })
}

/// G = K ⊓ Σ(wp), with those takeover rights that the service user holds at this moment.
async fn decide(
    request: &TokenRequest,
    service_user: &ServiceUser,
) -> Result<(GrantRef, Policy, Option<PolicyRow>), OAuthError> {
    let client = &request.client;
    let mut granted = client.ceiling().meet(&Scope::one(WP).policy(&request.context.config.bundles));
    // An allowlist is required: without one a backend reaches nothing.
    if granted.routes == Routes::All {
        granted.routes = Routes::none();
    }
    let asked = match &granted.takeover {
        Names::All => takeover_names(&request.context.config.takeover),
        Names::Only(names) => names.clone(),
    };
    let held = if asked.is_empty() {
        BTreeSet::new()
    } else {
        let capabilities = asked.iter().cloned().collect();
        let held = request.host.ask(HeldCapabilities { user: service_user.user, capabilities }).await?;
        held.into_iter().filter(|name| asked.contains(name)).collect()
    };
    granted = granted.held(&Names::Only(held));
    let entropy = request.context.entropy.as_ref();
    let (handle, sub) = (new_handle(entropy)?, new_sub(entropy)?);
    let grant = NewGrant {
        handle,
        client: client.id,
        user: service_user.user,
        sub,
        method: NAME,
        policy: PolicyRef::to(&granted, &[&client.policy]),
        ceiling: client.policy.id,
        scope: WP.to_owned(),
        resource: None,
        auth_time: None,
        sid: None,
        idle_expires_at: None,
        expires_at: None,
        session: None,
        client_epoch: client.epoch,
        subject_epoch: service_user.epoch,
        method_epoch: request.method_epoch,
    };
    Ok((GrantRef::New(Box::new(grant)), granted, None))
}
