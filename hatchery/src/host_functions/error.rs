use std::fmt;

/// Why a host function failed, as Python sees it.
///
/// Where `type_name` is one of Python's own exceptions, such as `ValueError`, that one is raised; otherwise a subclass
/// of `hatchery.HostError` of this name. Any [`std::error::Error`] converts with `?`, and keeps the name of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostError {
    /// The exception's type.
    pub type_name: String,
    /// What `str()` of the exception gives.
    pub message: String,
}

impl HostError {
    /// An exception of this type.
    pub fn new(type_name: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            type_name: type_name.into(),
            message: message.into(),
        }
    }

    /// A `hatchery.HostError`, for what Python has no type for.
    pub fn message(message: impl Into<String>) -> Self {
        Self::new("HostError", message)
    }

    pub(crate) fn panicked(name: &str) -> Self {
        Self::message(format!("the host function {name}() panicked"))
    }

    pub(crate) fn to_json(&self) -> Vec<u8> {
        serde_json::json!({"type": self.type_name, "message": self.message})
            .to_string()
            .into_bytes()
    }
}

// Not `std::error::Error` itself, or it could not be made from every one.
impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.type_name, self.message)
    }
}

impl<E: std::error::Error> From<E> for HostError {
    fn from(error: E) -> Self {
        let path = std::any::type_name::<E>();
        let path = path.split('<').next().unwrap_or(path);
        let name = path.rsplit("::").next().unwrap_or(path);
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            message.push_str(": ");
            message.push_str(&error.to_string());
            source = error.source();
        }
        // `io::Error` and its like are called just `Error`.
        let name = if name == "Error" { "HostError" } else { name };
        Self::new(name, message)
    }
}
