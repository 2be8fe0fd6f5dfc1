//! Scopes (RFC 6749 §3.3): what is asked for by name.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::authority::bundle::Catalogue;
use crate::authority::names::Names;
use crate::authority::policy::{Policy, Routes};

/// All that the client may do.
pub const WP: &str = "wp";

/// The scope that makes a request one of OpenID Connect (Core §3.1.2.1).
pub const OPENID: &str = "openid";

/// The scope that lets a client stay while nobody is there (OpenID Connect Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Scopes that release claims about the user and nothing else (OpenID Connect Core §5.4).
pub const IDENTITY: &[&str] = &["email", OFFLINE_ACCESS, OPENID, "profile"];

/// A set of scope tokens, compared case-sensitively.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Scope(BTreeSet<String>);

/// The text is no scope.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ScopeError {
    /// A comma: a client's separator is misconfigured.
    #[error("scopes are separated by spaces")]
    Comma,
    /// A character outside `%x21 / %x23-5B / %x5D-7E`.
    #[error("a scope has a character that scopes cannot have")]
    Character,
}

impl Scope {
    /// Reads a space-separated list.
    ///
    /// # Errors
    /// [`ScopeError`] on a character that RFC 6749 §3.3 does not allow.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.contains(',') && !text.contains(' ') {
            return Err(ScopeError::Comma);
        }
        let allowed = |byte: u8| byte == 0x21 || (0x23..=0x5b).contains(&byte) || (0x5d..=0x7e).contains(&byte);
        if !text.bytes().all(|byte| byte == b' ' || allowed(byte)) {
            return Err(ScopeError::Character);
        }
        Ok(Self(text.split(' ').filter(|token| !token.is_empty()).map(str::to_owned).collect()))
    }

    /// A scope of one token.
    #[must_use]
    pub fn one(token: &str) -> Self {
        Self(BTreeSet::from([token.to_owned()]))
    }

    /// Whether `token` is among them.
    #[must_use]
    pub fn contains(&self, token: &str) -> bool {
        self.0.contains(token)
    }

    /// The tokens, sorted.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tokens that `keep` accepts.
    #[must_use]
    pub fn filter(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|token| keep(token)).cloned().collect())
    }

    /// Whether each of these scopes is one of `other`'s, or a part of all that a client may.
    #[must_use]
    pub fn within(&self, other: &Self, catalogue: &Catalogue) -> bool {
        self.tokens().all(|token| other.contains(token) || (other.contains(WP) && catalogue.find(token).is_some()))
    }

    /// Σ(s): the union of what these scopes stand for. Unknown scopes stand for nothing.
    #[must_use]
    pub fn policy(&self, catalogue: &Catalogue) -> Policy {
        if self.0.contains(WP) {
            let identity = Names::only(self.0.iter().filter(|token| IDENTITY.contains(&token.as_str())).cloned());
            return Policy { identity, ..Policy::everything() };
        }
        let mut sum = Policy::nothing();
        let mut patterns = BTreeSet::new();
        for token in &self.0 {
            if IDENTITY.contains(&token.as_str()) {
                sum.identity = sum.identity.join(&Names::only([token.as_str()]));
            } else if let Some(bundle) = catalogue.find(token) {
                sum.caps = sum.caps.join(&bundle.policy().caps);
                patterns.extend(bundle.routes.iter().cloned());
            }
        }
        sum.routes = Routes::list(patterns);
        sum
    }

    /// The scopes that are known and give something within `ceiling`.
    #[must_use]
    pub fn effective(&self, ceiling: &Policy, catalogue: &Catalogue) -> Self {
        self.filter(|token| match token {
            WP => !ceiling.caps.is_empty(),
            _ if IDENTITY.contains(&token) => ceiling.identity.contains(token),
            _ => catalogue.find(token).is_some_and(|bundle| bundle.gives(ceiling)),
        })
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, token) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str(" ")?;
            }
            formatter.write_str(token)?;
        }
        Ok(())
    }
}
