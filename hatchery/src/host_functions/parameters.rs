//! The parameters of a host function, and how what Python gave is put into them.

use super::HostError;
use super::arguments::{Arguments, RawArguments};
use super::explain::explain;
use crate::json::from_json;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::Write;
use std::sync::Arc;

/// The parameters of a function, told by a JSON schema.
#[derive(Debug, Clone)]
pub(super) struct Parameters {
    schema: Arc<Value>,
    shape: Shape,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    /// `()`.
    Nothing,
    /// A struct with these fields, or a map.
    Named {
        names: Vec<Name>,
        /// Whether names that are not among those are taken too.
        takes_others: bool,
    },
    /// A tuple of as many values, or a list.
    Placed { count: Option<usize> },
    /// One value.
    Single,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    name: String,
    is_required: bool,
}

impl Shape {
    fn of(schema: &Value) -> Self {
        let kind = schema.get("type").and_then(Value::as_str);
        let properties = schema.get("properties").and_then(Value::as_object);
        match (kind, properties) {
            (_, Some(properties)) => {
                let required = schema.get("required").and_then(Value::as_array);
                let is_required = |name: &str| {
                    required.is_some_and(|required| required.iter().any(|other| other == name))
                };
                let mut names: Vec<Name> = properties
                    .keys()
                    .map(|name| Name {
                        name: name.clone(),
                        is_required: is_required(name),
                    })
                    .collect();
                // Those that can be left out come last, as Python wants it and the guest shows them.
                names.sort_by_key(|name| !name.is_required);
                let others = schema.get("additionalProperties");
                Self::Named {
                    names,
                    takes_others: others.is_some_and(|others| *others != Value::Bool(false)),
                }
            }
            (Some("object"), None) => Self::Named {
                names: Vec::new(),
                takes_others: true,
            },
            (Some("array"), _) => {
                let items = |key| schema.get(key).and_then(Value::as_u64);
                let (min, max) = (items("minItems"), items("maxItems"));
                Self::Placed {
                    count: max
                        .filter(|_| min == max)
                        .and_then(|max| max.try_into().ok()),
                }
            }
            (Some("null"), _) => Self::Nothing,
            _ => Self::Single,
        }
    }
}

impl Parameters {
    pub(super) fn of(schema: Value) -> Self {
        Self {
            shape: Shape::of(&schema),
            schema: Arc::new(schema),
        }
    }

    pub(super) fn schema(&self) -> &Value {
        &self.schema
    }

    /// What Python gave, as an `A`.
    pub(super) fn bind<A: DeserializeOwned>(
        &self,
        name: &str,
        json: &[u8],
    ) -> Result<A, HostError> {
        let given = RawArguments::from_json(name, json)?;
        let text = match &self.shape {
            Shape::Named {
                names,
                takes_others,
            } => object(&by_name(name, names, *takes_others, &given)?),
            shape => match by_position(name, shape, &given)? {
                _ if *shape == Shape::Nothing => "null".to_owned(),
                [only] if *shape == Shape::Single => only.get().to_owned(),
                values => array(values),
            },
        };
        from_json(text.as_bytes()).map_err(|(place, error)| {
            let place = match self.shape {
                Shape::Named { .. } => place,
                Shape::Single => format!("[0]{place}"),
                Shape::Placed { .. } | Shape::Nothing => place,
            };
            explain(name, &place, &error)
        })
    }

    /// What Python gave, for a function whose parameters are known at run time only.
    pub(super) fn arguments(&self, name: &str, json: &[u8]) -> Result<Arguments, HostError> {
        let given = RawArguments::from_json(name, json)?;
        let text = match &self.shape {
            Shape::Named {
                names,
                takes_others,
            } => {
                let values = by_name(name, names, *takes_others, &given)?;
                format!("{{\"args\":[],\"kwargs\":{}}}", object(&values))
            }
            shape => {
                let values = by_position(name, shape, &given)?;
                format!("{{\"args\":{},\"kwargs\":{{}}}}", array(values))
            }
        };
        Arguments::from_json(name, text.as_bytes())
    }
}

type Raw = serde_json::value::RawValue;

fn object(values: &[(&str, &Raw)]) -> String {
    let mut text = String::from("{");
    for (index, (name, value)) in values.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let name = Value::from(*name);
        write!(text, "{comma}{name}:{}", value.get()).expect("strings take all");
    }
    text.push('}');
    text
}

fn array(values: &[&Raw]) -> String {
    let values: Vec<&str> = values.iter().map(|value| value.get()).collect();
    format!("[{}]", values.join(","))
}

/// The arguments by position, of a function whose parameters have no names.
fn by_position<'a, 'b>(
    name: &str,
    shape: &Shape,
    given: &'b RawArguments<'a>,
) -> Result<&'b [&'a Raw], HostError> {
    if !given.kwargs.is_empty() {
        return Err(type_error(format!("{name}() takes no keyword arguments")));
    }
    let count = match shape {
        Shape::Nothing => Some(0),
        Shape::Single => Some(1),
        Shape::Placed { count } => *count,
        Shape::Named { .. } => None,
    };
    if let Some(count) = count {
        if given.args.len() > count {
            return Err(too_many(name, count, count, given.args.len()));
        }
        let missing = count - given.args.len();
        if missing > 0 {
            let plural = if missing == 1 { "" } else { "s" };
            return Err(type_error(format!(
                "{name}() missing {missing} required positional argument{plural}"
            )));
        }
    }
    Ok(&given.args)
}

/// The arguments by name, wherever they stood.
fn by_name<'a, 'b>(
    name: &str,
    names: &'b [Name],
    takes_others: bool,
    given: &'b RawArguments<'a>,
) -> Result<Vec<(&'b str, &'a Raw)>, HostError> {
    let placed_count = given.args.len().min(names.len());
    let placed = given.args.iter().zip(names);
    let mut values: Vec<(&str, &Raw)> = placed
        .map(|(value, name)| (name.name.as_str(), *value))
        .collect();
    for (key, value) in &given.kwargs {
        // Keys are unique among themselves: only what stood by position can have a name already.
        if names[..placed_count].iter().any(|name| name.name == *key) {
            return Err(type_error(format!(
                "{name}() got multiple values for argument {}",
                quoted(key)
            )));
        }
        if !takes_others && !names.iter().any(|name| name.name == *key) {
            return Err(type_error(format!(
                "{name}() got an unexpected keyword argument {}",
                quoted(key)
            )));
        }
        values.push((key, value));
    }
    if given.args.len() > names.len() {
        let required = names.iter().filter(|name| name.is_required).count();
        return Err(too_many(name, required, names.len(), given.args.len()));
    }
    let missing: Vec<String> = names
        .iter()
        .filter(|name| name.is_required && !values.iter().any(|(given, _)| *given == name.name))
        .map(|name| quoted(&name.name))
        .collect();
    match missing.as_slice() {
        [] => Ok(values),
        [only] => Err(type_error(format!(
            "{name}() missing 1 required positional argument: {only}"
        ))),
        [first, second] => Err(type_error(format!(
            "{name}() missing 2 required positional arguments: {first} and {second}"
        ))),
        [before @ .., last] => Err(type_error(format!(
            "{name}() missing {} required positional arguments: {}, and {last}",
            missing.len(),
            before.join(", ")
        ))),
    }
}

fn too_many(name: &str, required: usize, most: usize, given: usize) -> HostError {
    let takes = if required == most {
        format!("{most}")
    } else {
        format!("from {required} to {most}")
    };
    let plural = if most == 1 { "" } else { "s" };
    let were = if given == 1 { "was" } else { "were" };
    type_error(format!(
        "{name}() takes {takes} positional argument{plural} but {given} {were} given"
    ))
}

fn quoted(name: &str) -> String {
    format!("'{name}'")
}

fn type_error(message: String) -> HostError {
    HostError::new("TypeError", message)
}
