//! Functions of the host's that programs in a sandbox can call.
//!
//! ```text
//!   Python  add(1, y=2) ─► {"args":[1],"kwargs":{"y":2}} ─► Parameters ─► the closure's own type, or Arguments
//!   Python  3           ◄─ 3, or {"type":…,"message":…}   ◄─ Reply      ◄─ Result<R, HostError>
//! ```

mod arguments;
mod error;
mod explain;
mod function;
mod parameters;

pub use arguments::Arguments;
pub use error::HostError;
pub(crate) use function::{Called, Reply};

use crate::Error;
use crate::settings::FunctionsDigest;
use function::{Body, HostFunction, called, reply_json};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use parameters::Parameters;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

/// The functions that a sandbox may call, by name.
///
/// Register closures over serde types: their argument is a struct, whose fields become the parameters, a tuple, which
/// is filled by position, or a single value. Functions that are known only at run time have a JSON schema in place of a
/// type: [`function_with`](Self::function_with). In Python a function is a name of `__main__`'s (and an attribute of
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
    fallback: Option<Arc<Body>>,
    refused: Option<String>,
}

/// What programs are told of the functions that they can call.
#[derive(Debug, Clone)]
pub(crate) struct Offered {
    /// Settings for the guest.
    pub(crate) json: String,
    /// Equal where the same is told; zeros where there is nothing to call.
    pub(crate) digest: FunctionsDigest,
}

impl Default for Offered {
    fn default() -> Self {
        HostFunctions::new().offered()
    }
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
        let parameters = Parameters::of(schemars::schema_for!(A).to_value());
        let binding = parameters.clone();
        let body = move |name: &str, json: &[u8]| {
            let value = function(binding.bind(name, json)?).map_err(Into::into)?;
            reply_json(name, &value)
        };
        self.add(name.into(), Body::Sync(Box::new(body)), parameters)
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
        let parameters = Parameters::of(schemars::schema_for!(A).to_value());
        let binding = parameters.clone();
        let body = move |name: &str, json: &[u8]| match binding.bind(name, json) {
            Err(error) => std::future::ready(Err(error)).boxed(),
            Ok(arguments) => replies(name, function(arguments)),
        };
        self.add(name.into(), Body::Async(Box::new(body)), parameters)
    }

    /// Adds a function that is known only at run time, such as an agent's tool. `schema` is a JSON schema of its
    /// parameters: of an object, whose properties are parameters that can be given by name or by position, or of an
    /// array, which is filled by position. What is given is checked for number and names as Python does; the values are
    /// the closure's to check.
    ///
    /// Parameters of an object arrive in [`Arguments::kwargs`], however they were given; others in
    /// [`Arguments::args`].
    ///
    /// ```
    /// use hatchery::{HostError, HostFunctions};
    ///
    /// let schema = serde_json::json!({
    ///     "description": "Looks a word up.",
    ///     "properties": { "word": { "type": "string" }, "limit": { "type": "integer" } },
    ///     "required": ["word"],
    /// });
    /// let functions = HostFunctions::new().function_with("lookup", schema, |arguments| {
    ///     Ok::<_, HostError>(arguments.kwargs["word"].clone())
    /// });
    /// # assert_eq!(functions.names().count(), 1);
    /// ```
    #[must_use]
    pub fn function_with<R, E>(
        self,
        name: impl Into<String>,
        schema: serde_json::Value,
        function: impl Fn(Arguments) -> Result<R, E> + Send + Sync + 'static,
    ) -> Self
    where
        R: Serialize,
        E: Into<HostError>,
    {
        let parameters = Parameters::of(schema);
        let binding = parameters.clone();
        let body = move |name: &str, json: &[u8]| {
            let value = function(binding.arguments(name, json)?).map_err(Into::into)?;
            reply_json(name, &value)
        };
        self.add(name.into(), Body::Sync(Box::new(body)), parameters)
    }

    /// As [`function_with`](Self::function_with), for a function that takes its time.
    #[must_use]
    pub fn async_function_with<R, E, F>(
        self,
        name: impl Into<String>,
        schema: serde_json::Value,
        function: impl Fn(Arguments) -> F + Send + Sync + 'static,
    ) -> Self
    where
        R: Serialize,
        E: Into<HostError>,
        F: Future<Output = Result<R, E>> + Send + 'static,
    {
        let parameters = Parameters::of(schema);
        let binding = parameters.clone();
        let body = move |name: &str, json: &[u8]| match binding.arguments(name, json) {
            Err(error) => std::future::ready(Err(error)).boxed(),
            Ok(arguments) => replies(name, function(arguments)),
        };
        self.add(name.into(), Body::Async(Box::new(body)), parameters)
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
        let body = move |name: &str, json: &[u8]| {
            let arguments = Arguments::from_json(name, json)?;
            reply_json(name, &handler(name, arguments).map_err(Into::into)?)
        };
        self.fallback = Some(Arc::new(Body::Sync(Box::new(body))));
        self
    }

    /// As [`fallback`](Self::fallback), for a handler that takes its time: programs reach it with
    /// `await hatchery.call_async(name, …)`, or wait for it in `hatchery.call(name, …)`.
    #[must_use]
    pub fn async_fallback<R, E, F>(
        mut self,
        handler: impl Fn(&str, Arguments) -> F + Send + Sync + 'static,
    ) -> Self
    where
        R: Serialize,
        E: Into<HostError>,
        F: Future<Output = Result<R, E>> + Send + 'static,
    {
        let body = move |name: &str, json: &[u8]| match Arguments::from_json(name, json) {
            Err(error) => std::future::ready(Err(error)).boxed(),
            Ok(arguments) => replies(name, handler(name, arguments)),
        };
        self.fallback = Some(Arc::new(Body::Async(Box::new(body))));
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

    /// What programs are told of the functions.
    pub(crate) fn offered(&self) -> Offered {
        let json = serde_json::json!({ "functions": self.to_description() }).to_string();
        let digest = if self.functions.is_empty() {
            FunctionsDigest::default()
        } else {
            let hash = blake3::hash(json.as_bytes());
            *hash.as_bytes().first_chunk().expect("a hash is longer")
        };
        Offered { json, digest }
    }

    fn to_description(&self) -> serde_json::Value {
        self.functions
            .iter()
            .map(|(name, function)| {
                serde_json::json!({
                    "name": name,
                    "description": function.description,
                    "is_async": matches!(function.body, Body::Async(_)),
                    "parameters": function.parameters.schema(),
                })
            })
            .collect()
    }

    /// Calls a function with the JSON of its arguments. A panic of its is an error of its.
    pub(crate) fn call(&self, name: &str, arguments: &[u8]) -> Called {
        let body = self.functions.get(name).map(|function| &function.body);
        match body.or(self.fallback.as_deref()) {
            Some(body) => called(body, name, arguments),
            None => Called::Finished(
                Err(HostError::new(
                    "NameError",
                    format!("the host offers no function {name:?}"),
                ))
                .into(),
            ),
        }
    }

    fn add(mut self, name: String, body: Body, parameters: Parameters) -> Self {
        let description = parameters.schema().get("description");
        let description = description
            .and_then(|text| text.as_str())
            .map(str::to_owned);
        let function = HostFunction {
            body,
            description,
            parameters,
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

/// The JSON of what a function's future gives.
fn replies<R, E, F>(name: &str, future: F) -> BoxFuture<'static, Result<Vec<u8>, HostError>>
where
    R: Serialize,
    E: Into<HostError>,
    F: Future<Output = Result<R, E>> + Send + 'static,
{
    let name = name.to_owned();
    async move { reply_json(&name, &future.await.map_err(Into::into)?) }.boxed()
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
mod tests;
