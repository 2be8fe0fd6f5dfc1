//! The only unit of authority: plain data, canonical JSON, named by its digest, immutable.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::authority::names::Names;
use crate::authority::route::RoutePattern;

/// Which routes a policy allows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Routes {
    /// Every route.
    All,
    /// Only what a pattern of *every* list covers. An empty list covers nothing.
    Every(BTreeSet<BTreeSet<RoutePattern>>),
}

impl Routes {
    /// What these patterns cover.
    pub fn list(patterns: impl IntoIterator<Item = RoutePattern>) -> Self {
        Self::Every(BTreeSet::from([patterns.into_iter().collect()]))
    }

    /// No route.
    #[must_use]
    pub fn none() -> Self {
        Self::list([])
    }

    /// Whether a request as WordPress dispatches it is covered.
    #[must_use]
    pub fn covers(&self, method: &str, path: &str) -> bool {
        match self {
            Self::All => true,
            Self::Every(lists) => lists.iter().all(|list| list.iter().any(|pattern| pattern.covers(method, path))),
        }
    }

    fn meet(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, _) => other.clone(),
            (_, Self::All) => self.clone(),
            (Self::Every(one), Self::Every(two)) => Self::Every(one.union(two).cloned().collect()),
        }
    }

    /// Sound, not complete: for each list that the other demands, one of ours is covered by it pattern by pattern.
    fn within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::All) => true,
            (Self::All, Self::Every(_)) => false,
            (Self::Every(ours), Self::Every(theirs)) => theirs.iter().all(|demanded| {
                ours.iter().any(|list| list.iter().all(|pattern| demanded.iter().any(|wider| pattern.within(wider))))
            }),
        }
    }

    /// Whether some request that one of `patterns` covers is covered here too.
    pub fn reaches<'a>(&self, patterns: impl IntoIterator<Item = &'a RoutePattern>) -> bool {
        match self {
            Self::All => true,
            Self::Every(lists) => patterns
                .into_iter()
                .any(|pattern| lists.iter().all(|list| list.iter().any(|other| other.overlaps(pattern)))),
        }
    }

    /// The patterns that say, as far as patterns can, what all lists allow together; `None` for every route.
    #[must_use]
    pub fn summary(&self) -> Option<BTreeSet<&RoutePattern>> {
        let Self::Every(lists) = self else {
            return None;
        };
        let covered = |pattern: &RoutePattern| lists.iter().all(|list| list.iter().any(|wider| pattern.within(wider)));
        Some(lists.iter().flatten().filter(|pattern| covered(pattern)).collect())
    }
}

impl Serialize for Routes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Every(lists) => lists.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Routes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Wire {
            All(String),
            Every(BTreeSet<BTreeSet<RoutePattern>>),
        }
        match Wire::deserialize(deserializer)? {
            // No list demands nothing: that would be every route, which has its own word.
            Wire::Every(lists) if !lists.is_empty() => Ok(Self::Every(lists)),
            Wire::All(word) if word == "all" => Ok(Self::All),
            _ => Err(serde::de::Error::custom("expected \"all\" or lists of route patterns")),
        }
    }
}

/// What may be done: capabilities, takeover rights, routes, identity claims, and the user's own account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    /// Whether the user's own password, e-mail, login, roles and application passwords may be changed.
    pub account: bool,
    /// Primitive capabilities other than takeover rights.
    pub caps: Names,
    /// Identity scopes.
    pub identity: Names,
    /// REST routes.
    pub routes: Routes,
    /// Takeover rights.
    pub takeover: Names,
}

/// The wire form: canonical because members and sets are sorted.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Canonical {
    account: bool,
    caps: Names,
    identity: Names,
    routes: Routes,
    takeover: Names,
}

impl Policy {
    /// Everything: neutral for [`Policy::meet`].
    #[must_use]
    pub const fn everything() -> Self {
        Self { account: true, caps: Names::All, identity: Names::All, routes: Routes::All, takeover: Names::All }
    }

    /// Nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            account: false,
            caps: Names::none(),
            identity: Names::none(),
            routes: Routes::none(),
            takeover: Names::none(),
        }
    }

    /// What both allow: A ⊓ B.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        Self {
            account: self.account && other.account,
            caps: self.caps.meet(&other.caps),
            identity: self.identity.meet(&other.identity),
            routes: self.routes.meet(&other.routes),
            takeover: self.takeover.meet(&other.takeover),
        }
    }

    /// Whether this allows nothing that the other does not: A ⊑ B. False when in doubt about routes.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        (other.account || !self.account)
            && self.caps.within(&other.caps)
            && self.identity.within(&other.identity)
            && self.routes.within(&other.routes)
            && self.takeover.within(&other.takeover)
    }

    /// The same with only those takeover rights that a user held when it was granted.
    #[must_use]
    pub fn held(&self, takeover: &Names) -> Self {
        Self { takeover: self.takeover.meet(takeover), ..self.clone() }
    }

    /// Canonical JSON: equal policies have equal text.
    #[must_use]
    pub fn canonical(&self) -> String {
        let Self { account, caps, identity, routes, takeover } = self.clone();
        // Serializing sets of strings to memory cannot fail; text that no policy has would only be refused when read.
        serde_json::to_string(&Canonical { account, caps, identity, routes, takeover }).unwrap_or_default()
    }

    /// Reads canonical JSON.
    ///
    /// # Errors
    /// `serde_json`'s, when the text is no policy.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let Canonical { account, caps, identity, routes, takeover } = serde_json::from_str(text)?;
        Ok(Self { account, caps, identity, routes, takeover })
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
