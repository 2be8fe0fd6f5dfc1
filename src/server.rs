//! One site's server: configuration in, flows out.

use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use crate::authority::policy::Policy;
use crate::authority::scope::Scope;
use crate::authority::summary::Summary;
use crate::client_auth::CLIENT_AUTH_METHODS;
use crate::config::ServerConfig;
use crate::context::Context;
use crate::endpoint::authorize::handover;
use crate::endpoint::identity::{self, Identity};
use crate::endpoint::logout::backchannel;
use crate::endpoint::resource::{self, Bearer, Principal};
use crate::endpoint::{self, ENDPOINTS, Endpoint};
use crate::entropy::Entropy;
use crate::flow::{Flow, Host};
use crate::grant::GRANT_TYPES;
use crate::http::{Request, Response};
use crate::issuer::{self, Document, IssuerPlace};
use crate::model::draft::{ClientDraft, DraftError, Rules};
use crate::model::number::Id;
use crate::model::registration::NewClient;
use crate::model::revision::{Renewal, Revision, StoredClient};
use crate::signing::manage::{self, Action};
use crate::site::Site;
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
        let site = &self.config.site;
        if let Some(path) = site.endpoint_path(request) {
            return ENDPOINTS.iter().find(|endpoint| endpoint.path() == path).copied();
        }
        let name = Site::well_known(&self.config.looked_up(), request)?;
        ENDPOINTS.iter().find(|endpoint| endpoint.well_known() == Some(name)).copied()
    }

    /// What the issuer could be. The host's own name for it leaves no choice.
    #[must_use]
    pub fn issuers(&self) -> Vec<issuer::Choice> {
        let config = &self.config;
        let choose = |place: &IssuerPlace| {
            let issuer = config.issuer.clone().or_else(|| place.issuer(&config.site));
            let configuration = issuer.as_deref().map(issuer::configuration);
            let current = issuer.as_deref() == Some(config.issuer());
            issuer::Choice { place: *place, issuer, configuration, current }
        };
        IssuerPlace::ALL.iter().map(choose).collect()
    }

    /// Everywhere that documents are looked up, the one that OpenID Connect asks of the issuer first.
    #[must_use]
    pub fn documents(&self) -> Vec<Document> {
        let own = issuer::configuration(self.config.issuer());
        let mut found: Vec<Document> = Vec::new();
        for name in self.config.looked_up() {
            for endpoint in ENDPOINTS {
                let Some(suffix) = endpoint.well_known() else { continue };
                for address in [issuer::below(name, suffix), issuer::between(name, suffix)] {
                    if found.iter().all(|document| document.address != address) {
                        found.push(Document { endpoint: endpoint.name(), own: address == own, address });
                    }
                }
            }
        }
        found.sort_by_key(|document| !document.own);
        found
    }

    /// Runs a protocol endpoint on a request.
    #[must_use]
    pub fn handle(&self, endpoint: &'static dyn Endpoint, request: Request, now: UnixTime) -> Flow<Response> {
        let context = self.context(now);
        let request = request.seen_through(&self.config.trusted_proxies);
        Flow::new(move |host: Host| async move { endpoint::serve(endpoint, &host, context, &request).await })
    }

    /// The parameters of a request for people as one value for the address of the login screen.
    #[must_use]
    pub fn handover(&self, request: &Request) -> String {
        handover::encode(handover::pairs(request).as_deref())
    }

    /// Runs a request to an endpoint where its person is. `handover` is what [`Server::handover`] made of it; `request` is the
    /// one that brought it.
    #[must_use]
    pub fn attend(
        &self,
        endpoint: &'static dyn Endpoint,
        handover: &[u8],
        request: &Request,
        now: UnixTime,
    ) -> Flow<Response> {
        let context = self.context(now);
        let pairs = handover::decode(handover);
        let available = endpoint::available(&context, request);
        Flow::new(move |host: Host| async move {
            match (available, endpoint.attend(&host, &context, pairs)) {
                (Err(error), _) => error.page(),
                (Ok(()), Some(answer)) => answer.await,
                (Ok(()), None) => Response::empty(404),
            }
        })
    }

    /// Tells apps that sign-ins ended, as many as one run takes.
    #[must_use]
    pub fn deliver_logouts(&self, now: UnixTime) -> Flow<Response> {
        let context = self.context(now);
        Flow::new(move |host: Host| async move { backchannel::deliver(&host, &context).await })
    }

    /// Answers who a principal is.
    #[must_use]
    pub fn identify(what: Identity, principal: Principal) -> Flow<Response> {
        Flow::new(move |host: Host| async move { identity::identify(&host, what, &principal).await })
    }

    /// What each identity scope tells apps of a user.
    #[must_use]
    pub fn preview_claims(&self, user: Id, now: UnixTime) -> Flow<Response> {
        let context = self.context(now);
        Flow::new(move |host: Host| async move { identity::preview(&host, &context, user).await })
    }

    /// Finds out who a REST request is, from its bearer token.
    #[must_use]
    pub fn authenticate(&self, request: Request, now: UnixTime) -> Flow<Bearer> {
        let context = self.context(now);
        let request = request.seen_through(&self.config.trusted_proxies);
        Flow::new(move |host: Host| async move { resource::authenticate(&host, &context, &request).await })
    }

    /// Does something with the site's signing keys. `user` is who does it. Answers how they stand then.
    #[must_use]
    pub fn signing_keys(&self, action: Action, user: Option<Id>, now: UnixTime) -> Flow<Response> {
        let context = self.context(now);
        Flow::new(move |host: Host| async move { manage::run(&host, &context, action, user).await })
    }

    /// Judges a client that an administrator describes, and makes its identifier and secret. `held` are the takeover
    /// rights that its service user holds.
    ///
    /// # Errors
    /// [`DraftError`], naming every field that cannot be saved, or what must be confirmed.
    pub fn register(&self, draft: &ClientDraft, held: &BTreeSet<String>) -> Result<NewClient, DraftError> {
        draft.register(&self.rules(), held, self.entropy.as_ref())
    }

    /// Judges what an administrator made of a client.
    ///
    /// # Errors
    /// [`DraftError`], naming every field that cannot be saved, or what must be confirmed.
    pub fn revise(
        &self,
        stored: &StoredClient,
        draft: ClientDraft,
        held: &BTreeSet<String>,
    ) -> Result<Revision, DraftError> {
        stored.revise(draft, &self.rules(), held, self.entropy.as_ref())
    }

    /// The draft that would make a client's row.
    #[must_use]
    pub fn describe(&self, stored: &StoredClient) -> ClientDraft {
        stored.describe(&self.config.site.rest_prefix, &self.config.bundles)
    }

    /// What a policy gives that came of a scope.
    #[must_use]
    pub fn summary(&self, policy: &Policy, scope: &Scope) -> Summary<'_> {
        let config = &self.config;
        Summary::of(policy, scope, &config.bundles, &config.takeover, &config.site.rest_prefix)
    }

    /// Makes another secret for a client. The former one works for `overlap` more seconds.
    ///
    /// # Errors
    /// [`DraftError::Fields`], see [`StoredClient::renew_secret`].
    pub fn renew_secret(&self, stored: &StoredClient, overlap: i64, now: UnixTime) -> Result<Renewal, DraftError> {
        stored.renew_secret(overlap, &self.rules(), now, self.entropy.as_ref())
    }

    fn rules(&self) -> Rules<'_> {
        Rules {
            grant_types: GRANT_TYPES.iter().map(|grant| (grant.name(), grant.acts_as_service_user())).collect(),
            redirecting: GRANT_TYPES.iter().filter(|grant| grant.redirects()).map(|grant| grant.name()).collect(),
            trusting: GRANT_TYPES.iter().filter(|grant| grant.needs_trust()).map(|grant| grant.name()).collect(),
            auth_methods: CLIENT_AUTH_METHODS.iter().map(|method| (method.name(), method.proves())).collect(),
            catalogue: &self.config.bundles,
            localhost: self.config.localhost_redirects,
            rest_prefix: &self.config.site.rest_prefix,
            takeover: &self.config.takeover,
            plain_http: self.config.allows_plain_http(),
        }
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
