//! A client that is stored for the first time, and the secrets that clients get.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::authority::policy::Policy;
use crate::entropy::{Entropy, EntropyError};
use crate::model::client::{AccessMode, ClientConfig, ClientStatus, ClientType};
use crate::model::draft::{ClientDraft, Confirmation, DraftError, FieldError, Judged, Rules, takeover_at_risk};
use crate::model::number::Id;
use crate::secret::Secret;
use crate::secret::client_secret::{self, SecretHash};
use crate::secret::token::TokenDigest;

/// The shortest secret that a person may choose, in characters.
const MIN_SECRET: usize = 16;

/// The columns of a client.
#[derive(Clone, Debug, Serialize)]
pub struct ClientColumns {
    /// The identifier.
    pub client_id: String,
    /// Its digest.
    pub digest: TokenDigest,
    /// The name.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: ClientType,
    /// The status.
    pub status: ClientStatus,
    /// The access mode.
    pub mode: AccessMode,
    /// The service user.
    pub service_user_id: Option<Id>,
    /// The hashed secret.
    pub secret_hash: Option<SecretHash>,
    /// The rest, as JSON text.
    pub config: String,
}

/// A new client: its row, its ceiling, and the secret to show once.
#[derive(Debug)]
pub struct NewClient {
    /// The row.
    pub row: ClientColumns,
    /// K.
    pub ceiling: Policy,
    /// The secret, if it was generated.
    pub secret: Option<Secret<String>>,
}

impl ClientDraft {
    /// Judges the draft and makes identifier and secret. `held` are the takeover rights that its service user holds.
    ///
    /// # Errors
    /// [`DraftError::Fields`] with everything that is wrong with it, [`DraftError::Unconfirmed`].
    pub fn register(
        &self,
        rules: &Rules<'_>,
        held: &BTreeSet<String>,
        entropy: &dyn Entropy,
    ) -> Result<NewClient, DraftError> {
        let mut errors = Vec::new();
        self.check_client_id(&mut errors);
        self.check_secret(&mut errors);
        let Judged { name, ceiling, config } = self.judge(rules, errors)?;
        let acts = rules.acting_as_service_user(&config.grant_types).next().is_some();
        if acts && !takeover_at_risk(&ceiling, held).is_empty() {
            self.expect_confirmed([Confirmation::ServiceUserTakeover])?;
        }
        let (secret_hash, secret) = self.make_secret(entropy)?;
        let client_id = match &self.client_id {
            Some(chosen) => chosen.clone(),
            None => client_secret::generate_client_id(entropy)?,
        };
        let row = ClientColumns {
            digest: TokenDigest::of(client_id.as_bytes()),
            client_id,
            name,
            kind: self.kind,
            status: ClientStatus::Active,
            mode: self.mode,
            service_user_id: self.service_user_id,
            secret_hash,
            config: config_text(&config)?,
        };
        Ok(NewClient { row, ceiling, secret })
    }

    /// What a client identifier may be: unreserved characters (RFC 3986 §2.3), which no library encodes.
    fn check_client_id(&self, errors: &mut Vec<FieldError>) {
        let good = |id: &String| {
            (8..=191).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
        };
        if self.client_id.as_ref().is_some_and(|id| !good(id)) {
            let detail = "8 to 191 of A-Z, a-z, 0-9, -, ., _ and ~";
            errors.push(FieldError::new("client_id", "invalid", detail));
        }
    }

    fn check_secret(&self, errors: &mut Vec<FieldError>) {
        let Some(secret) = &self.secret else {
            return;
        };
        if self.kind == ClientType::Public {
            errors.push(FieldError::new("secret", "public", "public clients have no secret"));
        }
        let printable = secret.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
        if secret.len() < MIN_SECRET || secret.len() > client_secret::MAX_LENGTH || !printable {
            errors.push(FieldError::new("secret", "weak", "16 to 1024 printable ASCII characters"));
        }
    }

    fn make_secret(&self, entropy: &dyn Entropy) -> Result<(Option<SecretHash>, Option<Secret<String>>), EntropyError> {
        match (self.kind, &self.secret) {
            (ClientType::Public, _) => Ok((None, None)),
            (ClientType::Confidential, Some(chosen)) => Ok((Some(client_secret::hash(chosen, entropy)?), None)),
            (ClientType::Confidential, None) => {
                let (hash, secret) = new_secret(entropy)?;
                Ok((Some(hash), Some(secret)))
            }
        }
    }
}

/// Makes a secret.
///
/// # Errors
/// [`EntropyError`] when there are no random bytes.
pub fn new_secret(entropy: &dyn Entropy) -> Result<(SecretHash, Secret<String>), EntropyError> {
    let secret = client_secret::generate(entropy)?;
    Ok((client_secret::hash(secret.expose(), entropy)?, secret))
}

/// The JSON text of the column `config`.
///
/// # Errors
/// Never: sets of strings always serialize. The error only keeps the signature total.
pub fn config_text(config: &ClientConfig) -> Result<String, EntropyError> {
    serde_json::to_string(config).map_err(|_| EntropyError)
}
