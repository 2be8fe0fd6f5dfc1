//! Policies at random over a vocabulary so small that they often meet.

use app_connect::authority::decision::Authority;
use app_connect::authority::names::Names;
use app_connect::authority::policy::{Policy, Routes};
use app_connect::authority::route::RoutePattern;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::RngSeed;

const CAPABILITIES: &[&str] = &["edit_posts", "moderate_comments", "publish_posts", "read", "upload_files"];
const TAKEOVER: &[&str] = &["edit_users", "manage_options", "unfiltered_html"];
const IDENTITY: &[&str] = &["email", "offline_access", "openid", "profile"];
const METHODS: &[&str] = &["DELETE", "GET", "PATCH", "POST", "PUT"];
const PATHS: &[&str] = &[
    "/",
    "/wp/v2/comments",
    "/wp/v2/media",
    "/wp/v2/posts",
    "/wp/v2/posts/7",
    "/wp/v2/posts/7/revisions",
    "/wp/v2/users/me",
];
const WILD: &[&str] = &["/*", "/wp/v2/*", "/wp/v2/posts/*", "/wp/v2/posts/7/*", "/wp/v2/media/*"];

/// The same cases in every run, so that a red test stays red until it is mended.
pub fn cases(number: u32) -> ProptestConfig {
    ProptestConfig {
        cases: number,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(6749),
        ..ProptestConfig::default()
    }
}

/// A pattern of an allowlist.
pub fn pattern() -> impl Strategy<Value = RoutePattern> {
    (select(METHODS), prop_oneof![select(PATHS), select(WILD)])
        .prop_map(|(method, path)| format!("{method} {path}").parse().unwrap())
}

/// Some names of a vocabulary, or all there are.
pub fn names(vocabulary: &'static [&'static str]) -> impl Strategy<Value = Names> {
    let some = subsequence(vocabulary, 0..=vocabulary.len()).prop_map(Names::only);
    prop_oneof![1 => Just(Names::All), 3 => some]
}

/// Routes of one to three lists, or all there are.
pub fn routes() -> impl Strategy<Value = Routes> {
    let lists = btree_set(btree_set(pattern(), 0..6), 1..4).prop_map(Routes::Every);
    prop_oneof![1 => Just(Routes::All), 4 => lists]
}

/// A policy.
pub fn policy() -> impl Strategy<Value = Policy> {
    (any::<bool>(), names(CAPABILITIES), names(IDENTITY), routes(), names(TAKEOVER))
        .prop_map(|(account, caps, identity, routes, takeover)| Policy { account, caps, identity, routes, takeover })
}

/// Two policies, the first often within the second.
pub fn related() -> impl Strategy<Value = (Policy, Policy)> {
    prop_oneof![
        (policy(), policy()),
        (policy(), policy()).prop_map(|(one, other)| (one.meet(&other), other)),
        (policy(), vec(pattern(), 0..3)).prop_map(|(other, more)| {
            // Fewer patterns in each list, which no text tells from more at first sight.
            let mut one = other.clone();
            if let Routes::Every(lists) = &mut one.routes {
                *lists = lists
                    .iter()
                    .map(|list| list.iter().filter(|pattern| !more.contains(pattern)).cloned().collect())
                    .collect();
            }
            (one, other)
        }),
    ]
}

/// A scope parameter, with words that mean nothing among the others.
pub fn scope() -> impl Strategy<Value = String> {
    let words = [
        "comments:read",
        "comments:write",
        "content:read",
        "content:write",
        "media:read",
        "media:write",
        "openid",
        "wp",
        "unheard-of",
    ];
    vec(select(words.to_vec()), 1..4).prop_map(|words| words.join(" "))
}

/// Some takeover rights.
pub fn held() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(TAKEOVER, 0..=TAKEOVER.len())
}

/// Every question that the vocabulary allows.
#[derive(Clone, Debug)]
pub enum Question {
    Account,
    OtherAccounts,
    Permits(Vec<&'static str>),
    Route(&'static str, &'static str),
}

impl Question {
    /// All of them.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::Account, Self::OtherAccounts, Self::Permits(vec![])];
        for name in CAPABILITIES.iter().chain(TAKEOVER).chain(&["exist", "do_not_allow", "unknown"]) {
            all.push(Self::Permits(vec![name]));
            all.push(Self::Permits(vec!["read", name]));
        }
        for path in PATHS.iter().chain(&["/wp/v2/users/7/application-passwords", "/wp/v2/postsX"]) {
            for method in METHODS.iter().chain(&["HEAD", "OPTIONS"]) {
                all.push(Self::Route(method, path));
            }
        }
        all
    }

    /// What an authority says to it.
    pub fn ask(&self, authority: &Authority) -> bool {
        match self {
            Self::Account => authority.allows_account(),
            Self::OtherAccounts => authority.allows_other_accounts(),
            Self::Permits(required) => authority.permits(required.iter().copied()),
            Self::Route(method, path) => authority.allows_route(method, path),
        }
    }
}

/// The authority of one policy alone.
pub fn alone(policy: &Policy) -> Authority {
    Authority::new(policy.clone(), Policy::everything(), std::collections::BTreeSet::new())
}
