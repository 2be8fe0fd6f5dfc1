//! Values across the border, both ways.

use ext_php_rs::boxed::ZBox;
use ext_php_rs::error::Result;
use ext_php_rs::types::{ZendHashTable, Zval};
use serde_json::{Map, Number, Value};

use crate::http::{Request, Response};
use crate::secret::Secret;

/// How deep an array from PHP may nest.
const MAX_DEPTH: usize = 16;

/// How many values an array from PHP may hold in all. A small array that holds itself many times over is large here.
const MAX_VALUES: usize = 100_000;

/// What PHP handed over cannot cross.
#[derive(Debug, thiserror::Error)]
pub enum CrossingError {
    /// Deeper than 16 levels: perhaps an array that contains itself.
    #[error("the array nests too deeply")]
    Depth,
    /// More than 100,000 values.
    #[error("the array holds too many values")]
    Size,
    /// Not UTF-8.
    #[error("a string is not valid UTF-8")]
    Text,
    /// An object, a resource, or a number that is none.
    #[error("a value is neither null, bool, int, float, string nor array")]
    Type,
}

/// A PHP value as a JSON value. A PHP array is a list if its keys are 0 to n.
pub fn to_value(zval: &Zval) -> std::result::Result<Value, CrossingError> {
    value_at(zval, 0, &mut MAX_VALUES.clone())
}

/// A PHP array as a JSON object or list.
pub fn array_to_value(array: &ZendHashTable) -> std::result::Result<Value, CrossingError> {
    array_at(array, 0, &mut MAX_VALUES.clone())
}

fn value_at(zval: &Zval, depth: usize, left: &mut usize) -> std::result::Result<Value, CrossingError> {
    let zval = zval.dereference();
    if zval.is_null() {
        Ok(Value::Null)
    } else if let Some(truth) = zval.bool() {
        Ok(Value::Bool(truth))
    } else if let Some(number) = zval.long() {
        Ok(Value::Number(number.into()))
    } else if let Some(number) = zval.double() {
        Number::from_f64(number).map(Value::Number).ok_or(CrossingError::Type)
    } else if zval.is_string() {
        zval.str().map(|text| Value::String(text.to_owned())).ok_or(CrossingError::Text)
    } else if let Some(array) = zval.array() {
        array_at(array, depth, left)
    } else {
        Err(CrossingError::Type)
    }
}

fn array_at(array: &ZendHashTable, depth: usize, left: &mut usize) -> std::result::Result<Value, CrossingError> {
    if depth >= MAX_DEPTH {
        return Err(CrossingError::Depth);
    }
    let below = depth.saturating_add(1);
    let (mut items, mut object) = (Vec::new(), Map::new());
    let mut entries = array.iter();
    // The iterator proper panics on a key that is not UTF-8.
    while let Some((key, zval)) = entries.next_zval() {
        *left = left.checked_sub(1).ok_or(CrossingError::Size)?;
        let value = value_at(zval, below, left)?;
        if object.is_empty() && key.long().is_some_and(|index| usize::try_from(index) == Ok(items.len())) {
            items.push(value);
            continue;
        }
        for (index, item) in std::mem::take(&mut items).into_iter().enumerate() {
            object.insert(index.to_string(), item);
        }
        let name = match key.long() {
            Some(index) => index.to_string(),
            None => key.str().ok_or(CrossingError::Text)?.to_owned(),
        };
        object.insert(name, value);
    }
    Ok(if object.is_empty() { Value::Array(items) } else { Value::Object(object) })
}

/// A JSON value as a PHP value: objects and lists become arrays.
pub fn to_zval(value: &Value) -> Result<Zval> {
    let mut zval = Zval::new();
    match value {
        Value::Null => zval.set_null(),
        Value::Bool(truth) => zval.set_bool(*truth),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => zval.set_long(integer),
            None => zval.set_double(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => zval.set_string(text, false)?,
        Value::Array(items) => {
            let mut array = ZendHashTable::new();
            for item in items {
                array.push(to_zval(item)?)?;
            }
            zval.set_hashtable(array);
        }
        Value::Object(members) => zval.set_hashtable(object(members)?),
    }
    Ok(zval)
}

/// A JSON object as a PHP array.
pub fn object(members: &Map<String, Value>) -> Result<ZBox<ZendHashTable>> {
    let mut array = ZendHashTable::new();
    for (name, member) in members {
        array.insert(name.as_str(), to_zval(member)?)?;
    }
    Ok(array)
}

/// The request snapshot. What is missing, null or no string is absent: a host cannot make a request fail.
pub fn to_request(array: &ZendHashTable) -> Request {
    let bytes = |name: &str| {
        let zval = array.get(name)?.dereference();
        zval.binary_slice::<u8>().map(<[u8]>::to_vec)
    };
    Request {
        method: bytes("method").unwrap_or_default(),
        uri: bytes("uri").unwrap_or_default(),
        authorization: bytes("authorization").map(Secret::new),
        content_type: bytes("content_type"),
        method_override: bytes("method_override"),
        if_none_match: bytes("if_none_match"),
        origin: bytes("origin"),
        address: bytes("address").and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok()),
        forwarded_for: bytes("forwarded_for"),
        secure: array.get("secure").and_then(|zval| zval.dereference().bool()).unwrap_or(false),
        body: Secret::new(bytes("body").unwrap_or_default()),
        route: bytes("route"),
    }
}

/// A response as `status`, `headers` (pairs) and `body`, and `page` (`code`, `detail`, `client`, and
/// `form` for one that sends something on) if the host writes the body.
pub fn from_response(response: &Response) -> Result<ZBox<ZendHashTable>> {
    let mut headers = ZendHashTable::new();
    for (name, value) in &response.headers {
        let mut pair = ZendHashTable::new();
        pair.push(*name)?;
        pair.push(value.as_str())?;
        headers.push(pair)?;
    }
    let mut array = ZendHashTable::new();
    array.insert("status", i64::from(response.status))?;
    array.insert("headers", headers)?;
    array.insert("body", response.body.as_str())?;
    if let Some(page) = &response.page {
        array.insert("page", to_zval(&serde_json::json!(page))?)?;
    }
    Ok(array)
}
