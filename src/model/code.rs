//! An authorization code (RFC 6749 §1.3.1): what was approved, waiting to be exchanged.

use serde::{Deserialize, Serialize};

use crate::authority::scope::Scope;
use crate::model::client::json_text;
use crate::model::number::{Epoch, Id};
use crate::model::policy_row::PolicyRow;
use crate::pkce::CodeChallenge;
use crate::secret::token::TokenDigest;
use crate::time::UnixTime;

/// Seconds for which a second exchange with the right verifier is a double submit, not a theft.
const DOUBLE_SUBMIT: i64 = 10;

/// What an authorization request asked for, as far as the exchange must know it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CodePayload {
    /// Where the code was sent.
    pub redirect_uri: String,
    /// Whether the request named it: then the exchange must name it too (RFC 6749 §4.1.3).
    pub redirect_uri_sent: bool,
    /// The scope granted.
    pub scope: Scope,
    /// The PKCE challenge (RFC 7636 §4.4).
    pub challenge: Option<CodeChallenge>,
    /// The OpenID Connect nonce.
    pub nonce: Option<String>,
    /// The resource that the token is for (RFC 8707), as it was asked for.
    pub resource: Option<String>,
    /// When the person proved who it is.
    pub auth_time: Option<UnixTime>,
    /// The sign-in, as the client will know it. Codes of older versions have none.
    #[serde(default)]
    pub sid: Option<String>,
    /// K, as it was when G was decided.
    pub ceiling: Id,
    /// The client's epoch, as read.
    pub client_epoch: Epoch,
    /// The subject's epoch, as read.
    pub subject_epoch: Epoch,
    /// The epoch of the grant type, as read.
    pub method_epoch: Epoch,
}

/// A code as stored.
#[derive(Clone, Debug, Deserialize)]
pub struct CodeRow {
    /// SHA-256 of the code: compared again, byte for byte.
    pub digest: TokenDigest,
    /// The client that it was issued to.
    pub client: Id,
    /// The user who approved, if it still exists.
    #[serde(deserialize_with = "Option::deserialize")]
    pub user: Option<Id>,
    /// The epoch of the user's subject now.
    pub subject_epoch: Epoch,
    /// G: what was approved.
    pub policy: PolicyRow,
    /// What was asked for.
    #[serde(deserialize_with = "json_text")]
    pub payload: CodePayload,
    /// When it ends.
    pub expires_at: UnixTime,
    /// When it was spent.
    #[serde(deserialize_with = "Option::deserialize")]
    pub consumed_at: Option<UnixTime>,
    /// When its sign-in ended.
    #[serde(deserialize_with = "Option::deserialize")]
    pub signed_out_at: Option<UnixTime>,
    /// The grant that it bought.
    #[serde(deserialize_with = "Option::deserialize")]
    pub grant: Option<Id>,
}

impl CodeRow {
    /// Whether the exchange at `now` of a code that was spent at `spent`, with this verifier, is a client that sent its
    /// request twice: browsers and frameworks do that, and whoever has the verifier is the client itself.
    #[must_use]
    pub fn is_double_submit(&self, spent: UnixTime, verifier: Option<&str>, now: UnixTime) -> bool {
        let proven = self
            .payload
            .challenge
            .as_ref()
            .is_some_and(|challenge| verifier.is_some_and(|verifier| challenge.verify(verifier).is_ok()));
        proven && now <= spent.plus(DOUBLE_SUBMIT)
    }
}

/// A code to store. The code itself never leaves the flow but in the redirect.
#[derive(Clone, Debug, Serialize)]
pub struct NewCode {
    /// SHA-256 of the code.
    pub digest: TokenDigest,
    /// A [`CodePayload`], as JSON text.
    pub payload: String,
    /// When it ends.
    pub expires_at: UnixTime,
}
