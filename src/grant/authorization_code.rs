//! Authorization codes: a client exchanges what a person approved (RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 9700 §4.5).

use std::collections::BTreeSet;

use super::person::Granted;
use super::{Authorization, GrantType, TokenRequest};
use crate::authority::capability::READ;
use crate::endpoint::authorize::request::GRANT;
use crate::error::{GrantError, OAuthError};
use crate::event::Event;
use crate::flow::Step;
use crate::model::code::CodeRow;
use crate::model::number::Id;
use crate::need::{FindCode, HeldCapabilities, RevokeGrant, Spend, SpendCode};
use crate::pkce::{self, VerifierError};
use crate::secret::token::{Recognised, TokenDigest, TokenKind, recognise};
use crate::time::UnixTime;

/// See the module.
pub struct AuthorizationCode;

/// Why the tokens of a replayed code end, for the record.
const REPLAYED: &str = "code_replayed";

impl GrantType for AuthorizationCode {
    fn name(&self) -> &'static str {
        GRANT
    }

    fn enabled_by_default(&self) -> bool {
        true
    }

    fn redirects(&self) -> bool {
        true
    }

    fn run<'a>(&'a self, request: &'a TokenRequest) -> Step<'a, Result<Authorization, OAuthError>> {
        Box::pin(run(request))
    }
}

async fn run(request: &TokenRequest) -> Result<Authorization, OAuthError> {
    let (client, context) = (&request.client, &request.context);
    let code = find(request).await?;
    // Whose it is comes first: what another client does with a code must not touch its owner's tokens.
    if code.client != client.id {
        return Err(GrantError::NotYours.into());
    }
    if let Some(spent) = code.consumed_at {
        return Err(replayed(request, &code, spent).await?);
    }
    if context.now >= code.expires_at {
        return Err(GrantError::Code.into());
    }
    check_redirect_uri(request, &code)?;
    if let Err(error) = pkce::prove(code.payload.challenge.as_ref(), request.params.value("code_verifier")) {
        if error == VerifierError::Wrong {
            // Somebody else's code, perhaps: nobody gets a second guess.
            request.host.ask(SpendCode { digest: code.digest.clone(), now: context.now }).await?;
        }
        return Err(GrantError::from(error).into());
    }
    let asked = request.params.value("resource");
    if asked.is_some() && asked != code.payload.resource.as_deref() {
        return Err(GrantError::Target.into());
    }
    let user = check_alive(request, &code).await?;
    earn(request, code, user)
}

/// The code of the request, unless it is none: that needs no query.
async fn find(request: &TokenRequest) -> Result<CodeRow, OAuthError> {
    let code = request.params.value("code").ok_or(OAuthError::Missing("code"))?;
    if recognise(code.as_bytes()) != Recognised::Ours(TokenKind::Code) {
        return Err(GrantError::Code.into());
    }
    let digest = TokenDigest::of(code.as_bytes());
    let found = request.host.ask(FindCode { digest: digest.clone() }).await?;
    Ok(found.filter(|row| row.digest.matches(&digest)).ok_or(GrantError::Code)?)
}

/// RFC 6749 §4.1.2: a code that comes again ends what it bought, unless its own client merely sent the request twice.
async fn replayed(request: &TokenRequest, code: &CodeRow, spent: UnixTime) -> Result<OAuthError, OAuthError> {
    let now = request.context.now;
    let double = code.is_double_submit(spent, request.params.value("code_verifier"), now);
    if let Some(grant) = code.grant.filter(|_| !double) {
        request.host.ask(RevokeGrant { grant, why: REPLAYED, now }).await?;
        request.host.tell(Event::TokenReused { client: request.client.id, grant });
    }
    Ok(GrantError::Replayed.into())
}

/// RFC 6749 §4.1.3: the same as in the authorization request, and a registered one still.
fn check_redirect_uri(request: &TokenRequest, code: &CodeRow) -> Result<(), GrantError> {
    let (payload, sent) = (&code.payload, request.params.value("redirect_uri"));
    let same = match sent {
        Some(uri) => uri == payload.redirect_uri,
        None => !payload.redirect_uri_sent,
    };
    let localhost = request.context.config.localhost_redirects;
    let registered = &request.client.config.redirect_uris;
    if same && registered.iter().any(|uri| uri.matches(&payload.redirect_uri, localhost)) {
        Ok(())
    } else {
        Err(GrantError::RedirectUri)
    }
}

/// Whether nothing ended since the approval, and the user still is somebody here.
async fn check_alive(request: &TokenRequest, code: &CodeRow) -> Result<Id, OAuthError> {
    let payload = &code.payload;
    let user = code.user.ok_or(GrantError::Ended)?;
    let unchanged = payload.client_epoch == request.client.epoch
        && payload.subject_epoch == code.subject_epoch
        && payload.method_epoch == request.method_epoch
        && code.signed_out_at.is_none();
    if !unchanged {
        return Err(GrantError::Ended.into());
    }
    let capabilities = vec![READ.to_owned()];
    let held: BTreeSet<String> = request.host.ask(HeldCapabilities { user, capabilities }).await?.into_iter().collect();
    if held.contains(READ) { Ok(user) } else { Err(GrantError::Ended.into()) }
}

fn earn(request: &TokenRequest, code: CodeRow, user: Id) -> Result<Authorization, OAuthError> {
    let CodeRow { digest, policy: row, payload, .. } = code;
    Granted {
        method: GRANT,
        user,
        policy: row.policy.clone(),
        row: Some(row),
        ceiling: payload.ceiling,
        scope: payload.scope,
        resource: payload.resource,
        auth_time: payload.auth_time,
        sid: payload.sid,
        nonce: payload.nonce,
        client_epoch: payload.client_epoch,
        subject_epoch: payload.subject_epoch,
        method_epoch: payload.method_epoch,
        spends: Some(Spend::Code(digest)),
    }
    .earn(request)
}
