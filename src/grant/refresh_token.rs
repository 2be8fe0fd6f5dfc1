//! Refresh tokens (RFC 6749 §6, RFC 9700 §4.14.2): a session goes on, and its refresh token changes at every use.

use super::{Authorization, GrantType, TokenRequest};
use crate::authority::scope::{OFFLINE_ACCESS, OPENID, Scope};
use crate::error::{GrantError, OAuthError};
use crate::event::Event;
use crate::flow::Step;
use crate::model::client::ClientType;
use crate::model::grant::GrantRef;
use crate::model::policy_row::PolicyRef;
use crate::model::session::{NewSession, Rotation, SessionRow};
use crate::need::{FindSession, RevokeGrant, Spend};
use crate::secret::refresh::{ChainKey, Place, RefreshToken};
use crate::time::UnixTime;

/// See the module.
pub struct Refresh;

/// The value of `grant_type`.
pub const NAME: &str = "refresh_token";
/// Why a session ends whose refresh token came again, for the record.
const REUSED: &str = "refresh_reused";

impl GrantType for Refresh {
    fn name(&self) -> &'static str {
        NAME
    }

    fn enabled_by_default(&self) -> bool {
        true
    }

    fn refreshes(&self) -> bool {
        true
    }

    fn run<'a>(&'a self, request: &'a TokenRequest) -> Step<'a, Result<Authorization, OAuthError>> {
        Box::pin(run(request))
    }
}

/// What begins with a new grant of `scope`, if the client may refresh it: to sign somebody in once (`openid`) is no reason
/// to stay, unless the client says so (OpenID Connect Core §11).
pub(super) fn begin(
    request: &TokenRequest,
    handle: &str,
    scope: &Scope,
) -> Result<Option<(NewSession, RefreshToken)>, OAuthError> {
    let config = &request.context.config;
    let switch = config.method(NAME).filter(|switch| switch.enabled);
    let stays = !scope.contains(OPENID) || scope.contains(OFFLINE_ACCESS);
    let Some(switch) = switch.filter(|_| stays && request.client.config.grant_types.contains(NAME)) else {
        return Ok(None);
    };
    let entropy = request.context.entropy.as_ref();
    let first = RefreshToken::first(handle, entropy)?;
    let session =
        NewSession { method: NAME, digest: first.digest.clone(), key: ChainKey::new(entropy)?, epoch: switch.epoch };
    Ok(Some((session, first)))
}

/// When a session ends that is used at `now`, unless it is used again.
pub(super) fn idle_end(request: &TokenRequest, end: UnixTime) -> UnixTime {
    let config = &request.context.config;
    // What it earned must not be cleaned away before it ends.
    let idle = config.refresh_token_lifetime.max(config.access_token_lifetime);
    request.context.now.plus(idle).min(end)
}

async fn run(request: &TokenRequest) -> Result<Authorization, OAuthError> {
    let (client, context) = (&request.client, &request.context);
    let text = request.params.value(NAME).ok_or(OAuthError::Missing(NAME))?;
    let presented = RefreshToken::parse(text).ok_or(GrantError::Refresh)?;
    let session = find(request, &presented).await?;
    if session.client != client.id {
        return Err(GrantError::NotYours.into());
    }
    let user = session.alive(client, &context.config, context.now).map_err(|_| GrantError::Ended)?;
    let chain = &session.chain;
    let end = session.grant.expires_at.unwrap_or(session.idle_expires_at);
    let proven = client.kind == ClientType::Confidential;
    let (refresh, spends, ends) = match chain.place(&presented)? {
        Place::Present(next) => {
            let idle_expires_at = idle_end(request, end);
            let (from, to) = (presented.digest.clone(), next.digest.clone());
            let rotation = Rotation { grant: session.grant.id, from, to, idle_expires_at };
            (next, Some(Spend::Refresh(rotation)), idle_expires_at)
        }
        Place::Before(present) if session.forgives(proven, context.now) => (present, None, session.idle_expires_at),
        Place::Before(_) | Place::Ancestor => return Err(reused(request, &session).await?),
        Place::Stranger => return Err(GrantError::Refresh.into()),
    };
    let asked = request.params.value("resource");
    if asked.is_some() && asked != session.resource.as_deref() {
        return Err(GrantError::Target.into());
    }
    let scope = scope(request, &session)?;
    let generation = chain.generation.saturating_add(spends.iter().len().try_into().unwrap_or_default());
    let granted = &session.policy;
    let policy = granted.policy.meet(client.ceiling()).meet(&scope.policy(&context.config.bundles));
    let policy_ref = PolicyRef::to(&policy, &[&client.policy, granted]);
    Ok(Authorization {
        grant: GrantRef::Known(session.grant.id),
        policy,
        policy_ref,
        scope,
        user,
        sub: Some(session.subject.sub),
        resource: session.resource,
        auth_time: session.auth_time,
        sid: session.sid,
        // OpenID Connect Core §12.2: it was for the first.
        nonce: None,
        spends,
        lists_routes: false,
        refresh: Some(refresh.text),
        generation,
        ends: Some(ends),
    })
}

/// The session that a refresh token names.
async fn find(request: &TokenRequest, presented: &RefreshToken) -> Result<SessionRow, OAuthError> {
    let handle = presented.handle().to_owned();
    let found = request.host.ask(FindSession { handle }).await?;
    Ok(found.filter(|row| row.handle == presented.handle()).ok_or(GrantError::Refresh)?)
}

/// RFC 9700 §4.14.2: somebody else has it too, and nobody can tell who is who.
async fn reused(request: &TokenRequest, session: &SessionRow) -> Result<OAuthError, OAuthError> {
    let (grant, now) = (session.grant.id, request.context.now);
    request.host.ask(RevokeGrant { grant, why: REUSED, now }).await?;
    request.host.tell(Event::TokenReused { client: request.client.id, grant });
    Ok(GrantError::Reused.into())
}

/// The scope that was approved, or less of it. What was left out once can be asked for again.
fn scope(request: &TokenRequest, session: &SessionRow) -> Result<Scope, GrantError> {
    let catalogue = &request.context.config.bundles;
    let asked = match request.params.value("scope") {
        None => session.scope.clone(),
        Some(text) => Scope::parse(text)?,
    };
    if !asked.within(&session.scope, catalogue) {
        return Err(GrantError::Wider);
    }
    let scope = asked.effective(request.client.ceiling(), catalogue);
    if scope.is_empty() { Err(GrantError::NoScope) } else { Ok(scope) }
}
