//! Bundles: named sets of capabilities and routes that a scope stands for, in terms a person can judge.

use crate::authority::names::Names;
use crate::authority::policy::{Policy, Routes};
use crate::authority::route::RoutePattern;

/// A named set of capabilities and routes.
#[derive(Debug)]
pub struct Bundle {
    /// The scope's name.
    pub name: &'static str,
    /// Primitive capabilities, beside `read`.
    pub capabilities: &'static [&'static str],
    /// Route patterns, without the REST prefix.
    pub routes: &'static [&'static str],
}

/// The catalogue, sorted by name.
pub const BUNDLES: &[Bundle] = &[
    Bundle {
        name: "comments:read",
        capabilities: &["moderate_comments"],
        routes: &["GET /wp/v2/comments", "GET /wp/v2/comments/*"],
    },
    Bundle {
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
    Bundle {
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
    Bundle {
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
    Bundle { name: "media:read", capabilities: &[], routes: &["GET /wp/v2/media", "GET /wp/v2/media/*"] },
    Bundle {
        name: "media:write",
        capabilities: &["upload_files", "edit_posts", "delete_posts"],
        routes: &["POST /wp/v2/media", "POST /wp/v2/media/*", "DELETE /wp/v2/media/*"],
    },
];

impl Bundle {
    /// The bundle of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        BUNDLES.iter().find(|bundle| bundle.name == name)
    }

    /// What the bundle allows.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy {
            caps: Names::only(self.capabilities.iter().copied().chain([super::capability::READ])),
            routes: Routes::list(self.patterns()),
            ..Policy::nothing()
        }
    }

    /// The bundle's route patterns.
    pub fn patterns(&self) -> impl Iterator<Item = RoutePattern> {
        self.routes.iter().filter_map(|line| line.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_sorted_and_every_pattern_parses() {
        assert!(BUNDLES.is_sorted_by_key(|bundle| bundle.name));
        for bundle in BUNDLES {
            assert_eq!(bundle.patterns().count(), bundle.routes.len(), "{}", bundle.name);
        }
    }

    #[test]
    fn no_bundle_hides_a_takeover_right() {
        for capability in BUNDLES.iter().flat_map(|bundle| bundle.capabilities) {
            assert!(
                !super::super::capability::is_takeover(capability, &std::collections::BTreeSet::new()),
                "{capability}"
            );
        }
    }
}
