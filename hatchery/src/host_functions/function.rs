//! One host function: what it does, and what came of a call of it.

use super::HostError;
use super::parameters::Parameters;
use crate::json::{ToJsonError, to_json};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Serialize;
use std::panic::{AssertUnwindSafe, catch_unwind};

type Outcome = Result<Vec<u8>, HostError>;
type SyncBody = dyn Fn(&str, &[u8]) -> Outcome + Send + Sync;
type AsyncBody = dyn Fn(&str, &[u8]) -> BoxFuture<'static, Outcome> + Send + Sync;

/// What is called with the function's name and the JSON of its arguments.
pub(super) enum Body {
    Sync(Box<SyncBody>),
    Async(Box<AsyncBody>),
}

pub(super) struct HostFunction {
    pub(super) body: Body,
    pub(super) description: Option<String>,
    pub(super) parameters: Parameters,
}

/// What a host function gave, as it crosses to the guest.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) is_exception: bool,
    pub(crate) json: Vec<u8>,
}

impl From<Outcome> for Reply {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Ok(json) => Self {
                is_exception: false,
                json,
            },
            Err(error) => Self {
                is_exception: true,
                json: error.to_json(),
            },
        }
    }
}

/// A function that was called, as far as it has come.
pub(crate) enum Called {
    Finished(Reply),
    Started(BoxFuture<'static, Reply>),
}

/// Calls `body`. A panic of its is an error of its.
pub(super) fn called(body: &Body, name: &str, arguments: &[u8]) -> Called {
    let called = catch_unwind(AssertUnwindSafe(|| match body {
        Body::Sync(body) => Called::Finished(body(name, arguments).into()),
        Body::Async(body) => Called::Started(caught(name, body(name, arguments))),
    }));
    called.unwrap_or_else(|_| Called::Finished(Err(HostError::panicked(name)).into()))
}

fn caught(name: &str, future: BoxFuture<'static, Outcome>) -> BoxFuture<'static, Reply> {
    let panicked = HostError::panicked(name);
    AssertUnwindSafe(future)
        .catch_unwind()
        .map(|outcome| outcome.unwrap_or(Err(panicked)).into())
        .boxed()
}

/// The JSON of what a function returned.
pub(super) fn reply_json(name: &str, value: &impl Serialize) -> Outcome {
    to_json(value).map(String::into_bytes).map_err(|error| {
        let kind = match error {
            ToJsonError::NotFinite { .. } => "ValueError",
            _ => "TypeError",
        };
        HostError::new(kind, format!("{name}() returned what has no JSON: {error}"))
    })
}
