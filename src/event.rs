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
    /// Attempts from an address are refused until the window ends: told once in a window.
    RateLimited {
        /// The client, if it exists.
        client: Option<Id>,
        /// The address it came from.
        address: Option<String>,
    },
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

impl Event {
    /// Whether the event belongs in the audit log. One row per security event, none per token issued.
    #[must_use]
    pub const fn audited(&self) -> bool {
        match self {
            Self::ClientAuthenticationFailed { .. }
            | Self::ConsentDenied { .. }
            | Self::ConsentGranted { .. }
            | Self::HostFault { .. }
            | Self::RateLimited { .. }
            | Self::TokenReused { .. }
            | Self::TokenRevoked { .. }
            | Self::UserAuthenticationFailed { .. } => true,
            Self::TokenIssued { .. } => false,
        }
    }
}
