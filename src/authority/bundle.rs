//! Bundles: named sets of capabilities and routes that a scope stands for, in terms a person can judge.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize};

use crate::authority::capability::{self, READ, is_takeover};
use crate::authority::names::Names;
use crate::authority::policy::{Policy, Routes};
use crate::authority::route::RoutePattern;
use crate::authority::scope::{IDENTITY, Scope, WP};

/// The longest name of a bundle, in bytes.
const MAX_NAME: usize = 64;

/// A named set of capabilities and routes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// The scope's name.
    pub name: String,
    /// Primitive capabilities, beside `read`.
    pub capabilities: BTreeSet<String>,
    /// Route patterns, without the REST prefix.
    pub routes: BTreeSet<RoutePattern>,
}

struct Definition {
    name: &'static str,
    capabilities: &'static [&'static str],
    routes: &'static [&'static str],
}

/// The built-in bundles, sorted by name.
const DEFINITIONS: &[Definition] = &[
    Definition {
        name: "comments:read",
        capabilities: &["moderate_comments"],
        routes: &["GET /wp/v2/comments", "GET /wp/v2/comments/*"],
    },
    Definition {
        name: "comments:write",
        capabilities: &["moderate_comments"],
        routes: &[
            "POST /wp/v2/comments",
            "POST /wp/v2/comments/*",
            "PUT /wp/v2/comments/*",
            "PATCH /wp/v2/comments/*",
            "DELETE /wp/v2/comments/*",
        ],
    },
    Definition {
        name: "content:read",
        capabilities: &["edit_posts", "edit_pages", "read_private_posts", "read_private_pages"],
        routes: &[
            "GET /wp/v2/posts",
            "GET /wp/v2/posts/*",
            "GET /wp/v2/pages",
            "GET /wp/v2/pages/*",
            "GET /wp/v2/categories",
            "GET /wp/v2/categories/*",
            "GET /wp/v2/tags",
            "GET /wp/v2/tags/*",
        ],
    },
    Definition {
        name: "content:write",
        capabilities: &[
            "delete_others_pages",
            "delete_others_posts",
            "delete_pages",
            "delete_posts",
            "delete_private_pages",
            "delete_private_posts",
            "delete_published_pages",
            "delete_published_posts",
            "edit_others_pages",
            "edit_others_posts",
            "edit_pages",
            "edit_posts",
            "edit_private_pages",
            "edit_private_posts",
            "edit_published_pages",
            "edit_published_posts",
            "manage_categories",
            "publish_pages",
            "publish_posts",
        ],
        routes: &[
            "POST /wp/v2/posts",
            "POST /wp/v2/posts/*",
            "PUT /wp/v2/posts/*",
            "PATCH /wp/v2/posts/*",
            "DELETE /wp/v2/posts/*",
            "POST /wp/v2/pages",
            "POST /wp/v2/pages/*",
            "PUT /wp/v2/pages/*",
            "PATCH /wp/v2/pages/*",
            "DELETE /wp/v2/pages/*",
            "POST /wp/v2/categories",
            "POST /wp/v2/categories/*",
            "DELETE /wp/v2/categories/*",
            "POST /wp/v2/tags",
            "POST /wp/v2/tags/*",
            "DELETE /wp/v2/tags/*",
        ],
    },
    Definition { name: "media:read", capabilities: &[], routes: &["GET /wp/v2/media", "GET /wp/v2/media/*"] },
    Definition {
        name: "media:write",
        capabilities: &["upload_files", "edit_posts", "delete_posts"],
        routes: &["POST /wp/v2/media", "POST /wp/v2/media/*", "DELETE /wp/v2/media/*"],
    },
];

/// The built-in bundles, read once per process: they never change.
static BUILT_IN: LazyLock<Vec<Bundle>> = LazyLock::new(|| {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let bundle = |definition: &Definition| Bundle {
        name: definition.name.to_owned(),
        capabilities: owned(definition.capabilities),
        routes: definition.routes.iter().filter_map(|line| line.parse().ok()).collect(),
    };
    DEFINITIONS.iter().map(bundle).collect()
});

impl Bundle {
    /// What the bundle allows.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy {
            caps: Names::only(self.capabilities.iter().map(String::as_str).chain([READ])),
            routes: Routes::list(self.routes.iter().cloned()),
            ..Policy::nothing()
        }
    }

    /// Whether it gives something within `ceiling`: what can be read without a right of its own, or what one of its rights is for.
    #[must_use]
    pub fn gives(&self, ceiling: &Policy) -> bool {
        let useful = self.capabilities.is_empty() || self.capabilities.iter().any(|name| ceiling.caps.contains(name));
        ceiling.caps.contains(READ)
            && ceiling.routes.reaches(self.routes.iter().filter(|pattern| useful || pattern.is_read()))
    }

    /// Whether a site may add it: a scope's name that means nothing yet, and no takeover right, which is never bundled.
    fn may_be_added(&self, takeover: &BTreeSet<String>) -> bool {
        let name = self.name.as_str();
        let is_scope = Scope::parse(name).is_ok_and(|scope| scope == Scope::one(name));
        (1..=MAX_NAME).contains(&name.len())
            && is_scope
            && name != WP
            && !IDENTITY.contains(&name)
            && BUILT_IN.iter().all(|bundle| bundle.name != name)
            && self.capabilities.iter().all(|name| capability::is_name(name) && !is_takeover(name, takeover))
    }
}

/// The bundles of a site: the built-in ones, and those that it adds.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    added: Vec<Bundle>,
}

impl Catalogue {
    /// All bundles, sorted by name.
    #[must_use]
    pub fn bundles(&self) -> Vec<&Bundle> {
        let mut bundles: Vec<&Bundle> = BUILT_IN.iter().chain(&self.added).collect();
        bundles.sort_by_key(|bundle| bundle.name.as_str());
        bundles
    }

    /// The bundle of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Bundle> {
        BUILT_IN.iter().chain(&self.added).find(|bundle| bundle.name == name)
    }

    /// The bundles that allow nothing but what `policy` allows.
    #[must_use]
    pub fn within(&self, policy: &Policy) -> Vec<&Bundle> {
        self.bundles().into_iter().filter(|bundle| bundle.policy().within(policy)).collect()
    }

    /// The catalogue without added bundles that no site may add, given the takeover rights that this one adds.
    #[must_use]
    pub fn checked(mut self, takeover: &BTreeSet<String>) -> Self {
        let mut seen = BTreeSet::new();
        self.added.retain(|bundle| bundle.may_be_added(takeover) && seen.insert(bundle.name.clone()));
        self
    }
}

/// What other plugins add must not take the server down: a bundle that cannot be read is none.
impl<'de> Deserialize<'de> for Catalogue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let added = Vec::<serde_json::Value>::deserialize(deserializer)?;
        Ok(Self { added: added.into_iter().filter_map(|bundle| serde_json::from_value(bundle).ok()).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_sorted_and_every_pattern_parses() {
        assert!(DEFINITIONS.is_sorted_by_key(|bundle| bundle.name));
        for (bundle, definition) in BUILT_IN.iter().zip(DEFINITIONS) {
            assert_eq!(bundle.routes.len(), definition.routes.len(), "{}", bundle.name);
        }
    }

    #[test]
    fn no_bundle_hides_a_takeover_right() {
        for capability in BUILT_IN.iter().flat_map(|bundle| &bundle.capabilities) {
            assert!(!is_takeover(capability, &BTreeSet::new()), "{capability}");
        }
    }
}
