//! What the tokens of one answer have in common: who they are about, and the key that signs them.

use super::{Active, active, lasting};
use crate::error::OAuthError;
use crate::grant::{Authorization, GrantType, TokenRequest};
use crate::model::grant::new_sub;
use crate::need::FindSubject;

/// Finds both when the first token needs them, and once.
pub struct Signer<'a> {
    request: &'a TokenRequest,
    sub: Option<String>,
    key: Option<Active>,
}

impl<'a> Signer<'a> {
    /// Signs what a request has earned.
    #[must_use]
    pub fn new(request: &'a TokenRequest, method: &dyn GrantType, earned: &Authorization) -> Self {
        let sub = if method.acts_as_service_user() { Some(&request.client.client_id) } else { earned.sub.as_ref() };
        Self { request, sub: sub.cloned(), key: None }
    }

    /// The identifier by which clients know whom the tokens are about: the client itself where nobody else is.
    ///
    /// # Errors
    /// [`OAuthError::Host`], [`OAuthError::Entropy`].
    pub async fn sub(&mut self, earned: &Authorization) -> Result<String, OAuthError> {
        let TokenRequest { context, host, .. } = self.request;
        let sub = match self.sub.take() {
            Some(sub) => sub,
            None => host.ask(FindSubject { user: earned.user, sub: new_sub(context.entropy.as_ref())? }).await?,
        };
        Ok(self.sub.insert(sub).clone())
    }

    /// The key that signs now. It stays published for as long as an access token lives.
    ///
    /// # Errors
    /// As [`active`].
    pub async fn key(&mut self) -> Result<&Active, OAuthError> {
        let TokenRequest { context, host, .. } = self.request;
        let key = if let Some(key) = self.key.take() {
            key
        } else {
            let key = active(host, context).await?;
            lasting(host, context, &key, context.config.access_token_lifetime).await?;
            key
        };
        Ok(self.key.insert(key))
    }
}
