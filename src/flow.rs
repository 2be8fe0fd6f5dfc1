//! A flow is straight-line code that pauses at each [`Need`] and goes on with the host's answer.
//!
//! The code is an `async fn`; polled with [`Waker::noop`] it *is* the automaton. There is no runtime, no thread and no
//! I/O: the host reads [`Flow::need`], fulfils it as it likes, and hands the result to [`Flow::answer`].

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use serde_json::Value;

use crate::event::Event;
use crate::need::{Need, Question};

/// The future that one method of a registered trait object answers with.
pub type Step<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Why the host could not answer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum HostError {
    /// The answer does not have the shape that the need asks for: a fault in the host.
    #[error("the host's answer to {need} is malformed: {reason}")]
    Malformed {
        /// The name of the need.
        need: &'static str,
        /// What the deserializer found.
        reason: String,
    },
    /// Storage could not be read, or a write could not be proven.
    #[error("storage is unavailable")]
    Unavailable,
}

/// What a host hands back for a need.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The host could not read or write: the request ends with 503.
    Unavailable,
    /// The value, in the shape that the need documents. It is untrusted input like any other.
    Value(Value),
}

/// A flow was used in the wrong order. Always a fault of the caller.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FlowError {
    /// An answer came although no need was open.
    #[error("no need is open")]
    NothingAsked,
    /// A panic left the flow unfinished; it cannot go on.
    #[error("the flow failed and cannot go on")]
    Poisoned,
    /// The open need must be answered first.
    #[error("the open need was not answered")]
    Unanswered,
}

#[derive(Default)]
struct Exchange {
    need: Option<Need>,
    answer: Option<Answer>,
    events: Vec<Event>,
}

/// The protocol's side of the exchange: it asks, and waits.
#[derive(Clone, Default)]
pub struct Host(Rc<RefCell<Exchange>>);

impl Host {
    /// Pauses the flow until the host has answered `question`.
    ///
    /// # Errors
    /// [`HostError`] when storage is unavailable or the answer is malformed.
    pub async fn ask<Q: Question>(&self, question: Q) -> Result<Q::Answer, HostError> {
        self.0.borrow_mut().need = Some(question.into());
        match Waiting(self).await {
            Answer::Unavailable => Err(HostError::Unavailable),
            Answer::Value(value) => serde_json::from_value(value).map_err(|error| {
                self.tell(Event::HostFault { need: Q::NAME });
                HostError::Malformed { need: Q::NAME, reason: error.to_string() }
            }),
        }
    }

    /// Notes something that the host should tell others once the flow has ended.
    pub fn tell(&self, event: Event) {
        self.0.borrow_mut().events.push(event);
    }
}

struct Waiting<'a>(&'a Host);

impl Future for Waiting<'_> {
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Answer> {
        self.0.0.borrow_mut().answer.take().map_or(Poll::Pending, Poll::Ready)
    }
}

enum State<T> {
    Suspended(Step<'static, T>),
    /// Only seen from outside while, or after, a poll did not return.
    Running,
    Finished(T),
}

/// A paused or finished piece of protocol whose result is a `T`.
pub struct Flow<T> {
    host: Host,
    state: State<T>,
}

impl<T> Flow<T> {
    /// A flow that will run `body` from its start at the first call of [`Flow::need`].
    pub fn new<F: Future<Output = T> + 'static>(body: impl FnOnce(Host) -> F) -> Self {
        let host = Host::default();
        Self { state: State::Suspended(Box::pin(body(host.clone()))), host }
    }

    /// Runs until the next need, and answers it; `None` once the flow has finished.
    ///
    /// # Errors
    /// [`FlowError::Poisoned`] after a panic.
    pub fn need(&mut self) -> Result<Option<Need>, FlowError> {
        if let Some(need) = &self.host.0.borrow().need {
            return Ok(Some(need.clone()));
        }
        match std::mem::replace(&mut self.state, State::Running) {
            State::Running => Err(FlowError::Poisoned),
            State::Finished(outcome) => {
                self.state = State::Finished(outcome);
                Ok(None)
            }
            State::Suspended(mut future) => {
                self.state = match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    Poll::Ready(outcome) => State::Finished(outcome),
                    Poll::Pending => State::Suspended(future),
                };
                Ok(self.host.0.borrow().need.clone())
            }
        }
    }

    /// Hands over the host's answer to the open need.
    ///
    /// # Errors
    /// [`FlowError::NothingAsked`] if no need is open.
    pub fn answer(&mut self, answer: Answer) -> Result<(), FlowError> {
        let mut exchange = self.host.0.borrow_mut();
        if exchange.need.take().is_none() {
            return Err(FlowError::NothingAsked);
        }
        exchange.answer = Some(answer);
        Ok(())
    }

    /// The result, once [`Flow::need`] has answered `None`.
    ///
    /// # Errors
    /// [`FlowError::Unanswered`] while a need is open, [`FlowError::Poisoned`] after a panic.
    pub fn outcome(&self) -> Result<&T, FlowError> {
        match &self.state {
            State::Finished(outcome) => Ok(outcome),
            State::Running => Err(FlowError::Poisoned),
            State::Suspended(_) => Err(FlowError::Unanswered),
        }
    }

    /// What happened so far, in order; each event is handed over once.
    #[must_use]
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.host.0.borrow_mut().events)
    }
}

impl<T> fmt::Debug for Flow<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.state {
            State::Finished(_) => "Flow(finished)",
            State::Running => "Flow(poisoned)",
            State::Suspended(_) => "Flow(suspended)",
        })
    }
}
