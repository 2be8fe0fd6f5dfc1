//! What a policy gives, in the units that people are told it in.

use std::collections::BTreeSet;

use serde::Serialize;

use super::bundle::{Bundle, Catalogue};
use super::capability::{READ, takeover_names};
use super::names::Names;
use super::policy::Policy;
use super::scope::{IDENTITY, Scope, WP};

/// A policy in the words of bundles, as far as they reach.
#[derive(Clone, Debug, Serialize)]
pub struct Summary<'a> {
    /// Whether it gives everything that its user can do, but for takeover rights that are not listed.
    pub all: bool,
    /// Bundles that it gives.
    #[serde(serialize_with = "names_of")]
    pub bundles: Vec<&'a Bundle>,
    /// Capabilities that it gives beside them, sorted.
    pub capabilities: Vec<String>,
    /// Identity scopes.
    pub identity: Vec<String>,
    /// Routes that it opens, as clients spell them; null for all.
    pub routes: Option<Vec<String>>,
    /// Takeover rights that it gives.
    pub takeover: BTreeSet<String>,
    /// Whether it gives changes of the user's own account.
    pub account: bool,
}

impl<'a> Summary<'a> {
    /// What a policy gives that came of a scope. `takeover` are the takeover rights that the site adds,
    /// `rest_prefix` is the prefix of its REST addresses.
    #[must_use]
    pub fn of(
        policy: &Policy,
        scope: &Scope,
        catalogue: &'a Catalogue,
        takeover: &BTreeSet<String>,
        rest_prefix: &str,
    ) -> Self {
        let all = policy.caps == Names::All;
        let whole = scope.contains(WP);
        // With everything that a restricted client may have, what that is.
        let mut bundles = catalogue.bundles();
        bundles.retain(|bundle| {
            !all && (scope.contains(&bundle.name) && bundle.gives(policy) || whole && bundle.policy().within(policy))
        });
        let covered: BTreeSet<&String> = bundles.iter().flat_map(|bundle| &bundle.capabilities).collect();
        let capabilities = match &policy.caps {
            Names::Only(names) => {
                names.iter().filter(|name| *name != READ && !covered.contains(name)).cloned().collect()
            }
            Names::All => Vec::new(),
        };
        let routes = policy.routes.summary();
        Self {
            all,
            bundles,
            capabilities,
            identity: scope.tokens().filter(|token| IDENTITY.contains(token)).map(str::to_owned).collect(),
            routes: routes
                .map(|patterns| patterns.into_iter().map(|pattern| pattern.display_below(rest_prefix)).collect()),
            takeover: match &policy.takeover {
                Names::All => takeover_names(takeover),
                Names::Only(names) => names.clone(),
            },
            account: policy.account,
        }
    }
}

fn names_of<S: serde::Serializer>(bundles: &[&Bundle], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(bundles.iter().map(|bundle| &bundle.name))
}
