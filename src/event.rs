//! What happened, for hooks and the audit log. Identifiers only, never a secret.

use serde::Serialize;

use crate::model::number::Id;

/// One thing that happened in a flow.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A client failed to authenticate.
    ClientAuthenticationFailed {
        /// The client, if it exists.
        client: Option<Id>,
        /// Why, for the log alone.
        cause: &'static str,
        /// The address it came from.
        address: Option<String>,
    },
    /// A person approved a client.
    ConsentGranted {
        /// The client.
        client: Id,
        /// Who approved.
        user: Id,
        /// The scope that was approved.
        scope: String,
    },
    /// A person refused a client.
    ConsentDenied {
        /// The client.
        client: Id,
        /// Who refused.
        user: Id,
    },
    /// The host gave an answer that has not the shape of its need: a fault of the plugin, and the client saw a 500.
    HostFault {
        /// The name of the need.
        need: &'static str,
    },
    /// A private key was brought along.
    KeyImported {
        /// The key's name.
        kid: String,
        /// Its algorithm.
        algorithm: &'static str,
        /// Who did it.
        user: Option<Id>,
    },
    /// A key was ended, and everything that it signed.
    KeyRevoked {
        /// The key's name.
        kid: String,
        /// Its algorithm.
        algorithm: &'static str,
        /// Who did it.
        user: Option<Id>,
    },
    /// Another key signs from now on.
    KeyRotated {
        /// The new key's name.
        kid: String,
        /// Its algorithm.
        algorithm: &'static str,
        /// Why.
        why: RotationCause,
        /// Who did it, if somebody did.
        user: Option<Id>,
    },
    /// Keys that nothing opens any more were given up, and others made.
    KeysStartedAfresh {
        /// Who did it.
        user: Option<Id>,
    },
    /// An app was not told that a sign-in ended: it did not answer for a day, or refused.
    LogoutUndelivered {
        /// The client.
        client: Id,
        /// What it answered last, if it did.
        status: Option<u16>,
    },
    /// Attempts from an address are refused until the window ends: told once in a window.
    RateLimited {
        /// The client, if it exists.
        client: Option<Id>,
        /// The address it came from.
        address: Option<String>,
    },
    /// What a former secret of the site had sealed is sealed by the present one.
    SecretRewrapped {},
    /// A token was issued.
    TokenIssued {
        /// The client.
        client: Id,
        /// The user it acts for.
        user: Id,
        /// The grant type.
        method: &'static str,
    },
    /// Something that can be spent once came again from its own client: the tokens that it bought ended.
    TokenReused {
        /// The client.
        client: Id,
        /// The grant.
        grant: Id,
    },
    /// Somebody who showed a password was not let in.
    UserAuthenticationFailed {
        /// The client that sent it.
        client: Id,
        /// The address that the client's request came from.
        address: Option<String>,
    },
    /// A token was revoked.
    TokenRevoked {
        /// The client.
        client: Id,
        /// The grant.
        grant: Id,
    },
}

/// Why another key signs.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RotationCause {
    /// An administrator said so.
    Administrator,
    /// There was none.
    First,
    /// It was brought along for that.
    Imported,
    /// The one before was revoked.
    Revoked,
    /// The time of the one before was over.
    Scheduled,
}

impl Event {
    /// Whether the event belongs in the audit log. One row per security event, none per token issued.
    #[must_use]
    pub const fn audited(&self) -> bool {
        match self {
            Self::ClientAuthenticationFailed { .. }
            | Self::ConsentDenied { .. }
            | Self::ConsentGranted { .. }
            | Self::HostFault { .. }
            | Self::KeyImported { .. }
            | Self::KeyRevoked { .. }
            | Self::KeyRotated { .. }
            | Self::KeysStartedAfresh { .. }
            | Self::LogoutUndelivered { .. }
            | Self::RateLimited { .. }
            | Self::SecretRewrapped {}
            | Self::TokenReused { .. }
            | Self::TokenRevoked { .. }
            | Self::UserAuthenticationFailed { .. } => true,
            Self::TokenIssued { .. } => false,
        }
    }
}
