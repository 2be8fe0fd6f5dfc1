//! Clients that administrators describe, across the border.

use std::collections::BTreeSet;

use ext_php_rs::boxed::ZBox;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;
use serde_json::{Map, Value, json};

use super::convert;
use super::exception::misuse;
use crate::authority::policy::Policy;
use crate::model::draft::{ClientDraft, DraftError, FieldError};
use crate::model::policy_row::PolicyRef;
use crate::model::registration::NewClient;
use crate::model::revision::{Renewal, Revision, StoredClient};

/// The detail of a description that is not even one: it may hold a secret, so nothing of it is repeated.
pub const MALFORMED: &str = "an unknown member, or a value of another type than documented";

/// A draft; `None` if it is not even one.
pub fn draft(draft: &ZendHashTable) -> PhpResult<Option<ClientDraft>> {
    let value = convert::array_to_value(draft).map_err(|error| misuse(&error))?;
    Ok(serde_json::from_value(value).ok())
}

/// A client as its row has it.
pub fn stored(stored: &ZendHashTable) -> PhpResult<StoredClient> {
    let value = convert::array_to_value(stored).map_err(|error| misuse(&error))?;
    // Its row is the host's: if it cannot be read, that is no mistake of whoever fills in a form.
    serde_json::from_value(value).map_err(|_| misuse(&"the stored client cannot be read"))
}

/// A list of names.
pub fn names(names: &ZendHashTable) -> PhpResult<BTreeSet<String>> {
    let value = convert::array_to_value(names).map_err(|error| misuse(&error))?;
    serde_json::from_value(value).map_err(|_| misuse(&"a list of names has something else in it"))
}

/// What became of a draft (`None`: not even one), as an array.
pub fn answer<T>(
    outcome: Option<Result<T, DraftError>>,
    describe: impl FnOnce(&T) -> Value,
) -> PhpResult<ZBox<ZendHashTable>> {
    let answer = match outcome {
        None => {
            let error = FieldError { field: "client", line: None, code: "malformed", detail: MALFORMED.to_owned() };
            json!({ "errors": [error] })
        }
        Some(Ok(made)) => describe(&made),
        Some(Err(DraftError::Fields(errors))) => json!({ "errors": errors }),
        Some(Err(DraftError::Unconfirmed(codes))) => json!({ "unconfirmed": codes }),
        Some(Err(DraftError::Entropy(error))) => return Err(misuse(&error)),
    };
    Ok(convert::object(answer.as_object().unwrap_or(&Map::new()))?)
}

/// A new client.
pub fn registered(client: &NewClient) -> Value {
    json!({
        "client_id": client.row.client_id,
        "secret": client.secret.as_ref().map(|secret| secret.expose().as_str()),
        "row": client.row,
        "policy": policy(&client.ceiling),
    })
}

/// A changed client.
pub fn revised(revision: &Revision) -> Value {
    json!({
        "row": revision.row,
        "policy": policy(&revision.ceiling),
        "ceiling": revision.change,
        "empowers": revision.empowers,
        "ends": revision.ends,
        "ends_all": revision.ends_all,
        "ends_methods": revision.ends_methods,
        "secret": revision.secret.as_ref().map(|secret| secret.expose().as_str()),
    })
}

/// Another secret.
pub fn renewed(renewal: &Renewal) -> Value {
    json!({
        "secret": renewal.secret.expose().as_str(),
        "secret_hash": renewal.hash,
        "empowers": renewal.empowers,
        "keep_previous": renewal.prev_until.is_some(),
        "prev_until": renewal.prev_until,
        "ends_all": renewal.prev_until.is_none(),
    })
}

fn policy(policy: &Policy) -> Value {
    match PolicyRef::new(policy) {
        PolicyRef::New { digest, body } => json!({ "digest": digest, "body": body }),
        PolicyRef::Known(_) => Value::Null,
    }
}
