//! The arguments of a call as they came from Python.

use super::HostError;
use super::explain::explain;
use crate::json::from_json;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The arguments of a call as they came from Python.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Arguments {
    /// By position.
    pub args: Vec<Value>,
    /// By name.
    pub kwargs: Map<String, Value>,
}

impl Arguments {
    pub(super) fn from_json(name: &str, json: &[u8]) -> Result<Self, HostError> {
        from_json(json).map_err(|(place, error)| {
            // As if the arguments were a list or a struct: `[0].x`, `word.x`.
            let place = place
                .strip_prefix("args")
                .or_else(|| place.strip_prefix("kwargs."))
                .unwrap_or_default();
            explain(name, place, &error)
        })
    }
}

/// The arguments of a call, each still the text that it was: what it becomes is for its own type to say.
#[derive(Debug, Deserialize)]
pub(super) struct RawArguments<'a> {
    #[serde(borrow)]
    pub(super) args: Vec<&'a RawValue>,
    #[serde(borrow)]
    pub(super) kwargs: BTreeMap<String, &'a RawValue>,
}

impl<'a> RawArguments<'a> {
    pub(super) fn from_json(name: &str, json: &'a [u8]) -> Result<Self, HostError> {
        serde_json::from_slice(json).map_err(|error| {
            HostError::new(
                "ValueError",
                format!("the arguments of {name}() are not the JSON of a call: {error}"),
            )
        })
    }
}
