//! A host that lies: one of its answers is not what the store holds.

use app_connect::flow::Answer;
use app_connect::need::Need;
use serde_json::{Value, json};

use super::drive::Host;
use super::memory::MemoryHost;

/// Text that must never come back, wherever it was answered.
pub const CANARY: &str = "CANARY\"\r\nSet-Cookie: a=b\r\n\r\n<script>";

/// A store of which one answer is replaced by a lie.
pub struct HostileHost<'a> {
    store: MemoryHost,
    /// Which answer is the lie, counted from zero.
    at: usize,
    lie: &'a dyn Fn(Value) -> Answer,
    /// What was asked and answered.
    pub exchanged: Vec<(Need, Answer)>,
}

impl<'a> HostileHost<'a> {
    /// A host that answers from a copy of `store`, and lies at the answer `at`.
    pub fn new(store: &MemoryHost, at: usize, lie: &'a dyn Fn(Value) -> Answer) -> Self {
        Self { store: store.clone(), at, lie, exchanged: Vec::new() }
    }

    /// Whether a token was answered as stored.
    pub fn stored(&self) -> bool {
        self.exchanged
            .iter()
            .any(|(need, answer)| matches!((need, answer), (Need::Issue(_), Answer::Value(word)) if word == "stored"))
    }

    /// The answer to the first need of that name, as far as it is a value.
    pub fn answered(&self, name: &str) -> Option<&Value> {
        self.exchanged.iter().find_map(|(need, answer)| match answer {
            Answer::Value(value) if need.name() == name => Some(value),
            Answer::Value(_) | Answer::Unavailable => None,
        })
    }
}

impl Host for HostileHost<'_> {
    fn fulfil(&mut self, need: &Need) -> Answer {
        let mut answer = self.store.fulfil(need);
        if self.exchanged.len() == self.at {
            answer = match answer {
                Answer::Value(value) => (self.lie)(value),
                Answer::Unavailable => Answer::Unavailable,
            };
        }
        self.exchanged.push((need.clone(), answer.clone()));
        answer
    }

    fn waits(&self, need: &Need) -> bool {
        self.store.waits(need)
    }
}

/// Values that are no good in most places.
pub fn junk() -> Vec<Value> {
    let mut deep = json!("bottom");
    for _ in 0..200 {
        deep = json!([deep]);
    }
    vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e308),
        json!(""),
        json!("all"),
        json!(CANARY),
        json!("x".repeat(70_000)),
        json!([]),
        json!([CANARY]),
        json!({}),
        json!({CANARY: CANARY}),
        deep,
    ]
}

/// The JSON pointer (RFC 6901) of every place in `value`.
pub fn places(value: &Value) -> Vec<String> {
    let mut all = vec![String::new()];
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                all.extend(places(member).into_iter().map(|rest| format!("/{name}{rest}")));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                all.extend(places(item).into_iter().map(|rest| format!("/{index}{rest}")));
            }
        }
        _ => {}
    }
    all
}

/// `value` with something else in that place.
pub fn replaced(mut value: Value, place: &str, other: &Value) -> Value {
    *value.pointer_mut(place).unwrap() = other.clone();
    value
}

/// `value` without the member in that place.
pub fn removed(mut value: Value, place: &str) -> Value {
    let (object, name) = place.rsplit_once('/').unwrap();
    let object = value.pointer_mut(object).unwrap().as_object_mut().unwrap();
    assert!(object.remove(name).is_some(), "{place}");
    value
}
