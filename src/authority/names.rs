//! A set of names, or all of them.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A set of names. `All` is neutral for [`Names::meet`]; `Only` the empty set absorbs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Names {
    /// Every name there is or will be.
    All,
    /// These.
    Only(BTreeSet<String>),
}

impl Names {
    /// No name.
    #[must_use]
    pub const fn none() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// These names.
    pub fn only<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self::Only(names.into_iter().map(Into::into).collect())
    }

    /// Whether `name` is in the set.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(name),
        }
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Only(names) if names.is_empty())
    }

    /// What both have: A ⊓ B.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, _) => other.clone(),
            (_, Self::All) => self.clone(),
            (Self::Only(one), Self::Only(two)) => Self::Only(one.intersection(two).cloned().collect()),
        }
    }

    /// What either has: A ⊔ B.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Only(one), Self::Only(two)) => Self::Only(one.union(two).cloned().collect()),
            _ => Self::All,
        }
    }

    /// Whether every name of this set is in the other: A ⊑ B.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::All) => true,
            (Self::All, Self::Only(_)) => false,
            (Self::Only(one), Self::Only(two)) => one.is_subset(two),
        }
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Only(names) => names.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Wire {
            All(String),
            Only(BTreeSet<String>),
        }
        match Wire::deserialize(deserializer)? {
            Wire::Only(names) => Ok(Self::Only(names)),
            Wire::All(word) if word == "all" => Ok(Self::All),
            Wire::All(_) => Err(serde::de::Error::custom("expected \"all\" or a list of names")),
        }
    }
}
