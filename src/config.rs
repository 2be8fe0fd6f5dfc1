//! What the host configures. Read from `wp_options` and constants by PHP, parsed and judged here.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer};

use crate::model::number::{self, Epoch};
use crate::site::Site;

/// One grant type's site-wide switch.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct MethodConfig {
    /// Whether it may be used at all. Default: per grant type, see its file.
    pub enabled: bool,
    /// Moves each time the grant type is switched off: every token it made ends.
    pub epoch: Epoch,
}

/// Limits on failed client authentication, counted in fixed windows.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct LimitConfig {
    /// Failures of one client from one address before it is refused. Default 10: a person who mistypes, not a guesser.
    #[serde(deserialize_with = "number::deserialize")]
    pub per_client: i64,
    /// Failures from one address, whatever the client. Default 50: many services behind one address.
    #[serde(deserialize_with = "number::deserialize")]
    pub per_address: i64,
    /// Length of a window in seconds, 60 to 86400. Default 600.
    #[serde(deserialize_with = "number::deserialize")]
    pub window: i64,
}

impl Default for LimitConfig {
    fn default() -> Self {
        Self { per_client: 10, per_address: 50, window: 600 }
    }
}

/// The configuration of one site's server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Where the site lives and how it spells its addresses.
    pub site: Site,
    /// Grant types by name. One that is missing is off.
    #[serde(default, deserialize_with = "map_or_empty_list")]
    pub methods: BTreeMap<String, MethodConfig>,
    /// Lifetime of an access token in seconds, 60 to 86400. Default 3600: what clients expect.
    #[serde(default = "default_lifetime", deserialize_with = "number::deserialize")]
    pub access_token_lifetime: i64,
    /// Limits on failed authentication.
    #[serde(default)]
    pub limits: LimitConfig,
    /// Capabilities that a site adds to the takeover rights. It can only add.
    #[serde(default)]
    pub takeover: BTreeSet<String>,
    /// Whether plain http is accepted on a host that is not loopback. Default no; `WP_ENVIRONMENT_TYPE=local` says yes.
    #[serde(default)]
    pub insecure_http: bool,
}

/// PHP has one empty array: it arrives as a list.
fn map_or_empty_list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Wire<T> {
        Empty([T; 0]),
        Map(BTreeMap<String, T>),
    }
    Ok(match Wire::deserialize(deserializer)? {
        Wire::Empty([]) => BTreeMap::new(),
        Wire::Map(map) => map,
    })
}

const fn default_lifetime() -> i64 {
    3600
}

/// Why a configuration cannot serve.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// The access token lifetime is outside its range.
    #[error("access_token_lifetime: {0} is not between 60 and 86400 seconds")]
    Lifetime(i64),
    /// A limit is outside its range.
    #[error("limits: every count must be at least 1, the window between 60 and 86400 seconds")]
    Limits,
    /// It does not have the documented shape.
    #[error("the configuration is malformed: {0}")]
    Malformed(String),
    /// A site address is unusable.
    #[error("site: {0}")]
    Site(&'static str),
}

impl ServerConfig {
    /// Reads and judges a configuration.
    ///
    /// # Errors
    /// [`ConfigError`], naming the field.
    pub fn parse(value: serde_json::Value) -> Result<Self, ConfigError> {
        let config: Self = serde_json::from_value(value).map_err(|error| ConfigError::Malformed(error.to_string()))?;
        config.site.check().map_err(ConfigError::Site)?;
        if !(60..=86_400).contains(&config.access_token_lifetime) {
            return Err(ConfigError::Lifetime(config.access_token_lifetime));
        }
        let limits = config.limits;
        if limits.per_client < 1 || limits.per_address < 1 || !(60..=86_400).contains(&limits.window) {
            return Err(ConfigError::Limits);
        }
        Ok(config)
    }

    /// The site-wide switch of a grant type.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<&MethodConfig> {
        self.methods.get(name)
    }
}
