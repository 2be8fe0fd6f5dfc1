//! Runs a flow to its end.

use app_connect::flow::{Answer, Flow};
use app_connect::need::Need;

/// More needs than any flow has: a flow that asks more goes in circles.
const MANY: usize = 20;

/// Who answers the needs of a flow.
pub trait Host {
    /// The answer to one need.
    fn fulfil(&mut self, need: &Need) -> Answer;

    /// Whether a person has to answer this need, and has not yet.
    fn waits(&self, _: &Need) -> bool {
        false
    }
}

/// Runs `flow` to its end or to where it waits for a person, and tells the names of what it asked.
pub fn drive<T>(flow: &mut Flow<T>, host: &mut dyn Host) -> Vec<&'static str> {
    let mut asked = Vec::new();
    while let Some(need) = flow.need().unwrap() {
        asked.push(need.name());
        assert!(asked.len() < MANY, "a flow in circles: {asked:?}");
        if host.waits(&need) {
            break;
        }
        flow.answer(host.fulfil(&need)).unwrap();
    }
    asked
}
