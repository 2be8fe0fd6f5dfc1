//! Signing keys and signed tokens, across the border.

use ext_php_rs::prelude::*;
use ext_php_rs::types::{ZendHashTable, Zval};
use serde_json::{Map, Value};

use super::convert;
use super::exception::misuse;
use crate::jose::import::signing_key;
use crate::jose::jwk::KeySet;
use crate::jose::verify::{Expectation, MAX_LEEWAY, verify};
use crate::model::number::Id;
use crate::secret::Secret;
use crate::signing::manage::Action;
use crate::time::UnixTime;

/// Seconds by which clocks may differ, unless the caller says otherwise.
const LEEWAY: i64 = 30;

/// What shall be done with the keys, and who does it.
pub fn action(name: &[u8], args: &ZendHashTable) -> PhpResult<(Action, Option<Id>)> {
    let bytes =
        |name: &str| args.get(name).and_then(|value| value.dereference().binary_slice::<u8>().map(<[u8]>::to_vec));
    let text = |name: &str| bytes(name).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let user = args.get("user").and_then(|value| value.dereference().long());
    let action = match name {
        b"import" => {
            Action::Import { pem: Secret::new(bytes("pem").unwrap_or_default()), at_once: text("use") == "now" }
        }
        b"list" => Action::List,
        b"maintain" => Action::Maintain,
        b"revoke" => Action::Revoke { kid: text("kid") },
        b"rotate" => Action::Rotate,
        b"start_afresh" => Action::StartAfresh,
        _ => return Err(misuse(&"no such action on signing keys")),
    };
    Ok((action, user.and_then(|user| u64::try_from(user).ok()).and_then(Id::new)))
}

/// The claims of a signed token, if it is what is expected.
pub fn claims(token: &[u8], jwks: &[u8], expected: &ZendHashTable, now: i64) -> PhpResult<Option<Map<String, Value>>> {
    let member = |name: &str| expected.get(name).map(Zval::dereference);
    let text = |name: &'static str| {
        let text = member(name).and_then(|value| value.str()).filter(|text| !text.is_empty());
        text.ok_or_else(|| misuse(&format!("expected.{name} is no text")))
    };
    let leeway = match member("leeway") {
        None => LEEWAY,
        Some(value) => value
            .long()
            .filter(|leeway| (0..=MAX_LEEWAY).contains(leeway))
            .ok_or_else(|| misuse(&"expected.leeway is no number from 0 to 60"))?,
    };
    let algorithms = match member("algorithms") {
        None => None,
        Some(value) => {
            let names = value.array().ok_or_else(|| misuse(&"expected.algorithms is no list"))?;
            Some(names.values().filter_map(Zval::str).collect::<Vec<_>>())
        }
    };
    let (issuer, audience, typ) = (text("issuer")?, text("audience")?, text("type")?);
    let expected = Expectation { issuer, audience, typ, leeway, algorithms };
    // Whoever fetched a set that is none cannot verify anything.
    let Ok(keys) = KeySet::kept(jwks) else {
        return Ok(None);
    };
    Ok(verify(token, &keys, &expected, UnixTime(now)).ok())
}

/// A token of that type, signed by the private key in a PEM text, whose name is its thumbprint.
pub fn signed(claims: &ZendHashTable, pem: &[u8], typ: &[u8]) -> PhpResult<String> {
    let typ = std::str::from_utf8(typ).ok().filter(|typ| !typ.is_empty());
    let typ = typ.ok_or_else(|| misuse(&"the type is no text"))?;
    let claims = match convert::array_to_value(claims).map_err(|error| misuse(&error))? {
        Value::Array(items) if items.is_empty() => Map::new(),
        Value::Object(members) => members,
        _ => return Err(misuse(&"claims have names")),
    };
    let key = signing_key(pem).map_err(|error| misuse(&error))?;
    key.sign(typ, &claims).map_err(|error| misuse(&error))
}
