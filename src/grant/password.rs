//! The resource owner's password (RFC 6749 §4.3), which RFC 9700 §2.4 forbids: off, and for clients alone that an
//! administrator trusts with it.

use std::collections::BTreeSet;

use super::person::Granted;
use super::{Authorization, GrantType, TokenRequest};
use crate::authority::capability::{READ, takeover_names};
use crate::authority::names::Names;
use crate::error::{GrantError, OAuthError};
use crate::event::Event;
use crate::flow::Step;
use crate::limit::Limit;
use crate::need::{Authenticate, FindFailures, HeldCapabilities};
use crate::secret::Secret;

/// See the module.
pub struct Password;

const NAME: &str = "password";
/// The longest password that WordPress looks at, in bytes.
const MAX_PASSWORD: usize = 4096;
/// The longest user name or e-mail address, in bytes: more than WordPress stores.
const MAX_USERNAME: usize = 254;

impl GrantType for Password {
    fn name(&self) -> &'static str {
        NAME
    }

    fn enabled_by_default(&self) -> bool {
        false
    }

    fn needs_trust(&self) -> bool {
        true
    }

    fn run<'a>(&'a self, request: &'a TokenRequest) -> Step<'a, Result<Authorization, OAuthError>> {
        Box::pin(run(request))
    }
}

async fn run(request: &TokenRequest) -> Result<Authorization, OAuthError> {
    let (client, context, host) = (&request.client, &request.context, &request.host);
    if !client.config.trusted {
        return Err(GrantError::NotEnabled.into());
    }
    let username = request.params.value("username").ok_or(OAuthError::Missing("username"))?;
    let password = request.params.value("password").ok_or(OAuthError::Missing("password"))?;
    let scope = request.scope(client.mode.default_scope(), |_| true)?;
    let resource = request.params.value("resource").map(str::to_owned);
    if resource.as_ref().is_some_and(|resource| !context.config.serves(resource)) {
        return Err(GrantError::Resource.into());
    }
    // Before any slow hash.
    let limit = Limit::on(NAME, username, request.address, &context.config.limits, context.now);
    let failures = host.ask(FindFailures { buckets: limit.buckets(), window_start: limit.start() }).await?;
    limit.check(&failures, Some(client.id), host, context.now).await?;
    let attempt =
        Authenticate { username: Secret::new(username.to_owned()), password: Secret::new(password.to_owned()) };
    let fits = username.len() <= MAX_USERNAME && password.len() <= MAX_PASSWORD;
    let found = if fits { host.ask(attempt).await? } else { None };
    let Some(person) = found else {
        limit.count(host).await?;
        host.tell(Event::UserAuthenticationFailed {
            client: client.id,
            address: request.address.map(|address| address.to_string()),
        });
        return Err(GrantError::Credentials.into());
    };
    // G = K ⊓ Σ(scope), with those takeover rights that the user holds now.
    let most = client.ceiling().meet(&scope.policy(&context.config.bundles));
    let mut asked = match &most.takeover {
        Names::All => takeover_names(&context.config.takeover),
        Names::Only(names) => names.clone(),
    };
    asked.insert(READ.to_owned());
    let capabilities = asked.iter().cloned().collect();
    let held: BTreeSet<String> =
        host.ask(HeldCapabilities { user: person.user, capabilities }).await?.into_iter().collect();
    if !held.contains(READ) {
        return Err(GrantError::Credentials.into());
    }
    asked.retain(|name| name != READ && held.contains(name));
    Granted {
        method: NAME,
        user: person.user,
        policy: most.held(&Names::Only(asked)),
        row: None,
        ceiling: client.policy.id,
        scope,
        resource,
        auth_time: Some(context.now),
        sid: None,
        nonce: None,
        client_epoch: client.epoch,
        subject_epoch: person.epoch,
        method_epoch: request.method_epoch,
        spends: None,
    }
    .earn(request)
}
