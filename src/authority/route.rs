//! REST routes, and the patterns of an allowlist: `METHOD /wp-json/path`, with `*` as a whole last segment.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Methods that a pattern may name. HEAD follows GET; what OPTIONS follows is `Authority`'s to say.
pub const METHODS: &[&str] = &["DELETE", "GET", "PATCH", "POST", "PUT"];

/// The longest path that is looked at, in bytes.
const MAX_PATH: usize = 1024;

/// Which requests a client may make.
///
/// A trailing `*` stands for one or more characters of any depth, so `GET /wp/v2/posts/*` covers `/wp/v2/posts/7` and
/// `/wp/v2/posts/7/revisions`, but neither `/wp/v2/posts` nor `/wp/v2/postsX`. Patterns are no regular expressions, and
/// compare paths byte for byte.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct RoutePattern {
    method: &'static str,
    /// Without the wildcard; ends in `/` if there is one.
    path: String,
    wildcard: bool,
}

/// Why a line is no pattern.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RouteError {
    /// Something that no route contains: white space, a control character, `%`, `\`, `?`, `#`, or a dot segment.
    #[error("the path has a character or segment that no route has")]
    Character,
    /// More than 1024 bytes.
    #[error("the path is longer than 1024 bytes")]
    Length,
    /// Not one of DELETE, GET, PATCH, POST, PUT.
    #[error("the method is not one of DELETE, GET, PATCH, POST, PUT")]
    Method,
    /// The path does not begin with `/`.
    #[error("the path does not begin with /")]
    Relative,
    /// Not two words.
    #[error("the line is not METHOD /path")]
    Shape,
    /// A `*` that is not the whole last segment.
    #[error("* can only be the whole last segment, as in /wp/v2/posts/*")]
    Wildcard,
}

impl RouteError {
    /// A key for the sentence that people read.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Character => "route_character",
            Self::Length => "route_length",
            Self::Method => "route_method",
            Self::Relative => "route_relative",
            Self::Shape => "route_shape",
            Self::Wildcard => "route_wildcard",
        }
    }
}

impl RoutePattern {
    /// Reads a line of an allowlist, with the site's REST prefix (`/wp-json`) or without it.
    ///
    /// # Errors
    /// [`RouteError`], saying what is wrong with the line.
    pub fn parse(line: &str, rest_prefix: &str) -> Result<Self, RouteError> {
        let (method, path) = line.trim().split_once([' ', '\t']).ok_or(RouteError::Shape)?;
        let upper = method.to_ascii_uppercase();
        let method = METHODS.iter().find(|known| **known == upper).copied().ok_or(RouteError::Method)?;
        let path = path.trim();
        if path.len() > MAX_PATH {
            return Err(RouteError::Length);
        }
        if !path.starts_with('/') {
            return Err(RouteError::Relative);
        }
        let path = below(path, rest_prefix.trim_matches('/'));
        let (stem, wildcard) = match path.strip_suffix("/*") {
            Some(_) => (path.strip_suffix('*').unwrap_or(path), true),
            None => (path, false),
        };
        if stem.contains('*') {
            return Err(RouteError::Wildcard);
        }
        if !is_plain(stem) {
            return Err(RouteError::Character);
        }
        // WordPress routes without the trailing slash.
        let path = match stem.trim_end_matches('/') {
            _ if wildcard => stem,
            "" => "/",
            trimmed => trimmed,
        };
        Ok(Self { method, path: path.to_owned(), wildcard })
    }

    /// Whether the pattern covers a request as WordPress dispatches it.
    #[must_use]
    pub fn covers(&self, method: &str, path: &str) -> bool {
        let method = if method == "HEAD" { "GET" } else { method };
        method == self.method && self.covers_path(path)
    }

    fn covers_path(&self, path: &str) -> bool {
        if self.wildcard {
            path.strip_prefix(self.path.as_str())
                .is_some_and(|rest| !rest.is_empty() && path.len() <= MAX_PATH && is_plain(path))
        } else {
            path == self.path
        }
    }

    /// Whether it covers requests that change nothing.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.method == "GET"
    }

    /// Whether every request that this pattern covers is covered by `other`.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        self.method == other.method
            && if other.wildcard {
                self.path.starts_with(&other.path) && (self.wildcard || self.path.len() > other.path.len())
            } else {
                !self.wildcard && self.path == other.path
            }
    }

    /// Whether some request is covered by both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.within(other) || other.within(self)
    }

    /// The pattern as a client knows it, below the REST prefix.
    #[must_use]
    pub fn display_below(&self, rest_prefix: &str) -> String {
        let star = if self.wildcard { "*" } else { "" };
        format!("{} /{}{}{star}", self.method, rest_prefix.trim_matches('/'), self.path)
    }
}

/// The path without the REST prefix, if it has it.
fn below<'a>(path: &'a str, prefix: &str) -> &'a str {
    match path.strip_prefix('/').and_then(|rest| rest.strip_prefix(prefix)) {
        Some("") if !prefix.is_empty() => "/",
        Some(rest) if rest.starts_with('/') && !prefix.is_empty() => rest,
        _ => path,
    }
}

/// Whether a path has only what routes have. Dot segments never resolve in WordPress; a wildcard must not seem to allow them.
fn is_plain(path: &str) -> bool {
    path.starts_with('/')
        && path.split('/').all(|segment| segment != "." && segment != "..")
        && !path.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '%' | '\\' | '?' | '#'))
}

impl fmt::Display for RoutePattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}{}", self.method, self.path, if self.wildcard { "*" } else { "" })
    }
}

impl FromStr for RoutePattern {
    type Err = RouteError;

    fn from_str(line: &str) -> Result<Self, RouteError> {
        Self::parse(line, "")
    }
}

impl Serialize for RoutePattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RoutePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
