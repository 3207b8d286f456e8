use std::path::PathBuf;

use crate::Error;
use crate::recipe::{Recipe, file_hash, is_complete};
use crate::stages::SOURCE;

/// A built guest module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// The WebAssembly module.
    pub wasm_path: PathBuf,
    /// What identifies the build: 16 hexadecimal digits of the recipe's hash, or of
    /// the file's own when it was named by `HATCHERY_GUEST`.
    pub build_id: String,
}

/// The folder for what is built once and kept: `HATCHERY_CACHE_DIR`, else
/// `hatchery` under `XDG_CACHE_HOME`, else under `.cache` in the home folder.
///
/// # Errors
///
/// [`Error::NoCacheDir`] when none of the three is set.
pub fn cache_dir() -> Result<PathBuf, Error> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("HATCHERY_CACHE_DIR")
        .or_else(|| set("XDG_CACHE_HOME").map(|dir| dir.join("hatchery")))
        .or_else(|| set("HOME").map(|dir| dir.join(".cache/hatchery")))
        .ok_or(Error::NoCacheDir)
}

/// Finds the guest that the recipe of this version makes, or the one that
/// `HATCHERY_GUEST` names. `None` when it has not been built yet.
///
/// # Errors
///
/// [`Error::NoCacheDir`], or [`Error::NoSuchFile`] and [`Error::Read`] for files that
/// environment variables name.
pub fn locate() -> Result<Option<Guest>, Error> {
    if let Some(path) = named_file("HATCHERY_GUEST")? {
        let build_id = file_hash(&path)?[..16].to_owned();
        return Ok(Some(Guest {
            wasm_path: path,
            build_id,
        }));
    }
    let recipe = Recipe::new(named_source()?.as_deref())?;
    Ok(recipe.built(&cache_dir()?))
}

/// The folder of CPython's source, patched, that the located guest was built from: for its tests, which the guest
/// does not ship. `None` when the cache has none, as with a guest that was built elsewhere.
///
/// # Errors
///
/// As [`locate`].
pub fn source_dir() -> Result<Option<PathBuf>, Error> {
    if named_file("HATCHERY_GUEST")?.is_some() {
        return Ok(None);
    }
    let recipe = Recipe::new(named_source()?.as_deref())?;
    let dir = recipe.dir(&cache_dir()?, SOURCE);
    Ok(is_complete(&dir).then_some(dir))
}

/// The tarball of CPython that `HATCHERY_CPYTHON_SOURCE` names, to be built from in place of the release.
///
/// # Errors
///
/// [`Error::NoSuchFile`].
pub fn named_source() -> Result<Option<PathBuf>, Error> {
    named_file("HATCHERY_CPYTHON_SOURCE")
}

/// The file that an environment variable names, if it is set.
fn named_file(variable: &'static str) -> Result<Option<PathBuf>, Error> {
    let Some(path) = std::env::var_os(variable).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let path = PathBuf::from(path);
    if path.is_file() {
        Ok(Some(path))
    } else {
        Err(Error::NoSuchFile { variable, path })
    }
}
