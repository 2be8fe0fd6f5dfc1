//! What a person approved, remembered as a policy, and what a person is shown to approve.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::authority::policy::Policy;
use crate::model::app_session::BrowserSession;
use crate::model::client::AccessMode;
use crate::model::number::{Epoch, Id};
use crate::redirect_uri::Destination;
use crate::time::UnixTime;

/// Seconds for which an approval is remembered: a year.
pub const REMEMBERED: i64 = 31_536_000;

/// A person's approval of a client, as stored.
#[derive(Clone, Debug, Deserialize)]
pub struct StoredConsent {
    /// The policy that was approved.
    #[serde(rename = "policy")]
    pub approved: Policy,
    /// When it is forgotten.
    #[serde(deserialize_with = "Option::deserialize")]
    pub expires_at: Option<UnixTime>,
}

impl StoredConsent {
    /// Whether nothing in `asked` goes beyond what was approved, at `now`.
    #[must_use]
    pub fn covers(&self, asked: &Policy, now: UnixTime) -> bool {
        self.expires_at.is_none_or(|end| now < end) && asked.within(&self.approved)
    }
}

/// A user as a client knows it: its epoch, and what it approved.
#[derive(Clone, Debug, Deserialize)]
pub struct FoundConsent {
    /// The epoch of the user's subject; zero if it has none yet.
    pub epoch: Epoch,
    /// The approval, or null.
    #[serde(deserialize_with = "Option::deserialize")]
    pub consent: Option<StoredConsent>,
}

/// An approval to remember. What it covers is the policy that is stored with it.
#[derive(Clone, Debug, Serialize)]
pub struct NewConsent {
    /// The scope approved.
    pub scope: String,
    /// When it is forgotten.
    pub expires_at: UnixTime,
}

/// The person in front of the browser.
#[derive(Clone, Debug, Deserialize)]
pub struct Visitor {
    /// The user that is signed in.
    pub user: Id,
    /// The browser's session, by which it can be ended; null where the host has none.
    #[serde(deserialize_with = "Option::deserialize")]
    pub session: Option<BrowserSession>,
    /// When the person proved who it is; null when the host does not know.
    #[serde(deserialize_with = "Option::deserialize")]
    pub auth_time: Option<UnixTime>,
}

/// All that a person is shown before it decides.
#[derive(Clone, Debug, Serialize)]
pub struct ConsentView {
    /// Who asks.
    pub client: ClientView,
    /// Where the answer goes.
    pub redirect: Destination,
    /// Who is asked.
    pub user: Id,
    /// The client's access mode.
    pub mode: AccessMode,
    /// The scope that would be granted.
    pub scope: String,
    /// Whether the client may do everything that the user can do, but for takeover rights that are not listed.
    pub all: bool,
    /// The bundles that would be granted.
    pub bundles: Vec<BundleView>,
    /// Other capabilities that would be granted.
    pub capabilities: Vec<CapabilityView>,
    /// The identity scopes that would be granted.
    pub identity: Vec<String>,
    /// The routes that would be open, as clients spell them; null for all.
    pub routes: Option<Vec<String>>,
    /// The takeover rights that would be granted.
    pub takeover: BTreeSet<String>,
    /// Takeover rights that the client may have and the user does not.
    pub takeover_lacking: BTreeSet<String>,
    /// Whether the client may change the user's own account.
    pub account: bool,
    /// Whether the approval would be remembered.
    pub remember: bool,
}

/// A client, as people are shown it.
#[derive(Clone, Debug, Serialize)]
pub struct ClientView {
    /// Its identifier.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Where its logo is; empty for none.
    pub logo_uri: String,
    /// Whether an administrator vouches for it.
    pub verified: bool,
    /// Whether it is the site's own.
    pub first_party: bool,
}

/// A bundle that would be granted.
#[derive(Clone, Debug, Serialize)]
pub struct BundleView {
    /// Its name.
    pub name: String,
    /// Capabilities of it that the user does not hold: that part will not work.
    pub lacks: BTreeSet<String>,
}

/// A capability that would be granted.
#[derive(Clone, Debug, Serialize)]
pub struct CapabilityView {
    /// Its name.
    pub name: String,
    /// Whether the user holds it.
    pub held: bool,
}
