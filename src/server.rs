//! One site's server: configuration in, flows out.

use std::fmt;
use std::rc::Rc;

use crate::client_auth::CLIENT_AUTH_METHODS;
use crate::config::ServerConfig;
use crate::context::Context;
use crate::endpoint::resource::{self, Bearer};
use crate::endpoint::{self, ENDPOINTS, Endpoint};
use crate::entropy::Entropy;
use crate::flow::{Flow, Host};
use crate::grant::GRANT_TYPES;
use crate::http::{Request, Response};
use crate::model::draft::{ClientDraft, DraftError, NewClient, Rules};
use crate::time::UnixTime;

/// One site's OAuth server.
pub struct Server {
    config: Rc<ServerConfig>,
    entropy: Rc<dyn Entropy>,
}

impl Server {
    /// A server with this configuration and source of random bytes.
    #[must_use]
    pub fn new(config: ServerConfig, entropy: Rc<dyn Entropy>) -> Self {
        Self { config: Rc::new(config), entropy }
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &ServerConfig {
        &self.config
    }

    /// The source of random bytes.
    #[must_use]
    pub fn entropy(&self) -> &dyn Entropy {
        self.entropy.as_ref()
    }

    /// The endpoint that this request canonically spells, for the door.
    #[must_use]
    pub fn locate(&self, request: &Request) -> Option<&'static dyn Endpoint> {
        let path = self.config.site.endpoint_path(request)?;
        ENDPOINTS.iter().find(|endpoint| endpoint.path() == path).copied()
    }

    /// Runs a protocol endpoint on a request.
    #[must_use]
    pub fn handle(&self, endpoint: &'static dyn Endpoint, request: Request, now: UnixTime) -> Flow<Response> {
        let context = self.context(now);
        Flow::new(move |host: Host| async move { endpoint::serve(endpoint, &host, context, &request).await })
    }

    /// Finds out who a REST request is, from its bearer token.
    #[must_use]
    pub fn authenticate(&self, request: Request, now: UnixTime) -> Flow<Bearer> {
        let context = self.context(now);
        Flow::new(move |host: Host| async move { resource::authenticate(&host, &context, &request).await })
    }

    /// Judges a client that an administrator describes, and makes its identifier and secret.
    ///
    /// # Errors
    /// [`DraftError`], naming every field that cannot be saved.
    pub fn register(&self, draft: ClientDraft) -> Result<NewClient, DraftError> {
        let rules = Rules {
            grant_types: GRANT_TYPES.iter().map(|grant| (grant.name(), grant.acts_as_service_user())).collect(),
            auth_methods: CLIENT_AUTH_METHODS.iter().map(|method| (method.name(), method.proves())).collect(),
            rest_prefix: &self.config.site.rest_prefix,
            takeover: &self.config.takeover,
        };
        draft.register(&rules, self.entropy.as_ref())
    }

    fn context(&self, now: UnixTime) -> Rc<Context> {
        Rc::new(Context { config: Rc::clone(&self.config), entropy: Rc::clone(&self.entropy), now })
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Server").field("site", &self.config.site).finish_non_exhaustive()
    }
}
