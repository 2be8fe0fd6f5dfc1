//! What a flow asks of its host: every kind of I/O that the protocol knows, one type each.
//!
//! A need crosses the border as `{name, stage, args}`; its answer comes back in the shape that its `Answer` documents.
//! Answers are untrusted: what was looked up by a key is compared with that key again.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::model::app_session::{EndedSignIn, NewSignIn};
use crate::model::approval::{ConsentView, FoundConsent, NewConsent, Visitor};
use crate::model::claims::UserClaims;
use crate::model::client::ClientRow;
use crate::model::code::{CodeRow, NewCode};
use crate::model::grant::{GrantRef, StandingGrant};
use crate::model::key::{KeyChange, KeyRow};
use crate::model::number::{Epoch, Id};
use crate::model::policy_row::PolicyRef;
use crate::model::session::{Rotation, SessionRow};
use crate::model::token::TokenRow;
use crate::redirect_uri::Destination;
use crate::secret::Secret;
use crate::secret::token::TokenDigest;
use crate::secret::vault::{SiteSecret, Vault, VaultError};
use crate::time::UnixTime;

/// When a need can be fulfilled in the life of a WordPress request.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// At once: our own tables and options.
    Early,
    /// Only with the person in front of the browser: where there is none, the host hands the request over to where it is.
    Interactive,
    /// Only when every plugin has loaded: credentials, capabilities, claims, other people's hooks.
    Loaded,
}

/// A typed need, and the type of its answer.
pub trait Question: Into<Need> {
    /// The answer's shape.
    type Answer: DeserializeOwned;
    /// The name under which the host knows this need.
    const NAME: &'static str;
    /// The earliest stage at which the host can answer.
    const STAGE: Stage;
}

macro_rules! needs {
    ($($name:ident, $wire:literal, $stage:ident => $answer:ty;)+) => {
        /// One question of the protocol to its host.
        #[derive(Clone, Debug)]
        pub enum Need {
            $(#[doc = concat!("`", $wire, "`.")] $name($name),)+
        }

        impl Need {
            /// The names of all needs, for hosts that check that they can answer each.
            pub const NAMES: &'static [&'static str] = &[$($wire),+];

            /// The name under which the host knows this need.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => $wire,)+ }
            }

            /// The earliest stage at which the host can answer.
            #[must_use]
            pub const fn stage(&self) -> Stage {
                match self { $(Self::$name(_) => Stage::$stage,)+ }
            }

            /// The arguments, as an object.
            ///
            /// # Errors
            /// Never for the types in this module; the signature is `serde_json`'s.
            pub fn args(&self) -> Result<Value, serde_json::Error> {
                match self { $(Self::$name(need) => serde_json::to_value(need),)+ }
            }
        }

        $(
            impl From<$name> for Need {
                fn from(need: $name) -> Self {
                    Self::$name(need)
                }
            }

            impl Question for $name {
                type Answer = $answer;
                const NAME: &'static str = $wire;
                const STAGE: Stage = Stage::$stage;
            }
        )+
    };
}

needs! {
    Approve, "approve", Interactive => Approved;
    Authenticate, "authenticate", Loaded => Option<Authenticated>;
    ChangeKeys, "change_keys", Early => KeysChanged;
    ClaimLogout, "claim_logout", Early => Claimed;
    Claims, "claims", Loaded => UserClaims;
    ConfirmLogout, "confirm_logout", Interactive => Confirmed;
    CountFailure, "count_failure", Early => ();
    FindAccessToken, "find_access_token", Early => Option<TokenRow>;
    FindClient, "find_client", Early => FoundClient;
    FindCode, "find_code", Early => Option<CodeRow>;
    FindConsent, "find_consent", Early => FoundConsent;
    FindEndedSignIns, "find_ended_sign_ins", Early => Vec<EndedSignIn>;
    FindFailures, "find_failures", Early => Vec<Failures>;
    FindSession, "find_session", Early => Option<SessionRow>;
    FindSigningKeys, "find_signing_keys", Early => FoundKeys;
    FindStandingGrant, "find_standing_grant", Early => Option<StandingGrant>;
    FindSubject, "find_subject", Early => String;
    FindVisitor, "find_visitor", Interactive => Option<Visitor>;
    HeldCapabilities, "held_capabilities", Loaded => Vec<String>;
    Issue, "issue", Early => Issued;
    LogIn, "log_in", Interactive => ();
    LogOut, "log_out", Interactive => ();
    RevokeGrant, "revoke_grant", Early => ();
    RevokeToken, "revoke_token", Early => Revoked;
    SendLogoutToken, "send_logout_token", Loaded => Option<u16>;
    SettleLogout, "settle_logout", Early => ();
    SpendCode, "spend_code", Early => Spent;
    StoreCode, "store_code", Early => CodeStored;
    TouchGrant, "touch_grant", Early => ();
}

/// Shows a person what a client asks for, and lets it decide. Answer: what it said.
#[derive(Clone, Debug, Serialize)]
pub struct Approve {
    /// What is shown.
    #[serde(flatten)]
    pub view: ConsentView,
    /// SHA-256 of what is shown and of the whole request: an approval counts for nothing else.
    pub digest: TokenDigest,
}

/// The answer to [`Approve`].
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Approved {
    /// Yes or no.
    pub approved: bool,
}

/// Lets somebody in who shows a password, or does not, by everything that the host has against it. Answer: who, or null.
#[derive(Clone, Debug, Serialize)]
pub struct Authenticate {
    /// User name or e-mail address.
    #[serde(serialize_with = "exposed")]
    pub username: Secret<String>,
    /// The password.
    #[serde(serialize_with = "exposed")]
    pub password: Secret<String>,
}

/// The answer to [`Authenticate`].
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Authenticated {
    /// The user.
    pub user: Id,
    /// The epoch of the user's subject, as it was while the password was good; zero if it has none yet.
    pub epoch: Epoch,
}

fn exposed<S: Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

/// Changes signing keys: one transaction, all of it or nothing.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeKeys {
    /// What to change, in this order.
    pub changes: Vec<KeyChange>,
    /// The time.
    pub now: UnixTime,
}

/// The answer to [`ChangeKeys`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeysChanged {
    /// One of the rows was not as it was thought to be: nothing was changed.
    Conflict,
    /// Committed.
    Done,
}

/// Takes a sign-in that ended, to tell its app: one conditional write, which puts the next try off. Answer: whether this call
/// did it.
#[derive(Clone, Debug, Serialize)]
pub struct ClaimLogout {
    /// The sign-in's row.
    pub sign_in: Id,
    /// How often it had been tried, as read: whoever finds another number leaves it alone.
    pub attempts: i64,
    /// When it is tried again should this try fail; null if it is not.
    pub again: Option<UnixTime>,
}

/// The answer to [`ClaimLogout`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Claimed {
    /// Somebody else did.
    Already,
    /// This call did.
    Now,
}

/// What the host knows of a user, to release claims from.
#[derive(Clone, Debug, Serialize)]
pub struct Claims {
    /// The user.
    pub user: Id,
}

/// Asks a person whether to log out. Answer: what it said.
#[derive(Clone, Debug, Serialize)]
pub struct ConfirmLogout {
    /// The name of the app that wants it, if it said who it is.
    pub client: Option<String>,
    /// Where the person is sent then, if anywhere.
    pub redirect: Option<Destination>,
    /// Who is signed in.
    pub user: Id,
    /// SHA-256 of what is shown and of the whole request: an answer counts for nothing else.
    pub digest: TokenDigest,
}

/// The answer to [`ConfirmLogout`].
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Confirmed {
    /// Yes or no.
    pub confirmed: bool,
}

/// Counts one failed attempt in each bucket, atomically. Answer: null.
#[derive(Clone, Debug, Serialize)]
pub struct CountFailure {
    /// Digests of what is counted.
    pub buckets: Vec<TokenDigest>,
    /// Start of the current window; a row of an older window starts again at one.
    pub window_start: UnixTime,
}

/// Looks up an access token by its digest, joined with all that decides whether it is alive: one query.
/// Answer: the row, or null.
#[derive(Clone, Debug, Serialize)]
pub struct FindAccessToken {
    /// SHA-256 of the token's exact bytes.
    pub digest: TokenDigest,
}

/// Looks up a client together with the failures counted against it in this window: one query.
#[derive(Clone, Debug, Serialize)]
pub struct FindClient {
    /// SHA-256 of the client identifier.
    pub digest: TokenDigest,
    /// The buckets to read; empty when no secret was presented.
    pub buckets: Vec<TokenDigest>,
    /// Start of the current window; rows of older windows do not count.
    pub window_start: UnixTime,
}

/// Looks up an authorization code by its digest: one query. Answer: the row, or null.
#[derive(Clone, Debug, Serialize)]
pub struct FindCode {
    /// SHA-256 of the code's exact bytes.
    pub digest: TokenDigest,
}

/// Looks up what a user approved for a client: one query.
#[derive(Clone, Debug, Serialize)]
pub struct FindConsent {
    /// The client.
    pub client: Id,
    /// The user.
    pub user: Id,
}

/// Finds sign-ins that ended, of which apps are to be told by now, the most overdue first.
#[derive(Clone, Debug, Serialize)]
pub struct FindEndedSignIns {
    /// The time.
    pub now: UnixTime,
    /// How many at most.
    pub limit: u32,
}

/// Who is signed in in this browser. Answer: the person, or null.
#[derive(Clone, Debug, Serialize)]
pub struct FindVisitor {}

/// Lets a person sign in, and begins the request again. Never answered.
#[derive(Clone, Debug, Serialize)]
pub struct LogIn {
    /// Whether it must prove who it is even if somebody is signed in.
    pub fresh: bool,
    /// Who the client thinks it is (`login_hint`).
    pub hint: Option<String>,
    /// The request with which to begin again, as `Server::authorize` reads it.
    pub resume: String,
}

/// Logs the person at this browser out, and ends what was signed in by way of its session. Answer: null.
#[derive(Clone, Debug, Serialize)]
pub struct LogOut {
    /// The browser's session, as `find_visitor` has it.
    pub session: String,
    /// The time.
    pub now: UnixTime,
}

/// The answer to [`FindClient`].
#[derive(Clone, Debug, Deserialize)]
pub struct FoundClient {
    /// The client, or null.
    #[serde(deserialize_with = "Option::deserialize")]
    pub client: Option<ClientRow>,
    /// The hits of each bucket that has any, in no order.
    pub failures: Vec<Failures>,
}

/// The failures counted in one bucket.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Failures {
    /// The bucket.
    pub bucket: TokenDigest,
    /// Failed attempts in the window that was asked about.
    #[serde(deserialize_with = "crate::model::number::deserialize")]
    pub hits: i64,
}

/// Reads the failures counted in this window. Answer: the hits of each bucket that has any, in no order.
#[derive(Clone, Debug, Serialize)]
pub struct FindFailures {
    /// The buckets.
    pub buckets: Vec<TokenDigest>,
    /// Start of the current window; rows of older windows do not count.
    pub window_start: UnixTime,
}

/// Looks up a session that can be refreshed, joined with all that decides whether it is alive: one query.
/// Answer: the row, or null.
#[derive(Clone, Debug, Serialize)]
pub struct FindSession {
    /// The handle, 11 characters.
    pub handle: String,
}

/// Reads the site's signing keys and its sealed data key, from the store itself.
#[derive(Clone, Debug, Serialize)]
pub struct FindSigningKeys {
    /// Which of them.
    pub which: WhichKeys,
}

/// Which signing keys to read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhichKeys {
    /// Every one, the newest first.
    All,
    /// Those that stand in a place.
    Slots,
}

/// The answer to [`FindSigningKeys`].
#[derive(Clone, Debug, Deserialize)]
pub struct FoundKeys {
    /// The sealed data key; null if there is none yet.
    #[serde(deserialize_with = "Option::deserialize")]
    pub vault: Option<String>,
    /// The keys.
    pub keys: Vec<KeyRow>,
}

impl FoundKeys {
    /// The data key, opened; `None` on a site that has sealed nothing yet.
    ///
    /// # Errors
    /// [`VaultError::Lost`] as well where there is none, and still keys that it sealed.
    pub fn open(&self, secret: &SiteSecret) -> Result<Option<Vault>, VaultError> {
        match &self.vault {
            Some(stored) => Vault::open(stored, secret).map(Some),
            None if self.keys.iter().any(|row| row.sealed.is_some()) => Err(VaultError::Lost),
            None => Ok(None),
        }
    }
}

/// The identifier by which clients know a user. Answer: it; made from the proposed one if the user has none yet.
#[derive(Clone, Debug, Serialize)]
pub struct FindSubject {
    /// The user.
    pub user: Id,
    /// The identifier to give it.
    pub sub: String,
}

/// Looks up the newest unrevoked `client_credentials` grant of a client that was decided under its present ceiling and
/// epochs. Answer: the grant, or null.
#[derive(Clone, Debug, Serialize)]
pub struct FindStandingGrant {
    /// The client.
    pub client: Id,
    /// The policy row that was the client's ceiling when the grant was decided.
    pub ceiling: Id,
    /// The client's epoch.
    pub client_epoch: Epoch,
    /// The epoch of the grant type.
    pub method_epoch: Epoch,
    /// The service user.
    pub user: Id,
    /// The epoch of the service user's subject.
    pub subject_epoch: Epoch,
}

/// Which of these capabilities a user holds now. Answer: the subset held, in any order.
#[derive(Clone, Debug, Serialize)]
pub struct HeldCapabilities {
    /// The user.
    pub user: Id,
    /// Primitive capabilities.
    pub capabilities: Vec<String>,
}

/// Stores a token, with the grant and policies that it needs, and spends what it costs: one transaction, both or neither.
#[derive(Clone, Debug, Serialize)]
pub struct Issue {
    /// The grant that the token belongs to.
    pub grant: GrantRef,
    /// The token.
    pub token: NewToken,
    /// What is spent for it.
    pub spends: Option<Spend>,
    /// The time of issue.
    pub now: UnixTime,
}

/// A token to store. The token itself never leaves the flow but in the response.
#[derive(Clone, Debug, Serialize)]
pub struct NewToken {
    /// SHA-256 of the token's exact bytes.
    pub digest: TokenDigest,
    /// The token's own policy: the snapshot.
    pub policy: PolicyRef,
    /// The scope, space-separated.
    pub scope: String,
    /// When the token ends.
    pub expires_at: UnixTime,
    /// How often its session has been refreshed, this time included.
    pub generation: i64,
    /// The key that signed it; null for a token that is not signed.
    pub key: Option<Id>,
}

/// The answer to [`Issue`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Issued {
    /// Somebody spent it before: nothing was stored.
    AlreadySpent,
    /// Committed.
    Stored,
}

/// What a token costs: something that can be spent once.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Spend {
    /// An authorization code, by its digest.
    Code(TokenDigest),
    /// The present refresh token of a session that is not revoked.
    Refresh(Rotation),
}

/// Revokes a grant, and with it all of its tokens. Answer: null.
#[derive(Clone, Debug, Serialize)]
pub struct RevokeGrant {
    /// The grant.
    pub grant: Id,
    /// Why, a word for the record.
    pub why: &'static str,
    /// The time of revocation.
    pub now: UnixTime,
}

/// Revokes one token by its digest. Answer: whether this call did it.
#[derive(Clone, Debug, Serialize)]
pub struct RevokeToken {
    /// SHA-256 of the token's exact bytes.
    pub digest: TokenDigest,
    /// The time of revocation.
    pub now: UnixTime,
}

/// The answer to [`RevokeToken`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Revoked {
    /// The token was revoked before.
    Already,
    /// This call revoked it.
    Now,
}

/// Posts a logout token to an app, and waits a few seconds for its answer. Answer: the status; null if there was none.
#[derive(Clone, Debug, Serialize)]
pub struct SendLogoutToken {
    /// Where to.
    pub uri: String,
    /// The form.
    pub logout_token: String,
}

/// Notes that an app need not be told of the end of a sign-in any more. Answer: null.
#[derive(Clone, Debug, Serialize)]
pub struct SettleLogout {
    /// The sign-in's row.
    pub sign_in: Id,
}

/// Spends an authorization code for nothing. Answer: whether this call did it.
#[derive(Clone, Debug, Serialize)]
pub struct SpendCode {
    /// SHA-256 of the code's exact bytes.
    pub digest: TokenDigest,
    /// The time.
    pub now: UnixTime,
}

/// The answer to [`SpendCode`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Spent {
    /// The code was spent before.
    Already,
    /// This call spent it.
    Now,
}

/// Stores a code, and the approval that it came from: one transaction, both or neither.
#[derive(Clone, Debug, Serialize)]
pub struct StoreCode {
    /// The code.
    pub code: NewCode,
    /// The client.
    pub client: Id,
    /// The user who approved.
    pub user: Id,
    /// The identifier to give the user's subject if it has none yet.
    pub sub: String,
    /// G.
    pub policy: PolicyRef,
    /// The sign-in that it is for, if it is for one: remembered, and ended with the browser's session.
    pub sign_in: Option<NewSignIn>,
    /// The approval to remember, in place of any before it; null to leave it as it is.
    pub consent: Option<NewConsent>,
    /// The time.
    pub now: UnixTime,
}

/// The answer to [`StoreCode`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeStored {
    /// Committed.
    Stored,
}

/// Notes that a grant was used, today or since it was refreshed. Answer: null.
#[derive(Clone, Debug, Serialize)]
pub struct TouchGrant {
    /// The grant.
    pub grant: Id,
    /// The client, whose day of last use moves too.
    pub client: Id,
    /// The time of use.
    pub now: UnixTime,
    /// The address it was used from.
    pub address: Option<String>,
    /// The generation of the access token that was used.
    pub generation: i64,
}
