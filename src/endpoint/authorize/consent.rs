//! What would be granted, whether the person has to be asked, and what it is shown.

use std::collections::BTreeSet;

use serde_json::json;

use super::request::{Addressed, Asked};
use crate::authority::capability::{READ, takeover_names};
use crate::authority::names::Names;
use crate::authority::policy::Policy;
use crate::authority::summary::Summary;
use crate::context::Context;
use crate::error::AuthorizeError;
use crate::flow::Host;
use crate::model::approval::{BundleView, CapabilityView, ClientView, ConsentView, StoredConsent};
use crate::model::client::{ClientType, ConsentRule};
use crate::model::number::Id;
use crate::need::HeldCapabilities;
use crate::redirect_uri::{Destination, RedirectKind};
use crate::secret::token::TokenDigest;

/// What a person can grant a client, at this moment.
#[derive(Debug)]
pub struct Offer {
    /// G.
    pub granted: Policy,
    /// Whether an approval counts for later requests.
    pub remember: bool,
    destination: Destination,
    /// Those that the client may have and the user does not.
    lacking: BTreeSet<String>,
    /// What the user holds, of all that matters here.
    held: BTreeSet<String>,
}

impl Offer {
    /// G = K ⊓ Σ(scope), with those takeover rights that the user holds now.
    ///
    /// # Errors
    /// [`AuthorizeError::NoRights`] for a user that cannot even read here, and the host's.
    pub async fn make(
        to: &Addressed,
        asked: &Asked,
        user: Id,
        host: &Host,
        context: &Context,
    ) -> Result<Self, AuthorizeError> {
        let client = &to.client;
        let most = client.ceiling().meet(&asked.scope.policy(&context.config.bundles));
        let takeover = match &most.takeover {
            Names::All => takeover_names(&context.config.takeover),
            Names::Only(names) => names.clone(),
        };
        let mut matters = takeover.clone();
        if let Names::Only(names) = &most.caps {
            matters.extend(names.iter().cloned());
        }
        matters.insert(READ.to_owned());
        let capabilities = matters.iter().cloned().collect();
        let held: BTreeSet<String> = host.ask(HeldCapabilities { user, capabilities }).await?.into_iter().collect();
        let held: BTreeSet<String> = held.intersection(&matters).cloned().collect();
        if !held.contains(READ) {
            return Err(AuthorizeError::NoRights);
        }
        let destination = Destination::of(&to.redirect_uri).ok_or(AuthorizeError::NotEnabled)?;
        // RFC 8252 §8.6: another app may stand at a loopback address or a private scheme, and a public client proves nothing.
        let identified = client.kind == ClientType::Confidential || destination.kind == RedirectKind::Web;
        let (takeover, lacking): (BTreeSet<_>, BTreeSet<_>) =
            takeover.into_iter().partition(|name| held.contains(name));
        Ok(Self {
            granted: most.held(&Names::Only(takeover)),
            lacking,
            remember: identified && client.config.consent == ConsentRule::Remember,
            destination,
            held,
        })
    }

    /// Whether the person has to be asked.
    pub fn needs_approval(
        &self,
        to: &Addressed,
        asked: &Asked,
        before: Option<&StoredConsent>,
        context: &Context,
    ) -> bool {
        let client = &to.client;
        if asked.prompt.consent {
            return true;
        }
        if client.config.first_party && client.kind == ClientType::Confidential {
            return false;
        }
        !self.remember || !before.is_some_and(|before| before.covers(&self.granted, context.now))
    }

    /// What the person is shown.
    pub fn view(&self, to: &Addressed, asked: &Asked, user: Id, context: &Context) -> ConsentView {
        let (client, config) = (&to.client, &context.config);
        let prefix = &config.site.rest_prefix;
        let summary = Summary::of(&self.granted, &asked.scope, &config.bundles, &config.takeover, prefix);
        let within = |name: &String| self.granted.caps.contains(name);
        ConsentView {
            client: ClientView {
                client_id: client.client_id.clone(),
                name: client.name.clone(),
                description: client.config.description.clone(),
                logo_uri: client.config.logo_uri.clone(),
                verified: client.config.verified,
                first_party: client.config.first_party,
            },
            redirect: self.destination.clone(),
            user,
            mode: client.mode,
            scope: asked.scope.to_string(),
            all: summary.all,
            bundles: summary
                .bundles
                .into_iter()
                .map(|bundle| BundleView {
                    name: bundle.name.clone(),
                    lacks: bundle
                        .capabilities
                        .iter()
                        .filter(|name| within(name) && !self.held.contains(*name))
                        .cloned()
                        .collect(),
                })
                .collect(),
            capabilities: summary
                .capabilities
                .into_iter()
                .map(|name| CapabilityView { held: self.held.contains(&name), name })
                .collect(),
            identity: summary.identity,
            routes: summary.routes,
            takeover: summary.takeover,
            takeover_lacking: self.lacking.clone(),
            account: summary.account,
            remember: self.remember,
        }
    }
}

/// SHA-256 of what is shown, of what would be granted, and of all else that the request says: an approval is for that alone.
pub fn digest(view: &ConsentView, offer: &Offer, to: &Addressed, asked: &Asked, state: Option<&[u8]>) -> TokenDigest {
    let all = json!({
        "shown": view,
        "granted": offer.granted.canonical(),
        "redirect_uri": to.redirect_uri,
        "redirect_uri_sent": to.redirect_uri_sent,
        "challenge": asked.challenge,
        "nonce": asked.nonce,
        "resource": asked.resource,
        "state": state,
    });
    TokenDigest::of(all.to_string().as_bytes())
}
