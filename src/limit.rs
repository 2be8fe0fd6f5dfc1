//! Limits on failed attempts, counted in fixed windows: read before any slow hash, written on failure only.

use std::net::IpAddr;

use crate::config::LimitConfig;
use crate::error::OAuthError;
use crate::event::Event;
use crate::flow::{Host, HostError};
use crate::model::number::Id;
use crate::need::{CountFailure, Failures};
use crate::secret::token::TokenDigest;
use crate::time::UnixTime;

/// What limits one attempt: somebody's failures from one address, and all failures from that address. Somebody who fails
/// elsewhere locks nobody out here.
#[derive(Debug)]
pub struct Limit {
    start: UnixTime,
    end: UnixTime,
    /// One bucket each, with the most failures that it may hold.
    counted: Vec<(TokenDigest, i64)>,
    /// Holds whether the record says already that attempts from the address are refused.
    told: TokenDigest,
    address: Option<IpAddr>,
}

impl Limit {
    /// The limit on attempts of a kind in somebody's name.
    #[must_use]
    pub fn on(kind: &str, who: &str, address: Option<IpAddr>, limits: &LimitConfig, now: UnixTime) -> Self {
        let network = network(address);
        let who = TokenDigest::of(who.as_bytes());
        let bucket = |whose: &str| TokenDigest::of(format!("{kind}|{whose}|{network}").as_bytes());
        Self {
            counted: vec![(bucket(who.as_str()), limits.per_client), (bucket("*"), limits.per_address)],
            told: bucket("told"),
            ..Self::none(address, limits, now)
        }
    }

    /// No limit: for an attempt in which nothing can be guessed.
    #[must_use]
    pub fn none(address: Option<IpAddr>, limits: &LimitConfig, now: UnixTime) -> Self {
        let into = now.0.checked_rem_euclid(limits.window).unwrap_or(0);
        let start = now.plus(into.saturating_neg());
        Self { start, end: start.plus(limits.window), counted: Vec::new(), told: TokenDigest::of(b""), address }
    }

    /// Whether anything is counted.
    #[must_use]
    pub fn counts(&self) -> bool {
        !self.counted.is_empty()
    }

    /// Where the window starts.
    #[must_use]
    pub const fn start(&self) -> UnixTime {
        self.start
    }

    /// What to read before the attempt.
    #[must_use]
    pub fn buckets(&self) -> Vec<TokenDigest> {
        let mut buckets: Vec<TokenDigest> = self.counted.iter().map(|(bucket, _)| bucket.clone()).collect();
        if self.counts() {
            buckets.push(self.told.clone());
        }
        buckets
    }

    /// Refuses the attempt if there were too many failures. That is told once in a window: whoever goes on and on does not
    /// fill the record.
    ///
    /// # Errors
    /// [`OAuthError::TooMany`], and the host's.
    pub async fn check(
        &self,
        failures: &[Failures],
        client: Option<Id>,
        host: &Host,
        now: UnixTime,
    ) -> Result<(), OAuthError> {
        let hits = |bucket: &TokenDigest| failures.iter().find(|row| row.bucket == *bucket).map_or(0, |row| row.hits);
        if self.counted.iter().all(|(bucket, most)| hits(bucket) < *most) {
            return Ok(());
        }
        if hits(&self.told) == 0 {
            host.ask(CountFailure { buckets: vec![self.told.clone()], window_start: self.start }).await?;
            host.tell(Event::RateLimited { client, address: self.address.map(|address| address.to_string()) });
        }
        Err(OAuthError::TooMany { retry_after: now.until(self.end) })
    }

    /// Counts a failed attempt.
    ///
    /// # Errors
    /// The host's.
    pub async fn count(&self, host: &Host) -> Result<(), HostError> {
        if !self.counts() {
            return Ok(());
        }
        let buckets = self.counted.iter().map(|(bucket, _)| bucket.clone()).collect();
        host.ask(CountFailure { buckets, window_start: self.start }).await
    }
}

/// Who counts as one address: an IPv4 address, or the /64 that an IPv6 host commands.
fn network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => format!("{:x}", u128::from(address) >> 64),
        None => String::new(),
    }
}
