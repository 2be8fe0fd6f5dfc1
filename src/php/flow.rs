//! `AppConnect\Flow`.

use ext_php_rs::boxed::ZBox;
use ext_php_rs::error::Result;
use ext_php_rs::prelude::*;
use ext_php_rs::types::{ZendHashTable, Zval};
use serde_json::{Map, Value, json};

use super::convert;
use super::exception::misuse;
use super::principal::PhpPrincipal;
use crate::endpoint::resource::Bearer;
use crate::event::Event;
use crate::flow::{Answer, Flow, FlowError};
use crate::http::Response;
use crate::need::Need;

/// What a flow ends with.
enum Inner {
    Bearer(Flow<Bearer>),
    Response(Flow<Response>),
}

/// A request that pauses at each need until the host has answered it.
#[php_class]
#[php(name = "AppConnect\\Flow", flags = ext_php_rs::flags::ClassFlags::Final)]
pub struct PhpFlow(Inner);

impl PhpFlow {
    /// A flow that ends with a response.
    pub fn responding(flow: Flow<Response>) -> Self {
        Self(Inner::Response(flow))
    }

    /// A flow that ends with a principal, a refusal, or nothing.
    pub fn bearing(flow: Flow<Bearer>) -> Self {
        Self(Inner::Bearer(flow))
    }

    fn next(&mut self) -> std::result::Result<Option<Need>, FlowError> {
        match &mut self.0 {
            Inner::Bearer(flow) => flow.need(),
            Inner::Response(flow) => flow.need(),
        }
    }

    fn reply(&mut self, answer: Answer) -> PhpResult<()> {
        match &mut self.0 {
            Inner::Bearer(flow) => flow.answer(answer),
            Inner::Response(flow) => flow.answer(answer),
        }
        .map_err(|error| misuse(&error))
    }
}

#[php_impl]
#[php(change_method_case = "none")]
impl PhpFlow {
    /// The open need as `name`, `stage` (`early`, `loaded` or `interactive`) and `args`; null once the flow has finished.
    pub fn need(&mut self) -> PhpResult<Option<ZBox<ZendHashTable>>> {
        let Some(need) = self.next().map_err(|error| misuse(&error))? else {
            return Ok(None);
        };
        let mut members = Map::new();
        members.insert("name".into(), json!(need.name()));
        members.insert("stage".into(), json!(need.stage()));
        members.insert("args".into(), need.args().map_err(|error| misuse(&error))?);
        Ok(Some(convert::object(&members)?))
    }

    /// Answers the open need. A value that cannot cross the border counts as a malformed answer: 500, never a guess.
    pub fn answer(&mut self, value: &Zval) -> PhpResult<()> {
        let value = convert::to_value(value).unwrap_or_else(|error| json!({ "malformed": error.to_string() }));
        self.reply(Answer::Value(value))
    }

    /// Tells that the open need could not be fulfilled, or that a write could not be proven: 503.
    pub fn unavailable(&mut self) -> PhpResult<()> {
        self.reply(Answer::Unavailable)
    }

    /// The response as `status`, `headers` (pairs) and `body`, with a `page` (`code`, `detail`, `client`) if the host writes the
    /// body, which posts its `form` (`action`, `fields` as pairs) if it has one; null if the request is anonymous or has a principal.
    pub fn response(&self) -> PhpResult<Option<ZBox<ZendHashTable>>> {
        let response = match &self.0 {
            Inner::Response(flow) => Some(flow.outcome().map_err(|error| misuse(&error))?),
            Inner::Bearer(flow) => match flow.outcome().map_err(|error| misuse(&error))? {
                Bearer::Refused(response) => Some(response),
                Bearer::Anonymous | Bearer::Principal(_) => None,
            },
        };
        Ok(response.map(convert::from_response).transpose()?)
    }

    /// The principal of a request with a live token, else null.
    pub fn principal(&self) -> PhpResult<Option<PhpPrincipal>> {
        let Inner::Bearer(flow) = &self.0 else {
            return Ok(None);
        };
        Ok(match flow.outcome().map_err(|error| misuse(&error))? {
            Bearer::Principal(principal) => Some(PhpPrincipal(principal.as_ref().clone())),
            Bearer::Anonymous | Bearer::Refused(_) => None,
        })
    }

    /// What happened, each as `kind`, its members, and `audited`; handed over once.
    pub fn events(&mut self) -> Result<Zval> {
        let events = match &mut self.0 {
            Inner::Bearer(flow) => flow.take_events(),
            Inner::Response(flow) => flow.take_events(),
        };
        convert::to_zval(&Value::Array(events.iter().map(describe).collect()))
    }
}

fn describe(event: &Event) -> Value {
    let mut value = serde_json::to_value(event).unwrap_or_default();
    if let Value::Object(members) = &mut value {
        members.insert("audited".into(), json!(event.audited()));
    }
    value
}
