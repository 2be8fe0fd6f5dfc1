//! A registered client (RFC 6749 §2).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::authority::policy::Policy;
use crate::authority::scope::WP;
use crate::model::number::{Epoch, Id};
use crate::model::policy_row::PolicyRow;
use crate::model::token_format::ClientTokenFormat;
use crate::redirect_uri::RedirectUri;
use crate::secret::client_secret::SecretHash;
use crate::time::UnixTime;

/// Whether a client can keep a secret (RFC 6749 §2.1).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientType {
    /// Keeps a secret: a server.
    Confidential,
    /// Cannot keep one: a browser or a phone.
    Public,
}

impl ClientType {
    /// Every type.
    pub const ALL: &[Self] = &[Self::Confidential, Self::Public];
}

/// Whether a client may be used.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientStatus {
    /// In use.
    Active,
    /// Switched off by an administrator.
    Disabled,
}

/// How much of a user's permissions a client may have at all.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessMode {
    /// All of the user's permissions.
    Full,
    /// Identity endpoints only.
    LoginOnly,
    /// Only selected permissions.
    Restricted,
}

impl AccessMode {
    /// Every mode.
    pub const ALL: &[Self] = &[Self::Full, Self::Restricted, Self::LoginOnly];

    /// The scope of a client that names none.
    #[must_use]
    pub const fn default_scope(self) -> &'static str {
        match self {
            Self::LoginOnly => "openid profile email",
            Self::Full | Self::Restricted => WP,
        }
    }
}

/// When a person who approved a client is asked again.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentRule {
    /// Each time.
    Always,
    /// Only when the client wants more than was approved.
    #[default]
    Remember,
}

/// What a client registered, beside its columns.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientConfig {
    /// What its access tokens look like.
    pub access_token_format: ClientTokenFormat,
    /// Client authentication methods (RFC 7591 §2); one that is not listed is refused.
    pub auth_methods: BTreeSet<String>,
    /// Where it is told that a sign-in ended (OpenID Connect Back-Channel Logout 1.0 §2.2); empty if it does not want to know.
    pub backchannel_logout_uri: String,
    /// When people are asked again.
    pub consent: ConsentRule,
    /// What the administrator says of it, for people.
    pub description: String,
    /// Whether it is the site's own: people are not asked at all. Only for confidential clients.
    pub first_party: bool,
    /// Grant types (RFC 7591 §2); one that is not listed is refused.
    pub grant_types: BTreeSet<String>,
    /// Where its logo is (RFC 7591 §2); empty for none.
    pub logo_uri: String,
    /// Whether it may ask for authorization codes without PKCE. Only for confidential clients.
    pub pkce_optional: bool,
    /// Where people are sent who logged out (OpenID Connect RP-Initiated Logout 1.0 §3.1).
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// Where people are sent back to (RFC 7591 §2).
    pub redirect_uris: Vec<RedirectUri>,
    /// Whether it may introspect other clients' access tokens, because they are sent to it. Only for confidential clients.
    pub resource_server: bool,
    /// Whether people may type their password into it.
    pub trusted: bool,
    /// Whether an administrator vouches for it to the people who are asked.
    pub verified: bool,
}

/// A user seen through the `subjects` table.
#[derive(Clone, Debug, Deserialize)]
pub struct ServiceUser {
    /// The WordPress user, which exists.
    pub user: Id,
    /// The user's epoch; zero if it has no subject yet.
    pub epoch: Epoch,
}

/// A client as stored, with its ceiling.
#[derive(Clone, Debug, Deserialize)]
pub struct ClientRow {
    /// The row.
    pub id: Id,
    /// The identifier that it presents.
    pub client_id: String,
    /// Public or confidential.
    #[serde(rename = "type")]
    pub kind: ClientType,
    /// Active or disabled.
    pub status: ClientStatus,
    /// Its name, for people.
    pub name: String,
    /// Its access mode.
    pub mode: AccessMode,
    /// Moves when every token of the client shall end.
    pub epoch: Epoch,
    /// The ceiling K: what it may do at most, now.
    pub policy: PolicyRow,
    /// Its secret; null for a public client.
    #[serde(deserialize_with = "Option::deserialize")]
    pub secret_hash: Option<SecretHash>,
    /// The secret before the last change, honoured until `prev_until`.
    #[serde(deserialize_with = "Option::deserialize")]
    pub prev_secret_hash: Option<SecretHash>,
    /// End of the overlap.
    #[serde(deserialize_with = "Option::deserialize")]
    pub prev_until: Option<UnixTime>,
    /// What it registered.
    #[serde(deserialize_with = "json_text")]
    pub config: ClientConfig,
    /// The user that client credentials act as; null if none is set or it does not exist any more.
    #[serde(deserialize_with = "Option::deserialize")]
    pub service_user: Option<ServiceUser>,
}

impl ClientRow {
    /// The secrets that count at `now`.
    pub fn secrets(&self, now: UnixTime) -> impl Iterator<Item = &SecretHash> {
        let previous = self.prev_secret_hash.as_ref().filter(|_| self.prev_until.is_some_and(|until| now < until));
        self.secret_hash.iter().chain(previous)
    }

    /// Whether its authorization codes are bound to a PKCE challenge.
    #[must_use]
    pub fn needs_pkce(&self) -> bool {
        self.kind == ClientType::Public || !self.config.pkce_optional
    }

    /// The ceiling K.
    #[must_use]
    pub const fn ceiling(&self) -> &Policy {
        &self.policy.policy
    }
}

/// Reads a value from JSON text in a column.
///
/// # Errors
/// What the format's deserializer answers when the text is not the value's JSON.
pub fn json_text<'de, D: serde::Deserializer<'de>, T: serde::de::DeserializeOwned>(
    deserializer: D,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    serde_json::from_str(&text).map_err(serde::de::Error::custom)
}
