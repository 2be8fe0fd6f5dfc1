//! How an authorization request travels from the endpoint to the login screen, where the person is: as its own parameters,
//! in one value that no redirect, log-in form or sanitizer on the way alters.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::http::Request;
use crate::params::{media_type, php_name};
use crate::time::UnixTime;

/// The largest authorization request, in bytes: what servers take as a request line.
const MAX_REQUEST: usize = 8192;
/// What the site may add to it, in bytes.
const MAX_OWN: usize = 64;
/// Parameters that are the site's own: no client sends them.
const OWN: &str = "app_connect";
/// The time since which the person must have proven who it is.
pub const LOGIN_AFTER: &str = "app_connect_login_after";
/// What travels in place of a request that cannot be read. It is no base64url.
const UNREADABLE: &str = "-";

/// The parameters of a request to the endpoint: the query of GET, the form of POST (RFC 6749 §3.1). `None` if they cannot
/// be read at all.
pub fn pairs(request: &Request) -> Option<Vec<u8>> {
    let raw: &[u8] = match request.method.as_slice() {
        b"POST" if media_type(request) == b"application/x-www-form-urlencoded" => request.body.expose(),
        b"POST" => return None,
        _ => request.query(),
    };
    let pairs = (raw.len() <= MAX_REQUEST).then(|| compact(raw))?;
    (pairs.len() <= MAX_REQUEST).then_some(pairs)
}

/// The parameters as one value for an address.
pub fn encode(pairs: Option<&[u8]>) -> String {
    pairs.map_or_else(|| UNREADABLE.to_owned(), |pairs| URL_SAFE_NO_PAD.encode(pairs))
}

/// Reads what [`encode`] made; `None` for anything else.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok().filter(|pairs| pairs.len() <= MAX_REQUEST.saturating_add(MAX_OWN))
}

/// The same parameters, for a person who has to sign in after `now` to go on.
pub fn signed_in_after(pairs: &[u8], now: UnixTime) -> Vec<u8> {
    let kept = pairs.split(|byte| *byte == b'&').filter(|pair| !pair.starts_with(LOGIN_AFTER.as_bytes()));
    let mut pairs = kept.collect::<Vec<_>>().join(&b'&');
    pairs.extend_from_slice(format!("&{LOGIN_AFTER}={}", now.0).as_bytes());
    pairs
}

/// The pairs that are for us, with nothing percent-encoded that need not be: a third of the length for most languages.
fn compact(raw: &[u8]) -> Vec<u8> {
    let pairs = raw.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    let ours = |pair: &&[u8]| php_name(pair).is_ok_and(|name| !name.starts_with(OWN) && name != "rest_route");
    pairs.filter(ours).map(unescaped).collect::<Vec<_>>().join(&b'&')
}

/// Decodes every escape but of the characters that mean something in a form.
fn unescaped(pair: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(pair.len());
    let mut rest = pair;
    while let Some((byte, after)) = rest.split_first() {
        let escaped = match (byte, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| (high << 4) | low),
            _ => None,
        };
        match escaped {
            Some(b'%' | b'&' | b'=' | b'+') => out.extend(rest.iter().take(3)),
            Some(plain) => out.push(plain),
            // An escape that is none stays what it is, whatever comes to stand behind it.
            None if *byte == b'%' => out.extend_from_slice(b"%25"),
            None => out.push(*byte),
        }
        rest = rest.get(if escaped.is_some() { 3 } else { 1 }..).unwrap_or_default();
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_arrives_reads_as_what_was_sent(raw in proptest::collection::vec(
            prop_oneof![Just(b'%'), Just(b'+'), Just(b'='), any::<u8>()], 0..64,
        )) {
            let raw: Vec<u8> = raw.into_iter().filter(|byte| *byte != b'&').collect();
            let arrived = decode(encode(Some(&unescaped(&raw))).as_bytes()).unwrap();
            let read = |pair: &[u8]| pair.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect::<Vec<u8>>();
            let sides = |pair: &[u8]| pair.splitn(2, |b| *b == b'=').map(|side| percent_decode(&read(side)).collect::<Vec<u8>>()).collect::<Vec<_>>();
            prop_assert_eq!(sides(&arrived), sides(&raw));
        }
    }

    #[test]
    fn nobody_sends_the_sites_own_parameters() {
        assert_eq!(compact(b"a=1&app_connect_login_after=0&app.connect_x=1&rest_route=/x&b=%C3%A9"), b"a=1&b=\xc3\xa9");
        assert_eq!(signed_in_after(b"a=1&app_connect_login_after=5", UnixTime(9)), b"a=1&app_connect_login_after=9");
    }

    #[test]
    fn what_cannot_be_read_arrives_as_that() {
        let long = Request { method: b"GET".to_vec(), uri: vec![b'?'; MAX_REQUEST + 2], ..Request::default() };
        assert_eq!(encode(pairs(&long).as_deref()), UNREADABLE);
        assert_eq!(decode(UNREADABLE.as_bytes()), None);
        assert_eq!(decode(b""), Some(Vec::new()));
    }
}
