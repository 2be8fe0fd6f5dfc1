//! The settings that an administrator changes: their ranges, and what is wrong with what was filled in.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::authority::capability;
use crate::model::draft::FieldError;

/// A number among the settings.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Range {
    /// The setting's name.
    #[serde(skip)]
    pub name: &'static str,
    /// Its value until somebody changes it.
    pub default: i64,
    /// The smallest value.
    pub min: i64,
    /// The largest value.
    pub max: i64,
}

/// Lifetime of an access token, in seconds. An hour is what clients expect.
pub const ACCESS_TOKEN_LIFETIME: Range = Range { name: "access_token_lifetime", default: 3600, min: 60, max: 86_400 };
/// How far back the record of what happened goes, in seconds: a month.
pub const ACTIVITY_RETENTION: Range =
    Range { name: "activity_retention", default: 2_592_000, min: 86_400, max: 63_072_000 };
/// Lifetime of an authorization code, in seconds: slow browsers; RFC 6749 §4.1.2 allows 600.
pub const AUTHORIZATION_CODE_LIFETIME: Range =
    Range { name: "authorization_code_lifetime", default: 120, min: 30, max: 600 };
/// For how long a key signs, in seconds: a season. A token needs its key for a day at most.
pub const KEY_ROTATION: Range = Range { name: "key_rotation", default: 7_776_000, min: 86_400, max: 315_360_000 };
/// Failures of one client from one address before it is refused: a person who mistypes, not a guesser.
pub const LIMITS_PER_CLIENT: Range = Range { name: "limits_per_client", default: 10, min: 1, max: 100_000 };
/// Failures from one address, whatever the client: many services may be behind one.
pub const LIMITS_PER_ADDRESS: Range = Range { name: "limits_per_address", default: 50, min: 1, max: 100_000 };
/// The window in which failures are counted, in seconds.
pub const LIMITS_WINDOW: Range = Range { name: "limits_window", default: 600, min: 60, max: 86_400 };

/// How long a session goes on without being refreshed, in seconds: an app that was not opened for a month asks again.
pub const REFRESH_TOKEN_LIFETIME: Range =
    Range { name: "refresh_token_lifetime", default: 2_592_000, min: 3600, max: 31_536_000 };
/// How long a session goes on at most, in seconds: a year.
pub const SESSION_LIFETIME: Range =
    Range { name: "session_lifetime", default: 31_536_000, min: 3600, max: 157_680_000 };

/// Every number, sorted by name.
pub const RANGES: &[&Range] = &[
    &ACCESS_TOKEN_LIFETIME,
    &ACTIVITY_RETENTION,
    &AUTHORIZATION_CODE_LIFETIME,
    &KEY_ROTATION,
    &LIMITS_PER_ADDRESS,
    &LIMITS_PER_CLIENT,
    &LIMITS_WINDOW,
    &REFRESH_TOKEN_LIFETIME,
    &SESSION_LIFETIME,
];

/// The longest list, in lines: settings are loaded with every request.
const MAX_LINES: usize = 50;

impl Range {
    /// Whether `number` lies in it.
    #[must_use]
    pub const fn has(&self, number: i64) -> bool {
        self.min <= number && number <= self.max
    }
}

/// What was filled in. A setting that is missing is not judged.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SettingsDraft {
    /// See [`ACCESS_TOKEN_LIFETIME`].
    pub access_token_lifetime: Option<i64>,
    /// See [`ACTIVITY_RETENTION`].
    pub activity_retention: Option<i64>,
    /// See [`AUTHORIZATION_CODE_LIFETIME`].
    pub authorization_code_lifetime: Option<i64>,
    /// See [`KEY_ROTATION`].
    pub key_rotation: Option<i64>,
    /// See [`LIMITS_PER_ADDRESS`].
    pub limits_per_address: Option<i64>,
    /// See [`LIMITS_PER_CLIENT`].
    pub limits_per_client: Option<i64>,
    /// See [`LIMITS_WINDOW`].
    pub limits_window: Option<i64>,
    /// See [`REFRESH_TOKEN_LIFETIME`].
    pub refresh_token_lifetime: Option<i64>,
    /// See [`SESSION_LIFETIME`].
    pub session_lifetime: Option<i64>,
    /// Capabilities that the site adds to the takeover rights, one a line.
    pub takeover: Vec<String>,
    /// Proxies, one a line: an address or a network.
    pub trusted_proxies: Vec<String>,
}

impl SettingsDraft {
    /// Everything that is wrong with it. Blank lines are nothing.
    #[must_use]
    pub fn check(&self) -> Vec<FieldError> {
        let numbers = [
            self.access_token_lifetime,
            self.activity_retention,
            self.authorization_code_lifetime,
            self.key_rotation,
            self.limits_per_address,
            self.limits_per_client,
            self.limits_window,
            self.refresh_token_lifetime,
            self.session_lifetime,
        ];
        let mut errors: Vec<FieldError> = RANGES
            .iter()
            .zip(numbers)
            .filter(|(range, number)| number.is_some_and(|number| !range.has(number)))
            .map(|(range, _)| FieldError::new(range.name, "range", format!("{} to {}", range.min, range.max)))
            .collect();
        let is_name = |line: &str| capability::is_name(line).then_some(());
        lines("takeover", &self.takeover, "invalid", "not a capability name", is_name, &mut errors);
        let is_network = |line: &str| network(line).map(drop);
        lines(
            "trusted_proxies",
            &self.trusted_proxies,
            "address",
            "not an IP address or network",
            is_network,
            &mut errors,
        );
        errors
    }
}

/// An address or a network in the notation of RFC 4632 §3.1. A network of all addresses would trust everybody.
#[must_use]
pub fn network(line: &str) -> Option<IpNet> {
    let line = line.trim();
    let network = line.parse::<IpNet>().ok().or_else(|| line.parse::<IpAddr>().ok().map(IpNet::from))?;
    (network.prefix_len() > 0).then_some(network)
}

fn lines(
    field: &'static str,
    lines: &[String],
    code: &'static str,
    detail: &'static str,
    read: impl Fn(&str) -> Option<()>,
    errors: &mut Vec<FieldError>,
) {
    if lines.len() > MAX_LINES {
        errors.push(FieldError::new(field, "too_many", "at most 50 lines"));
        return;
    }
    let filled = lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let bad = filled.filter(|(_, line)| read(line.trim()).is_none());
    errors.extend(bad.map(|(index, _)| FieldError::at(field, index, code, detail)));
}
