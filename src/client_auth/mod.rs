//! Client authentication (RFC 6749 §2.3): one file per method, and the list of them.

mod client_secret_basic;
mod client_secret_post;
mod none;

use std::net::IpAddr;

use crate::config::LimitConfig;
use crate::error::{ClientAuthError, OAuthError};
use crate::event::Event;
use crate::flow::Host;
use crate::http::Request;
use crate::model::client::{ClientRow, ClientStatus, ClientType};
use crate::need::{CountFailure, Failures, FindClient};
use crate::params::Params;
use crate::secret::Secret;
use crate::secret::client_secret;
use crate::secret::token::TokenDigest;
use crate::time::UnixTime;

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
    let window = Window::at(now, limits);
    let buckets = credentials
        .secret
        .as_ref()
        .map(|_| Window::buckets(&credentials.client_id, request.address))
        .unwrap_or_default();
    let digest = TokenDigest::of(credentials.client_id.as_bytes());
    let found = host.ask(FindClient { digest, buckets: buckets.clone(), window_start: window.start }).await?;
    let client = found.client.filter(|client| client.client_id == credentials.client_id);
    let id = client.as_ref().map(|client| client.id);
    if Window::is_full(&buckets, &found.failures, limits) {
        host.tell(Event::RateLimited { client: id, address: request.address_text() });
        return Err(ClientAuthError::TooMany { retry_after: now.until(window.end) }.into());
    }
    match judge(client, method, &credentials, now) {
        Ok(client) => Ok(client),
        Err(error) => {
            if !buckets.is_empty() {
                host.ask(CountFailure { buckets, window_start: window.start }).await?;
            }
            host.tell(Event::ClientAuthenticationFailed {
                client: id,
                cause: error.cause(),
                address: request.address_text(),
            });
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

/// A fixed window of the limits on failures.
struct Window {
    start: UnixTime,
    end: UnixTime,
}

impl Window {
    fn at(now: UnixTime, limits: &LimitConfig) -> Self {
        let into = now.0.checked_rem_euclid(limits.window).unwrap_or(0);
        let start = now.plus(into.saturating_neg());
        Self { start, end: start.plus(limits.window) }
    }

    /// What is counted: this client from this address, and this address. The order is [`Window::is_full`]'s.
    fn buckets(client_id: &str, address: Option<IpAddr>) -> Vec<TokenDigest> {
        let network = network(address);
        let client = TokenDigest::of(client_id.as_bytes());
        vec![
            TokenDigest::of(format!("client_secret|{}|{network}", client.as_str()).as_bytes()),
            TokenDigest::of(format!("client_secret|*|{network}").as_bytes()),
        ]
    }

    fn is_full(buckets: &[TokenDigest], failures: &[Failures], limits: &LimitConfig) -> bool {
        let maxima = [limits.per_client, limits.per_address];
        buckets
            .iter()
            .zip(maxima)
            .any(|(bucket, most)| failures.iter().any(|row| row.bucket == *bucket && row.hits >= most))
    }
}

/// Who counts as one address: an IPv4 address, or the /64 that an IPv6 host commands.
fn network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => format!("{:x}", u128::from(address) >> 64),
        None => String::new(),
    }
}
