//! What the host configures. Read from `wp_options` and constants by PHP, parsed and judged here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use fluent_uri::Uri;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer};

use crate::authority::bundle::Catalogue;
use crate::issuer::IssuerPlace;
use crate::jose::{self, KeyType, SigningAlgorithm};
use crate::model::number::{self, Epoch};
use crate::model::token_format::TokenFormat;
use crate::secret::vault::SiteSecret;
use crate::settings::{
    self, ACCESS_TOKEN_LIFETIME, AUTHORIZATION_CODE_LIFETIME, KEY_ROTATION, LIMITS_PER_ADDRESS, LIMITS_PER_CLIENT,
    LIMITS_WINDOW, REFRESH_TOKEN_LIFETIME, Range, SESSION_LIFETIME,
};
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
    /// Failures of one client from one address before it is refused.
    #[serde(deserialize_with = "number::deserialize")]
    pub per_client: i64,
    /// Failures from one address, whatever the client.
    #[serde(deserialize_with = "number::deserialize")]
    pub per_address: i64,
    /// Length of a window in seconds.
    #[serde(deserialize_with = "number::deserialize")]
    pub window: i64,
}

impl Default for LimitConfig {
    fn default() -> Self {
        Self {
            per_client: LIMITS_PER_CLIENT.default,
            per_address: LIMITS_PER_ADDRESS.default,
            window: LIMITS_WINDOW.default,
        }
    }
}

/// What the site signs with.
#[derive(Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SigningConfig {
    /// The kind of key.
    #[serde(deserialize_with = "key_type")]
    key_type: (&'static dyn SigningAlgorithm, &'static KeyType),
    /// For how long a key signs, in seconds.
    #[serde(deserialize_with = "number::deserialize")]
    pub rotation: i64,
}

impl SigningConfig {
    /// The kind of key that signs, and its algorithm.
    #[must_use]
    pub const fn kind(&self) -> (&'static dyn SigningAlgorithm, &'static KeyType) {
        self.key_type
    }
}

impl Default for SigningConfig {
    fn default() -> Self {
        Self { key_type: jose::DEFAULT_KEY_TYPE, rotation: KEY_ROTATION.default }
    }
}

impl fmt::Debug for SigningConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningConfig").field("key_type", self.key_type.1).finish_non_exhaustive()
    }
}

fn key_type<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<(&'static dyn SigningAlgorithm, &'static KeyType), D::Error> {
    let name = String::deserialize(deserializer)?;
    jose::find_key_type(&name).ok_or_else(|| serde::de::Error::custom("no such kind of key"))
}

/// The configuration of one site's server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Whether the server answers at all. Off, nothing is issued and no token is taken, and nothing is lost.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// An issuer other than the site's own address: `APP_CONNECT_ISSUER`.
    #[serde(default)]
    pub issuer: Option<String>,
    /// Where the issuer is, unless the host names one. Default: the site's address. Where it cannot be under the REST routes
    /// it is the site's address, too.
    #[serde(default)]
    pub issuer_place: IssuerPlace,
    /// The issuer under the REST routes, if that is what it is.
    #[serde(skip)]
    rest_issuer: Option<String>,
    /// Where the site lives and how it spells its addresses.
    pub site: Site,
    /// Which site this was when an administrator last said so, as [`Site::digest`] has it; null if nobody has yet.
    #[serde(default)]
    pub known_site: Option<String>,
    /// Grant types by name. One that is missing is off.
    #[serde(default, deserialize_with = "map_or_empty_list")]
    pub methods: BTreeMap<String, MethodConfig>,
    /// Lifetime of an authorization code in seconds.
    #[serde(default = "default_code_lifetime", deserialize_with = "number::deserialize")]
    pub authorization_code_lifetime: i64,
    /// Bundles that the site adds to the built-in ones.
    #[serde(default)]
    pub bundles: Catalogue,
    /// Whether `http://localhost` is a loopback redirect URI like `http://127.0.0.1`. Default yes: developers use it.
    #[serde(default = "yes")]
    pub localhost_redirects: bool,
    /// Lifetime of an access token in seconds.
    #[serde(default = "default_lifetime", deserialize_with = "number::deserialize")]
    pub access_token_lifetime: i64,
    /// How long a session goes on without being refreshed, in seconds.
    #[serde(default = "default_idle_lifetime", deserialize_with = "number::deserialize")]
    pub refresh_token_lifetime: i64,
    /// How long a session goes on at most, in seconds.
    #[serde(default = "default_session_lifetime", deserialize_with = "number::deserialize")]
    pub session_lifetime: i64,
    /// Whether apps are told the roles of the people who sign in. Default no: a role says what an account is worth.
    #[serde(default)]
    pub role_claims: bool,
    /// What access tokens look like, unless a client says otherwise.
    #[serde(default)]
    pub access_token_format: TokenFormat,
    /// What signs them, if they are signed.
    #[serde(default)]
    pub signing: SigningConfig,
    /// The secrets in wp-config.php.
    #[serde(default)]
    pub site_secret: SiteSecret,
    /// Limits on failed authentication.
    #[serde(default)]
    pub limits: LimitConfig,
    /// Capabilities that a site adds to the takeover rights. It can only add.
    #[serde(default)]
    pub takeover: BTreeSet<String>,
    /// Proxies whose `X-Forwarded-For` is believed, each an address or a network. What is neither is not believed.
    #[serde(default, deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
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

fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let lines = Vec::<String>::deserialize(deserializer)?;
    Ok(lines.iter().filter_map(|line| settings::network(line)).collect())
}

const fn default_lifetime() -> i64 {
    ACCESS_TOKEN_LIFETIME.default
}

const fn default_code_lifetime() -> i64 {
    AUTHORIZATION_CODE_LIFETIME.default
}

const fn default_idle_lifetime() -> i64 {
    REFRESH_TOKEN_LIFETIME.default
}

const fn default_session_lifetime() -> i64 {
    SESSION_LIFETIME.default
}

const fn yes() -> bool {
    true
}

/// Why a configuration cannot serve.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// The issuer is no absolute address, or has a query or fragment (RFC 8414 §2).
    #[error("issuer: not an https address without query and fragment")]
    Issuer,
    /// It does not have the documented shape.
    #[error("the configuration is malformed: {0}")]
    Malformed(String),
    /// A number is outside its range.
    #[error("{}: {given} is not between {} and {}", .range.name, .range.min, .range.max)]
    Range {
        /// The setting.
        range: &'static Range,
        /// What it was given.
        given: i64,
    },
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
        let mut config: Self =
            serde_json::from_value(value).map_err(|error| ConfigError::Malformed(error.to_string()))?;
        config.bundles = config.bundles.checked(&config.takeover);
        config.site.check().map_err(ConfigError::Site)?;
        if config.issuer.as_ref().is_some_and(|issuer| !is_issuer(issuer)) {
            return Err(ConfigError::Issuer);
        }
        if config.issuer.is_none() && config.issuer_place == IssuerPlace::Rest {
            config.rest_issuer = config.issuer_place.issuer(&config.site);
        }
        let LimitConfig { per_client, per_address, window } = config.limits;
        let numbers = [
            (&ACCESS_TOKEN_LIFETIME, config.access_token_lifetime),
            (&AUTHORIZATION_CODE_LIFETIME, config.authorization_code_lifetime),
            (&KEY_ROTATION, config.signing.rotation),
            (&LIMITS_PER_CLIENT, per_client),
            (&LIMITS_PER_ADDRESS, per_address),
            (&LIMITS_WINDOW, window),
            (&REFRESH_TOKEN_LIFETIME, config.refresh_token_lifetime),
            (&SESSION_LIFETIME, config.session_lifetime),
        ];
        match numbers.into_iter().find(|(range, number)| !range.has(*number)) {
            Some((range, given)) => Err(ConfigError::Range { range, given }),
            None => Ok(config),
        }
    }

    /// Whether this is another site than an administrator knows: it moved, or it is a copy.
    #[must_use]
    pub fn has_moved(&self) -> bool {
        self.known_site.as_ref().is_some_and(|known| known != self.site.digest().as_str())
    }

    /// The issuer identifier: what the host says, or else what an administrator chose.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.issuer.as_deref().or(self.rest_issuer.as_deref()).unwrap_or_else(|| self.site.home())
    }

    /// The names by which documents are looked up here: the issuer's, and the site's own address, unless an administrator left
    /// what is below that to others.
    #[must_use]
    pub fn looked_up(&self) -> Vec<&str> {
        let mut names = vec![self.issuer()];
        if self.rest_issuer.is_none() && self.issuer() != self.site.home() {
            names.push(self.site.home());
        }
        names
    }

    /// Whether this site speaks plain http: on loopback, or because the host says that it is a local one.
    #[must_use]
    pub fn allows_plain_http(&self) -> bool {
        self.insecure_http || self.site.is_loopback()
    }

    /// Whether `resource` (RFC 8707) names what tokens are for here: the site's REST API, with or without its last slash.
    #[must_use]
    pub fn serves(&self, resource: &str) -> bool {
        resource.trim_end_matches('/') == self.site.rest_url("/").trim_end_matches('/')
    }

    /// Whether a grant type may be used at all.
    #[must_use]
    pub fn allows(&self, name: &str) -> bool {
        self.method(name).is_some_and(|method| method.enabled)
    }

    /// The site-wide switch of a grant type.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<&MethodConfig> {
        self.methods.get(name)
    }
}

/// Plain http is good for a site that runs on http: what it issues is refused elsewhere for other reasons.
fn is_issuer(issuer: &str) -> bool {
    Uri::parse(issuer).is_ok_and(|uri| {
        matches!(uri.scheme().as_str(), "http" | "https")
            && uri.authority().is_some_and(|place| place.userinfo().is_none() && !place.host().is_empty())
            && uri.query().is_none()
            && uri.fragment().is_none()
    })
}
