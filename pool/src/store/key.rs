use std::fmt;
use std::sync::Arc;

/// Names of tenants and sessions may have so many bytes: as many as fit a file's name however they are encoded.
pub const NAME_BYTES_MAX: usize = 80;

/// Which session: its tenant's name and its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey {
    tenant: Arc<str>,
    session: Arc<str>,
}

impl SessionKey {
    /// The key of a tenant's session.
    ///
    /// # Errors
    ///
    /// [`BadName`] when a name is empty, longer than [`NAME_BYTES_MAX`] bytes, or holds a NUL.
    pub fn new(tenant: impl Into<Arc<str>>, session: impl Into<Arc<str>>) -> Result<Self, BadName> {
        let (tenant, session) = (tenant.into(), session.into());
        check_name(&tenant)?;
        check_name(&session)?;
        Ok(Self { tenant, session })
    }

    /// The tenant's name.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The session's name.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.session
    }

    pub(crate) fn session_name(&self) -> Arc<str> {
        self.session.clone()
    }
}

impl fmt::Display for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {:?}", self.session, self.tenant)
    }
}

/// A name that no tenant and no session can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} cannot be a name: one has 1 to {NAME_BYTES_MAX} bytes, none of them NUL")]
#[non_exhaustive]
pub struct BadName {
    /// What it was to be, or how it begins.
    pub name: String,
}

pub(crate) fn check_name(name: &str) -> Result<(), BadName> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains('\0') {
        let shown = name.chars().take(NAME_BYTES_MAX).collect();
        return Err(BadName { name: shown });
    }
    Ok(())
}
