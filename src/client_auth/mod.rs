//! Client authentication (RFC 6749 §2.3): one file per method, and the list of them.

mod client_secret_basic;
mod client_secret_post;
mod none;

use crate::config::LimitConfig;
use crate::error::{ClientAuthError, OAuthError};
use crate::event::Event;
use crate::flow::Host;
use crate::http::Request;
use crate::limit::Limit;
use crate::model::client::{ClientRow, ClientStatus, ClientType};
use crate::need::FindClient;
use crate::params::Params;
use crate::secret::Secret;
use crate::secret::client_secret;
use crate::secret::token::TokenDigest;
use crate::time::UnixTime;

/// What is limited.
const SECRET: &str = "client_secret";

/// A way for a client to say who it is.
pub trait ClientAuthMethod: Sync {
    /// The name in the IANA registry of token endpoint authentication methods.
    fn name(&self) -> &'static str;

    /// Whether the method proves anything: only then may a confidential client use it.
    fn proves(&self) -> bool;

    /// The credentials that the request carries in this method's place; `None` if it carries none.
    ///
    /// # Errors
    /// [`ClientAuthError`] when there is something in that place that cannot be read.
    fn credentials(&self, request: &Request, params: &Params) -> Result<Option<Credentials>, ClientAuthError>;
}

/// The methods, sorted by name.
pub const CLIENT_AUTH_METHODS: &[&dyn ClientAuthMethod] =
    &[&client_secret_basic::ClientSecretBasic, &client_secret_post::ClientSecretPost, &none::None];

/// The names of the methods that `which` picks.
pub fn names(which: impl Fn(&dyn ClientAuthMethod) -> bool) -> Vec<&'static str> {
    CLIENT_AUTH_METHODS.iter().filter(|method| which(**method)).map(|method| method.name()).collect()
}

/// Who a client says it is.
#[derive(Debug)]
pub struct Credentials {
    /// The client identifier.
    pub client_id: String,
    /// The secret; `None` for the method `none`.
    pub secret: Option<Secret<String>>,
}

/// The method and credentials of a request.
///
/// # Errors
/// [`ClientAuthError::Missing`] without any, [`ClientAuthError::Multiple`] with more than one method's.
fn presented(
    request: &Request,
    params: &Params,
) -> Result<(&'static dyn ClientAuthMethod, Credentials), ClientAuthError> {
    let mut found = None;
    for method in CLIENT_AUTH_METHODS {
        if let Some(credentials) = method.credentials(request, params)? {
            if found.is_some() {
                return Err(ClientAuthError::Multiple);
            }
            found = Some((*method, credentials));
        }
    }
    found.ok_or(ClientAuthError::Missing)
}

/// Authenticates the client of a request.
///
/// The failures counted against client and address are read with the client, and judged before any slow hash.
///
/// # Errors
/// [`OAuthError::ClientAuth`], or the host's.
pub async fn authenticate(
    host: &Host,
    request: &Request,
    params: &Params,
    limits: &LimitConfig,
    now: UnixTime,
) -> Result<ClientRow, OAuthError> {
    let (method, credentials) = presented(request, params)?;
    let limit = match credentials.secret {
        Some(_) => Limit::on(SECRET, &credentials.client_id, request.address, limits, now),
        None => Limit::none(request.address, limits, now),
    };
    let digest = TokenDigest::of(credentials.client_id.as_bytes());
    let found = host.ask(FindClient { digest, buckets: limit.buckets(), window_start: limit.start() }).await?;
    let client = found.client.filter(|client| client.client_id == credentials.client_id);
    let id = client.as_ref().map(|client| client.id);
    limit.check(&found.failures, id, host, now).await?;
    match judge(client, method, &credentials, now) {
        Ok(client) => Ok(client),
        Err(error) => {
            // Without a secret nothing was tried: whoever makes names up does not fill the record.
            if limit.counts() {
                limit.count(host).await?;
                let address = request.address_text();
                host.tell(Event::ClientAuthenticationFailed { client: id, cause: error.cause(), address });
            }
            Err(error.into())
        }
    }
}

fn judge(
    client: Option<ClientRow>,
    method: &dyn ClientAuthMethod,
    credentials: &Credentials,
    now: UnixTime,
) -> Result<ClientRow, ClientAuthError> {
    // The secret is checked whether or not there is a client, so that both take the same time.
    let proven = credentials.secret.as_ref().is_some_and(|secret| {
        let secret = secret.expose();
        let stored = client.iter().flat_map(|client| client.secrets(now));
        !secret.is_empty() && secret.len() <= client_secret::MAX_LENGTH && client_secret::verify(secret, stored)
    });
    let client = client.ok_or(ClientAuthError::Unknown)?;
    if !client.config.auth_methods.contains(method.name()) {
        return Err(ClientAuthError::MethodNotRegistered);
    }
    match client.kind {
        ClientType::Confidential if !(method.proves() && proven) => return Err(ClientAuthError::WrongSecret),
        ClientType::Public if method.proves() => return Err(ClientAuthError::MethodNotRegistered),
        ClientType::Confidential | ClientType::Public => {}
    }
    if client.status != ClientStatus::Active {
        return Err(ClientAuthError::Disabled);
    }
    Ok(client)
}
