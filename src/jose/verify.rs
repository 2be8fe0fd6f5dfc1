//! The strict verifier (RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725).
//!
//! It pins type, algorithm and issuer, requires every claim with its right JSON type, and fetches nothing. Of the defaults of
//! `jsonwebtoken` 11 none is relied on: it takes a missing `aud` or `iss` where one is expected, an array for `iss`, fractions
//! for times, a future `iat`, a minute of leeway, no `nbf`, and the clock. Only its signatures are used.

use serde_json::{Map, Value};

use super::jwk::{Jwk, KeySet};
use super::jws::{Compact, JwsError};
use super::jwt;
use crate::time::UnixTime;

/// The type of an access token (RFC 9068 §2.1).
pub const ACCESS_TOKEN: &str = "at+jwt";
/// The longest leeway, in seconds: clocks of servers are closer than that.
pub const MAX_LEEWAY: i64 = 60;
/// The longest name of a key, in bytes.
const MAX_KID: usize = 256;
/// The largest time that is one: beyond it doubles, and so other readers, lose whole seconds.
const MAX_TIME: i64 = 1 << 53;
/// Claims beyond those of every token that tokens of a type must have, each a text.
const MORE_CLAIMS: &[(&str, &[&str])] = &[(ACCESS_TOKEN, &["client_id", "jti"])];

/// What a token must be.
#[derive(Debug)]
pub struct Expectation<'a> {
    /// Who made it.
    pub issuer: &'a str,
    /// Whom it is for: one of its audiences.
    pub audience: &'a str,
    /// Its type, without `application/`.
    pub typ: &'a str,
    /// Seconds by which clocks may differ, at most [`MAX_LEEWAY`].
    pub leeway: i64,
    /// The algorithms that are good enough; `None` for every one that there is.
    pub algorithms: Option<Vec<&'a str>>,
}

/// Why a token is refused. For logs and tests; whoever sent it learns that it is invalid.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum JwtError {
    /// It names another algorithm than its key has, or none that there is.
    #[error("the algorithm is not the key's")]
    Algorithm,
    /// It is for somebody else.
    #[error("it is for another audience")]
    Audience,
    /// A claim is missing or has another type.
    #[error("the claim {0} is missing or malformed")]
    Claim(&'static str),
    /// Past its end.
    #[error("it expired")]
    Expired,
    /// Its header has a member that is refused.
    #[error("the header has a member that is refused")]
    Header,
    /// Somebody else made it.
    #[error("another issuer made it")]
    Issuer,
    /// It names no key of the set.
    #[error("it names no known key")]
    Key,
    /// It is no signed token at all.
    #[error("it is no signed token")]
    Malformed,
    /// Its signature is wrong.
    #[error("the signature is wrong")]
    Signature,
    /// It is from the future.
    #[error("it is not valid yet")]
    TooEarly,
    /// It is a token of another type.
    #[error("it is of another type")]
    Type,
}

impl From<JwsError> for JwtError {
    fn from(error: JwsError) -> Self {
        match error {
            JwsError::Algorithm => Self::Algorithm,
            JwsError::Header => Self::Header,
            JwsError::Malformed => Self::Malformed,
            JwsError::Signature => Self::Signature,
        }
    }
}

/// Verifies a token, and answers its claims.
///
/// # Errors
/// [`JwtError`], the first reason found.
pub fn verify(
    token: &[u8],
    keys: &KeySet,
    expected: &Expectation<'_>,
    now: UnixTime,
) -> Result<Map<String, Value>, JwtError> {
    let token = Compact::split(token).ok_or(JwtError::Malformed)?;
    token.check(named_key(&token.header, keys, expected)?)?;
    let claims = jwt::claims(&token).ok_or(JwtError::Malformed)?;
    check_claims(&claims, expected, now)?;
    Ok(claims)
}

/// Verifies a token that may have expired: as it was when it was made.
///
/// # Errors
/// As [`verify`].
pub fn verify_expired(token: &[u8], keys: &KeySet, expected: &Expectation<'_>) -> Result<Map<String, Value>, JwtError> {
    let claims = Compact::split(token).and_then(|token| jwt::claims(&token)).ok_or(JwtError::Malformed)?;
    let made = time(&claims, "iat")?.ok_or(JwtError::Claim("iat"))?;
    verify(token, keys, expected, made)
}

/// The key that a header names, if the token is of the right type and the algorithm of that key good enough.
fn named_key<'a>(
    header: &Map<String, Value>,
    keys: &'a KeySet,
    expected: &Expectation<'_>,
) -> Result<&'a Jwk, JwtError> {
    let member = |name: &str| header.get(name).and_then(Value::as_str);
    if !member("typ").is_some_and(|named| is_type(named, expected.typ)) {
        return Err(JwtError::Type);
    }
    let kid = member("kid").filter(|kid| kid.len() <= MAX_KID).ok_or(JwtError::Key)?;
    let key = keys.find(kid).ok_or(JwtError::Key)?;
    let wanted = expected.algorithms.as_ref().is_none_or(|names| names.contains(&key.algorithm.name()));
    if wanted { Ok(key) } else { Err(JwtError::Algorithm) }
}

/// RFC 7515 §4.1.9: media types are compared without regard to case, `application/` may be left out.
fn is_type(named: &str, expected: &str) -> bool {
    let short =
        named.get(..12).filter(|start| start.eq_ignore_ascii_case("application/")).and_then(|_| named.get(12..));
    short.unwrap_or(named).eq_ignore_ascii_case(expected)
}

fn check_claims(claims: &Map<String, Value>, expected: &Expectation<'_>, now: UnixTime) -> Result<(), JwtError> {
    let leeway = expected.leeway.clamp(0, MAX_LEEWAY);
    if text(claims, "iss")? != expected.issuer {
        return Err(JwtError::Issuer);
    }
    check_audience(claims.get("aud"), expected.audience)?;
    text(claims, "sub")?;
    for (_, names) in MORE_CLAIMS.iter().filter(|(typ, _)| is_type(expected.typ, typ)) {
        for name in *names {
            text(claims, name)?;
        }
    }
    if now >= time(claims, "exp")?.ok_or(JwtError::Claim("exp"))?.plus(leeway) {
        return Err(JwtError::Expired);
    }
    let issued = time(claims, "iat")?.ok_or(JwtError::Claim("iat"))?;
    let begins = time(claims, "nbf")?.unwrap_or(issued);
    if issued.max(begins) > now.plus(leeway) {
        return Err(JwtError::TooEarly);
    }
    Ok(())
}

/// RFC 7519 §4.1.3: one text, or some of them.
fn check_audience(audience: Option<&Value>, expected: &str) -> Result<(), JwtError> {
    let named = match audience {
        Some(Value::String(one)) => one == expected,
        Some(Value::Array(some)) if !some.is_empty() && some.iter().all(Value::is_string) => {
            some.iter().any(|one| one == expected)
        }
        _ => return Err(JwtError::Claim("aud")),
    };
    if named { Ok(()) } else { Err(JwtError::Audience) }
}

/// A claim that is a text, and not an empty one.
fn text<'a>(claims: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, JwtError> {
    claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).ok_or(JwtError::Claim(name))
}

/// A claim that is a time: whole seconds, and not before 1970.
fn time(claims: &Map<String, Value>, name: &'static str) -> Result<Option<UnixTime>, JwtError> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => {
            let seconds = value.as_i64().filter(|seconds| (0..=MAX_TIME).contains(seconds));
            Ok(Some(UnixTime(seconds.ok_or(JwtError::Claim(name))?)))
        }
    }
}
