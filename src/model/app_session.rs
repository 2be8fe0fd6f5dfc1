//! A sign-in at an app by way of a browser session here (OpenID Connect Back-Channel Logout 1.0 §2.1): what an app knows as
//! `sid`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::client::{ClientConfig, ClientStatus, json_text};
use crate::model::number::{self, Epoch, Id};
use crate::time::UnixTime;

/// Seconds for which a sign-in is remembered after the browser's session here would end by itself: apps have sessions of
/// their own, and a new password ends these, too.
const REMEMBERED: i64 = 2_592_000;
/// Seconds between the tries of telling an app, after each that failed.
const DELAYS: &[i64] = &[60, 300, 1800, 7200, 21_600, 43_200];

/// The session of a browser here.
#[derive(Clone, Debug, Deserialize)]
pub struct BrowserSession {
    /// By what the host knows it: a digest, never what a cookie holds.
    pub digest: String,
    /// When it ends by itself.
    pub expires_at: UnixTime,
}

/// A sign-in to remember.
#[derive(Clone, Debug, Serialize)]
pub struct NewSignIn {
    /// By what the app knows it.
    pub sid: String,
    /// By what the host knows the browser's session.
    pub session: String,
    /// When it is forgotten.
    pub expires_at: UnixTime,
}

impl NewSignIn {
    /// The sign-in of a client through a session: each time the same, for no two clients, and another one after everything
    /// of the user ended (`epoch` is its subject's), which a browser's session may outlive.
    #[must_use]
    pub fn of(session: &BrowserSession, client_id: &str, epoch: Epoch) -> Self {
        let digest = Sha256::digest(format!("app-connect/1/sid\0{}\0{}\0{client_id}", session.digest, epoch.0));
        Self {
            sid: URL_SAFE_NO_PAD.encode(digest.split_at(16).0),
            session: session.digest.clone(),
            expires_at: session.expires_at.plus(REMEMBERED),
        }
    }
}

/// A sign-in that ended, of which the app is to be told.
#[derive(Clone, Debug, Deserialize)]
pub struct EndedSignIn {
    /// The row.
    pub id: Id,
    /// By what the app knows it.
    pub sid: String,
    /// By what the app knows the person.
    pub sub: String,
    /// The app's row.
    pub client: Id,
    /// The app's identifier.
    pub client_id: String,
    /// Whether it may be used.
    pub status: ClientStatus,
    /// What it registered.
    #[serde(deserialize_with = "json_text")]
    pub config: ClientConfig,
    /// How often that was tried.
    #[serde(deserialize_with = "number::deserialize")]
    pub attempts: i64,
}

impl EndedSignIn {
    /// Where the app is told of it, if it wants to know.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        let address = self.config.backchannel_logout_uri.as_str();
        (self.status == ClientStatus::Active && !address.is_empty()).then_some(address)
    }

    /// When it is tried again, should the try at `now` fail; `None` if it is the last.
    #[must_use]
    pub fn again(&self, now: UnixTime) -> Option<UnixTime> {
        let delay = usize::try_from(self.attempts).ok().and_then(|attempts| DELAYS.get(attempts))?;
        Some(now.plus(*delay))
    }
}
