//! Functions of the host's that programs in a sandbox can call.
//!
//! ```text
//!   Python  add(1, y=2) ─► {"args":[1],"kwargs":{"y":2}} ─► Arguments ─► the closure's own type
//!   Python  3           ◄─ 3, or {"type":…,"message":…}   ◄─ Reply     ◄─ Result<R, HostError>
//! ```

mod arguments;
mod error;

pub use arguments::Arguments;
pub(crate) use arguments::decoded_bytes;
pub use error::HostError;

use crate::Error;
use arguments::Shape;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The functions that a sandbox may call, by name.
///
/// Register closures over serde types: their argument is a struct, whose fields become the parameters, a tuple, which
/// is filled by position, or a single value. In Python a function is a name of `__main__`'s (and an attribute of
/// `hatchery.host`); `await` is needed for those registered as asynchronous. A dot in a name makes a namespace.
/// Cloning is cheap, and many sandboxes can share one.
///
/// ```
/// use hatchery::{HostError, HostFunctions};
///
/// /// Adds two numbers.
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Add {
///     a: i64,
///     b: i64,
/// }
///
/// let functions = HostFunctions::new()
///     .function("math.add", |add: Add| {
///         add.a.checked_add(add.b).ok_or_else(|| HostError::new("OverflowError", "too large"))
///     })
///     .async_function("fetch", |(url,): (String,)| async move {
///         Ok::<_, HostError>(format!("what {url} says"))
///     });
/// assert_eq!(functions.names().collect::<Vec<_>>(), ["fetch", "math.add"]);
/// ```
#[derive(Clone, Default)]
pub struct HostFunctions {
    functions: BTreeMap<String, Arc<HostFunction>>,
    fallback: Option<Arc<SyncBody>>,
    refused: Option<String>,
}

type SyncBody = dyn Fn(&str, Arguments) -> Result<Vec<u8>, HostError> + Send + Sync;
type AsyncBody = dyn Fn(Arguments) -> BoxFuture<'static, Result<Vec<u8>, HostError>> + Send + Sync;

enum Body {
    Sync(Box<SyncBody>),
    Async(Box<AsyncBody>),
}

struct HostFunction {
    body: Body,
    description: Option<String>,
    /// JSON schema of the arguments.
    parameters: serde_json::Value,
}

/// What a host function gave, as it crosses to the guest.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) is_exception: bool,
    pub(crate) json: Vec<u8>,
}

impl From<Result<Vec<u8>, HostError>> for Reply {
    fn from(outcome: Result<Vec<u8>, HostError>) -> Self {
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

impl HostFunctions {
    /// No functions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function that returns at once. The guest stands still meanwhile.
    ///
    /// The doc comment of `A` becomes the function's docstring. A later function of the same name replaces an earlier.
    #[must_use]
    pub fn function<A, R, E>(
        self,
        name: impl Into<String>,
        function: impl Fn(A) -> Result<R, E> + Send + Sync + 'static,
    ) -> Self
    where
        A: DeserializeOwned + JsonSchema,
        R: Serialize,
        E: Into<HostError>,
    {
        let (schema, shape) = schema_of::<A>();
        let body = move |name: &str, arguments: Arguments| {
            let value = function(arguments.into_type(name, &shape)?).map_err(Into::into)?;
            to_json(name, &value)
        };
        self.add(name.into(), Body::Sync(Box::new(body)), schema)
    }

    /// Adds a function that takes its time: programs `await` it, and can await many at once.
    #[must_use]
    pub fn async_function<A, R, E, F>(
        self,
        name: impl Into<String>,
        function: impl Fn(A) -> F + Send + Sync + 'static,
    ) -> Self
    where
        A: DeserializeOwned + JsonSchema,
        R: Serialize,
        E: Into<HostError>,
        F: Future<Output = Result<R, E>> + Send + 'static,
    {
        let (schema, shape) = schema_of::<A>();
        let name = name.into();
        let own_name: Arc<str> = name.as_str().into();
        let body = move |arguments: Arguments| match arguments.into_type(&own_name, &shape) {
            Err(error) => std::future::ready(Err(error)).boxed(),
            Ok(arguments) => {
                let (future, name) = (function(arguments), own_name.clone());
                async move { to_json(&name, &future.await.map_err(Into::into)?) }.boxed()
            }
        };
        self.add(name, Body::Async(Box::new(body)), schema)
    }

    /// Says what a function does: its docstring, in place of what its type said.
    #[must_use]
    pub fn describe(mut self, name: &str, description: impl Into<String>) -> Self {
        match self.functions.get_mut(name) {
            Some(function) => {
                // Only a clone of the registry shares it, and that one keeps its own description.
                if let Some(function) = Arc::get_mut(function) {
                    function.description = Some(description.into());
                } else {
                    self.refuse(format!(
                        "{name:?} is shared with another registry: describe it before cloning"
                    ));
                }
            }
            None => self.refuse(format!("{name:?} is described but not registered")),
        }
        self
    }

    /// Handles all names that are not registered: programs reach them with `hatchery.call(name, …)`.
    #[must_use]
    pub fn fallback<R, E>(
        mut self,
        handler: impl Fn(&str, Arguments) -> Result<R, E> + Send + Sync + 'static,
    ) -> Self
    where
        R: Serialize,
        E: Into<HostError>,
    {
        self.fallback = Some(Arc::new(move |name: &str, arguments: Arguments| {
            to_json(name, &handler(name, arguments).map_err(Into::into)?)
        }));
        self
    }

    /// The registered names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.functions.keys().map(String::as_str)
    }

    /// Whether there is nothing to call.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty() && self.fallback.is_none()
    }

    /// Every name is one that Python can have, and none is both a function and a namespace.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let refused = self.refused.clone().or_else(|| {
            self.functions.keys().find_map(|name| {
                if !name.split('.').all(is_identifier) {
                    return Some(format!("{name:?} is not a dotted Python name"));
                }
                let prefix = format!("{name}.");
                self.functions
                    .keys()
                    .find(|other| other.starts_with(&prefix))
                    .map(|other| format!("{name:?} cannot be a function and hold {other:?}"))
            })
        });
        match refused {
            Some(what) => Err(Error::HostFunctions { what }),
            None => Ok(()),
        }
    }

    /// What the guest is told of the functions.
    pub(crate) fn to_description(&self) -> serde_json::Value {
        self.functions
            .iter()
            .map(|(name, function)| {
                serde_json::json!({
                    "name": name,
                    "description": function.description,
                    "is_async": matches!(function.body, Body::Async(_)),
                    "parameters": function.parameters,
                })
            })
            .collect()
    }

    /// Calls a function. A panic of its is an error of its.
    pub(crate) fn call(&self, name: &str, arguments: &[u8]) -> Called {
        let finished = |outcome: Result<Vec<u8>, HostError>| Called::Finished(outcome.into());
        let arguments = match Arguments::from_json(arguments) {
            Ok(arguments) => arguments,
            Err(error) => return finished(Err(error)),
        };
        let called = catch_unwind(AssertUnwindSafe(|| match self.functions.get(name) {
            Some(function) => match &function.body {
                Body::Sync(body) => finished(body(name, arguments)),
                Body::Async(body) => Called::Started(caught(name, body(arguments))),
            },
            None => match &self.fallback {
                Some(fallback) => finished(fallback(name, arguments)),
                None => finished(Err(HostError::new(
                    "NameError",
                    format!("the host offers no function {name:?}"),
                ))),
            },
        }));
        called.unwrap_or_else(|_| finished(Err(HostError::panicked(name))))
    }

    fn add(mut self, name: String, body: Body, schema: serde_json::Value) -> Self {
        let description = schema
            .get("description")
            .and_then(|text| text.as_str())
            .map(str::to_owned);
        let function = HostFunction {
            body,
            description,
            parameters: schema,
        };
        self.functions.insert(name, Arc::new(function));
        self
    }

    /// Builders do not fail: the first mistake is kept until a sandbox is made.
    fn refuse(&mut self, what: String) {
        self.refused.get_or_insert(what);
    }
}

impl fmt::Debug for HostFunctions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostFunctions")
            .field("names", &self.functions.keys())
            .field("has_fallback", &self.fallback.is_some())
            .finish_non_exhaustive()
    }
}

fn caught(
    name: &str,
    future: BoxFuture<'static, Result<Vec<u8>, HostError>>,
) -> BoxFuture<'static, Reply> {
    let panicked = HostError::panicked(name);
    AssertUnwindSafe(future)
        .catch_unwind()
        .map(|outcome| outcome.unwrap_or(Err(panicked)).into())
        .boxed()
}

fn schema_of<A: JsonSchema>() -> (serde_json::Value, Shape) {
    let schema = schemars::schema_for!(A).to_value();
    let shape = Shape::of(&schema);
    (schema, shape)
}

fn to_json(name: &str, value: &impl Serialize) -> Result<Vec<u8>, HostError> {
    serde_json::to_vec(value).map_err(|error| {
        HostError::new(
            "TypeError",
            format!("what {name}() returned is not JSON: {error}"),
        )
    })
}

fn is_identifier(part: &str) -> bool {
    const KEYWORDS: &[&str] = &[
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class",
        "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global",
        "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return",
        "try", "while", "with", "yield",
    ];
    let mut chars = part.chars();
    chars
        .next()
        .is_some_and(|first| first == '_' || first.is_alphabetic())
        && chars.all(|c| c == '_' || c.is_alphanumeric())
        && !KEYWORDS.contains(&part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reply(functions: &HostFunctions, name: &str, arguments: &str) -> (bool, serde_json::Value) {
        let reply = match functions.call(name, arguments.as_bytes()) {
            Called::Finished(reply) => reply,
            Called::Started(future) => future.now_or_never().expect("it waits for nothing"),
        };
        (
            reply.is_exception,
            serde_json::from_slice(&reply.json).expect("replies are JSON"),
        )
    }

    #[derive(serde::Deserialize, JsonSchema)]
    struct Point {
        /// Across.
        x: i64,
        #[serde(default)]
        y: i64,
    }

    fn functions() -> HostFunctions {
        HostFunctions::new()
            .function("named", |point: Point| {
                Ok::<_, HostError>((point.x, point.y))
            })
            .function("placed", |(a, b): (i64, String)| {
                Ok::<_, HostError>(format!("{a}{b}"))
            })
            .function("single", |text: String| Ok::<_, HostError>(text.len()))
            .function("nothing", |(): ()| Ok::<_, HostError>(()))
            .function("parse", |text: String| text.parse::<i64>())
            .function("panics", |(): ()| -> Result<(), HostError> {
                std::panic::panic_any(1)
            })
            .async_function(
                "later",
                |text: String| async move { Ok::<_, HostError>(text) },
            )
            .async_function("late_panic", |(): ()| async move {
                if true {
                    std::panic::panic_any(2);
                }
                Ok::<_, HostError>(())
            })
    }

    #[test]
    fn arguments_reach_the_closures_type_by_name_and_by_position() {
        let functions = functions();
        for (name, arguments, expected) in [
            ("named", r#"{"args":[1],"kwargs":{"y":2}}"#, json!([1, 2])),
            ("named", r#"{"args":[1,2],"kwargs":{}}"#, json!([1, 2])),
            ("named", r#"{"args":[],"kwargs":{"x":3}}"#, json!([3, 0])),
            ("placed", r#"{"args":[1,"b"],"kwargs":{}}"#, json!("1b")),
            ("single", r#"{"args":["four"],"kwargs":{}}"#, json!(4)),
            ("nothing", r#"{"args":[],"kwargs":{}}"#, json!(null)),
            ("later", r#"{"args":["x"],"kwargs":{}}"#, json!("x")),
        ] {
            assert_eq!(
                reply(&functions, name, arguments),
                (false, expected),
                "{name}"
            );
        }
    }

    #[test]
    fn what_does_not_fit_is_a_type_error_that_names_the_function() {
        let functions = functions();
        for (name, arguments, expected) in [
            (
                "named",
                r#"{"args":[],"kwargs":{}}"#,
                "named(): missing field `x`",
            ),
            (
                "named",
                r#"{"args":[1,2,3],"kwargs":{}}"#,
                "named() takes at most 2 positional arguments, 3 were given",
            ),
            (
                "named",
                r#"{"args":[1],"kwargs":{"x":1}}"#,
                "named() got two values for argument \"x\"",
            ),
            (
                "nothing",
                r#"{"args":[1],"kwargs":{}}"#,
                "nothing() takes no arguments",
            ),
            (
                "placed",
                r#"{"args":[1,"b"],"kwargs":{"c":1}}"#,
                "placed() takes no keyword arguments",
            ),
        ] {
            let (is_exception, error) = reply(&functions, name, arguments);
            assert!(is_exception);
            assert_eq!(error["type"], "TypeError", "{name}");
            let message = error["message"].as_str().unwrap();
            assert!(message.starts_with(expected), "{message}");
        }
    }

    #[test]
    fn errors_keep_their_type_and_panics_are_errors() {
        let functions = functions();
        let (_, error) = reply(&functions, "parse", r#"{"args":["x"],"kwargs":{}}"#);
        assert_eq!(error["type"], "ParseIntError");
        assert_eq!(error["message"], "invalid digit found in string");
        for name in ["panics", "late_panic"] {
            let (is_exception, error) = reply(&functions, name, r#"{"args":[],"kwargs":{}}"#);
            assert!(is_exception);
            assert_eq!(error["type"], "HostError");
            assert_eq!(
                error["message"],
                format!("the host function {name}() panicked")
            );
        }
        let (_, error) = reply(&functions, "absent", r#"{"args":[],"kwargs":{}}"#);
        assert_eq!(error["type"], "NameError");
    }

    #[test]
    fn names_that_python_cannot_have_are_refused() {
        for name in ["", "a-b", "1a", "a..b", "class", "a.def"] {
            let functions = HostFunctions::new().function(name, |(): ()| Ok::<_, HostError>(()));
            assert!(functions.check().is_err(), "{name:?}");
        }
        let clash = functions().function("named.x", |(): ()| Ok::<_, HostError>(()));
        assert!(clash.check().is_err());
        assert!(functions().check().is_ok());
        assert!(functions().describe("absent", "x").check().is_err());
    }

    #[test]
    fn the_schema_and_the_docstring_come_from_the_type() {
        let description = functions().describe("single", "Measures.").to_description();
        let of = |name: &str| {
            let mut functions = description.as_array().unwrap().iter();
            functions.find(|function| function["name"] == name).unwrap()
        };
        let named = of("named");
        assert_eq!(
            named["parameters"]["properties"]["x"]["description"],
            "Across."
        );
        assert_eq!(named["parameters"]["required"], json!(["x"]));
        assert_eq!(of("single")["description"], "Measures.");
    }
}
