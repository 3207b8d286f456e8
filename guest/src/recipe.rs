//! What is built from what, as hashes.
//!
//! A stage's hash covers what the recipe says of it, the recipe files it reads, the hashes of the stages it builds on,
//! and its pinned download. Its result is kept under that hash, so that a change rebuilds what depends on it and
//! nothing else.

use std::path::{Path, PathBuf};

use crate::pins::{CPYTHON_BLAKE3, TIME_ZONES, zig};
use crate::stages::{Download, GUEST, STAGES, Stage};
use crate::{Error, Guest};

/// The recipe's files and the BLAKE3 hash of each, by path.
pub const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

const MARKER: &str = ".complete";

/// The recipe with its inputs fixed: every stage has a hash, and so a folder.
#[derive(Debug)]
pub struct Recipe {
    hashes: Vec<(&'static str, String)>,
}

impl Recipe {
    /// `source` is a CPython tarball to use in place of the pinned release.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] for a tarball that cannot be read.
    pub fn new(source: Option<&Path>) -> Result<Self, Error> {
        let source = match source {
            Some(path) => file_hash(path)?,
            None => CPYTHON_BLAKE3.to_owned(),
        };
        Ok(Self::of(STAGES, FILES, &source))
    }

    fn of(stages: &'static [Stage], files: &[(&str, &str)], source: &str) -> Self {
        let mut recipe = Self { hashes: Vec::new() };
        for stage in stages {
            let hash = recipe.hash_of(stage, files, source);
            recipe.hashes.push((stage.name, hash));
        }
        recipe
    }

    fn hash_of(&self, stage: &Stage, files: &[(&str, &str)], source: &str) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        add(stage.name);
        add(stage.variable);
        if let Some((download, variable)) = stage.download {
            add(variable);
            // On a machine without a known compiler a guest can still be located.
            add(match download {
                Download::Zig => zig().map_or("none", |wheel| wheel.sha256),
                Download::Source => source,
                Download::TimeZones => TIME_ZONES.sha256,
            });
        }
        for input in stage.inputs {
            add(self.hash(input));
        }
        for (path, hash) in files.iter().filter(|(path, _)| stage.reads(path)) {
            add(path);
            add(hash);
        }
        hasher.finalize().to_hex()[..16].to_owned()
    }

    /// The hash of a stage, 16 hexadecimal digits.
    ///
    /// # Panics
    ///
    /// When there is no stage of that name.
    #[must_use]
    pub fn hash(&self, stage: &str) -> &str {
        let found = self.hashes.iter().find(|(name, _)| *name == stage);
        &found.expect("a stage comes after its inputs").1
    }

    /// Where the result of a stage is kept, below the cache folder.
    ///
    /// # Panics
    ///
    /// When there is no stage of that name.
    #[must_use]
    pub fn dir(&self, cache: &Path, stage: &str) -> PathBuf {
        cache
            .join("guest")
            .join(format!("{stage}-{}", self.hash(stage)))
    }

    /// The finished guest, if the cache has it.
    #[must_use]
    pub fn built(&self, cache: &Path) -> Option<Guest> {
        let dir = self.dir(cache, GUEST);
        is_complete(&dir).then(|| Guest {
            wasm_path: dir.join("python.wasm"),
            build_id: self.hash(GUEST).to_owned(),
        })
    }
}

impl Stage {
    /// Whether this recipe file is among those that the stage depends on.
    #[must_use]
    pub fn reads(&self, path: &str) -> bool {
        self.files
            .iter()
            .any(|file| path == *file || (file.ends_with('/') && path.starts_with(file)))
    }
}

/// The file in a stage's folder that says that the stage has run to its end.
#[must_use]
pub fn marker(dir: &Path) -> PathBuf {
    dir.join(MARKER)
}

/// Whether the stage that fills `dir` has run to its end.
#[must_use]
pub fn is_complete(dir: &Path) -> bool {
    marker(dir).is_file()
}

/// BLAKE3 of a file, in hexadecimal.
///
/// # Errors
///
/// [`Error::Read`].
pub fn file_hash(path: &Path) -> Result<String, Error> {
    let failed = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let mut hasher = blake3::Hasher::new();
    std::io::copy(&mut file, &mut hasher).map_err(failed)?;
    Ok(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_not_listed_before_its_inputs() {
        for (index, stage) in STAGES.iter().enumerate() {
            for input in stage.inputs {
                assert!(
                    STAGES[..index].iter().any(|earlier| earlier.name == *input),
                    "{}: {input}",
                    stage.name
                );
            }
        }
        assert_eq!(STAGES.last().unwrap().name, GUEST);
    }

    #[test]
    fn every_recipe_file_a_stage_names_exists() {
        for stage in STAGES {
            for file in stage.files {
                let named =
                    |path: &str| path == *file || (file.ends_with('/') && path.starts_with(file));
                assert!(
                    FILES.iter().any(|(path, _)| named(path)),
                    "{}: {file}",
                    stage.name
                );
            }
        }
    }

    /// Files that no stage's hash covers: a download is checked by its hash, whatever fetched it.
    const UNHASHED: &[&str] = &["recipe/fetch.py"];

    #[test]
    fn a_change_to_a_file_of_the_recipe_does_not_leave_an_old_guest() {
        let guest = |files: &[(&str, &str)]| Recipe::of(STAGES, files, "s").hash(GUEST).to_owned();
        let before = guest(FILES);
        for index in 0..FILES.len() {
            let mut files = FILES.to_vec();
            files[index].1 = "another";
            if UNHASHED.contains(&files[index].0) {
                assert_eq!(guest(&files), before);
            } else {
                assert_ne!(guest(&files), before, "{}", files[index].0);
            }
        }
        let mut fewer = FILES.to_vec();
        fewer.retain(|(path, _)| *path != "patches/0008-threads-take-turns.patch");
        assert_ne!(guest(&fewer), before, "a file was removed");
    }

    #[test]
    fn another_source_changes_every_stage_built_on_it_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("other.tar.xz");
        std::fs::write(&source, b"another tarball").unwrap();
        let (a, b) = (
            Recipe::new(None).unwrap(),
            Recipe::new(Some(&source)).unwrap(),
        );
        for stage in ["zig", "vendor", "libs"] {
            assert_eq!(a.hash(stage), b.hash(stage), "{stage}");
        }
        for stage in ["source", "native", "cpython", "guest"] {
            assert_ne!(a.hash(stage), b.hash(stage), "{stage}");
        }
    }

    #[test]
    fn a_change_to_the_glue_redoes_the_last_stage_and_no_other() {
        let mut files = FILES.to_vec();
        let changed = files.iter_mut().find(|(path, _)| *path == "c/abi.c");
        changed.unwrap().1 = "another";
        let (a, b) = (
            Recipe::of(STAGES, FILES, "s"),
            Recipe::of(STAGES, &files, "s"),
        );
        for stage in STAGES {
            assert_eq!(
                a.hash(stage.name) == b.hash(stage.name),
                stage.name != GUEST,
                "{}",
                stage.name
            );
        }
    }
}
