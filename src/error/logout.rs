//! Why a person who was sent here to log out is told something else.

use super::PageError;
use crate::flow::HostError;
use crate::http::{Page, Response};
use crate::params::ParamError;

/// What only the person is told: nobody is sent anywhere.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LogoutError {
    /// It names a client that there is not, or that is disabled.
    #[error("the client is unknown, or disabled")]
    Client,
    /// The ID token is none of ours, or another client's.
    #[error("the id_token_hint is no ID token of this server, or not one of this client")]
    Hint,
    /// The host failed.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A parameter cannot be read.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// The client did not register that address.
    #[error("the post_logout_redirect_uri is not registered for this client")]
    Redirect {
        /// The client's name.
        client: String,
    },
    /// It is too long, or not where the method has its parameters.
    #[error("the request is not a query or a form of at most 8192 bytes")]
    Unreadable,
}

impl LogoutError {
    /// The answer, whose page the host writes.
    #[must_use]
    pub fn response(self) -> Response {
        let page = |code, detail: String, client| Response::page(400, Page::telling(code, detail, client));
        let detail = self.to_string();
        match self {
            Self::Client => page("client_unknown", detail, None),
            Self::Hint => page("logout_hint", detail, None),
            Self::Host(error) => PageError::from(error).response(),
            Self::Param(error) => PageError::from(error).response(),
            Self::Redirect { client } => page("redirect_mismatch", detail, Some(client)),
            Self::Unreadable => PageError::Unreadable.response(),
        }
    }
}
