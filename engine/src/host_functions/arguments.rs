//! From a Python call to the type of a closure's argument.

use super::HostError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The arguments of a call as they came from Python.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Arguments {
    /// By position.
    pub args: Vec<Value>,
    /// By name.
    pub kwargs: Map<String, Value>,
}

/// About what JSON takes at most as values in memory, told without decoding it: a few bytes of it can become hundreds.
pub(crate) fn decoded_bytes(json: &[u8]) -> usize {
    // Of an element in a vector that has doubled, a small vector, and a small map.
    const ELEMENT: usize = 2 * size_of::<Value>();
    const ARRAY: usize = 4 * size_of::<Value>();
    const OBJECT: usize = 8 * (size_of::<String>() + size_of::<Value>());
    let mut bytes = json.len();
    let (mut in_string, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b',' if !in_string => bytes += ELEMENT,
            b'[' if !in_string => bytes += ARRAY,
            b'{' if !in_string => bytes += OBJECT,
            _ => {}
        }
    }
    bytes
}

/// How a type takes its arguments, told by its JSON schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// `()`.
    Nothing,
    /// A struct with these fields, or a map.
    Named(Vec<String>),
    /// A tuple or a list.
    Placed,
    /// One value.
    Single,
}

impl Shape {
    pub(super) fn of(schema: &Value) -> Self {
        let kind = schema.get("type").and_then(Value::as_str);
        match (kind, schema.get("properties").and_then(Value::as_object)) {
            (_, Some(properties)) => Self::Named(properties.keys().cloned().collect()),
            (Some("object"), None) => Self::Named(Vec::new()),
            (Some("array"), _) => Self::Placed,
            (Some("null"), _) => Self::Nothing,
            _ => Self::Single,
        }
    }
}

impl Arguments {
    pub(super) fn from_json(json: &[u8]) -> Result<Self, HostError> {
        serde_json::from_slice(json).map_err(|error| {
            HostError::new(
                "ValueError",
                format!("the arguments are not the JSON of a call: {error}"),
            )
        })
    }

    /// The arguments as `A`, which has this shape.
    pub(super) fn into_type<A: DeserializeOwned>(
        self,
        name: &str,
        shape: &Shape,
    ) -> Result<A, HostError> {
        let value = self.into_value(name, shape)?;
        serde_json::from_value(value).map_err(|error| type_error(format!("{name}(): {error}")))
    }

    fn into_value(self, name: &str, shape: &Shape) -> Result<Value, HostError> {
        let Self { args, mut kwargs } = self;
        let given = args.len();
        match shape {
            Shape::Named(fields) => {
                if given > fields.len() {
                    return Err(type_error(format!(
                        "{name}() takes at most {} positional arguments, {given} were given",
                        fields.len()
                    )));
                }
                for (field, value) in fields.iter().zip(args) {
                    if kwargs.insert(field.clone(), value).is_some() {
                        return Err(type_error(format!(
                            "{name}() got two values for argument {field:?}"
                        )));
                    }
                }
                Ok(Value::Object(kwargs))
            }
            Shape::Nothing if given > 0 || !kwargs.is_empty() => {
                Err(type_error(format!("{name}() takes no arguments")))
            }
            Shape::Nothing => Ok(Value::Null),
            _ if !kwargs.is_empty() => {
                Err(type_error(format!("{name}() takes no keyword arguments")))
            }
            Shape::Placed => Ok(Value::Array(args)),
            Shape::Single => {
                let [value] = <[Value; 1]>::try_from(args).map_err(|_| {
                    type_error(format!("{name}() takes one argument, {given} were given"))
                })?;
                Ok(value)
            }
        }
    }
}

fn type_error(message: String) -> HostError {
    HostError::new("TypeError", message)
}

#[cfg(test)]
mod tests {
    use super::decoded_bytes;

    #[test]
    fn small_json_that_becomes_much_is_weighed_as_much_and_text_as_text() {
        let weight = |json: &str| decoded_bytes(json.as_bytes());
        assert_eq!(weight(r#""a,b,[{\",""#), 11);
        for (json, times) in [
            ("[[],[],[],[]]", 50),
            (r#"[{"":0},{"":0}]"#, 50),
            ("[1,1,1,1]", 30),
        ] {
            assert!(weight(json) > times * json.len(), "{json}");
        }
        let text = format!("[{:?}]", "x, [y] ".repeat(1000));
        assert!(weight(&text) < text.len() + 1000);
    }
}
