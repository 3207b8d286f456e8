//! What is built from what: the stages, their inputs and their hashes.
//!
//! A stage's hash covers the recipe files it reads, the hashes of the stages it
//! builds on, and the pinned downloads. Its result is kept under that hash, so a
//! change rebuilds what depends on it and nothing else.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

use crate::fetch::Wheel;
use crate::{Error, Guest};

pub(crate) static FILES: &[(&str, Dir<'static>)] = &[
    ("recipe", include_dir!("$CARGO_MANIFEST_DIR/recipe")),
    ("c", include_dir!("$CARGO_MANIFEST_DIR/c")),
    ("python", include_dir!("$CARGO_MANIFEST_DIR/python")),
    ("patches", include_dir!("$CARGO_MANIFEST_DIR/patches")),
];

pub(crate) const CPYTHON_VERSION: &str = "3.14.7";
pub(crate) const CPYTHON_SHA256: &str =
    "3b48dac8fb59f62eaa67ac83c1eb12bda1b7a08406dd286e252c11a66be27f81";
const ZIG_VERSION: &str = "0.17.0";

/// The time zones of `zoneinfo`.
pub(crate) const TIME_ZONES: Wheel = Wheel {
    package: "tzdata",
    version: "2026.6",
    sha256: "0a10eec6e13ef16b627fabed9a5f2ba61a62b1c67f327305f4e7e412a70b4aec",
};

/// SHA-256 of the compiler's wheel, by operating system and processor.
const ZIG_WHEELS: &[(&str, &str, &str)] = &[
    (
        "linux",
        "x86_64",
        "97079827064a7492cce5541ceb438ae8003ce1e54e399676da2d62fb7a5dc08b",
    ),
    (
        "linux",
        "aarch64",
        "d2804f94f54f7fcf8169f4b212a619ad688a4e2e6592e976f0cf2e58e2cd8af3",
    ),
    (
        "macos",
        "aarch64",
        "87274af689c4128051b26c80f6f676757e0a81c2fdc137fd8b5679e928e4bc4f",
    ),
    (
        "macos",
        "x86_64",
        "4d910f0e363ddb60a6b8ddb55235617797a8ccbcb6c5c7132a949d9f833eea42",
    ),
];

/// The compiler, for the machine that builds.
pub(crate) fn zig() -> Result<Wheel, Error> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    ZIG_WHEELS
        .iter()
        .find(|wheel| wheel.0 == os && wheel.1 == arch)
        .map(|wheel| Wheel {
            package: "ziglang",
            version: ZIG_VERSION,
            sha256: wheel.2,
        })
        .ok_or(Error::UnsupportedBuildMachine { os, arch })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Zig,
    Source,
    Native,
    Vendor,
    Libs,
    Cpython,
    Link,
}

pub(crate) struct StagePlan {
    pub(crate) stage: Stage,
    pub(crate) name: &'static str,
    /// Environment variable under which later stages' scripts find the result.
    pub(crate) variable: &'static str,
    inputs: &'static [Stage],
    /// Recipe files, or folders when they end in `/`.
    files: &'static [&'static str],
    /// Of the whole build, on a 2-core machine: what the progress bar goes by.
    pub(crate) expected_secs: u32,
    pub(crate) expected_lines: u32,
}

pub(crate) const STAGES: &[StagePlan] = &[
    StagePlan {
        stage: Stage::Zig,
        name: "zig",
        variable: "ZIG",
        inputs: &[],
        files: &["recipe/zig.sh"],
        expected_secs: 25,
        expected_lines: 1,
    },
    StagePlan {
        stage: Stage::Source,
        name: "source",
        variable: "SOURCE",
        inputs: &[],
        files: &["patches/"],
        expected_secs: 8,
        expected_lines: 10,
    },
    StagePlan {
        stage: Stage::Native,
        name: "native",
        variable: "NATIVE",
        inputs: &[Stage::Source],
        files: &["recipe/native.sh"],
        expected_secs: 150,
        expected_lines: 1400,
    },
    StagePlan {
        stage: Stage::Vendor,
        name: "vendor",
        variable: "VENDOR",
        inputs: &[],
        files: &["recipe/clibs/"],
        expected_secs: 5,
        expected_lines: 30,
    },
    StagePlan {
        stage: Stage::Libs,
        name: "libs",
        variable: "CLIBS",
        inputs: &[Stage::Zig, Stage::Vendor],
        files: &["recipe/libs.sh"],
        expected_secs: 40,
        expected_lines: 10,
    },
    StagePlan {
        stage: Stage::Cpython,
        name: "cpython",
        variable: "CPYTHON",
        inputs: &[Stage::Zig, Stage::Source, Stage::Native, Stage::Libs],
        files: &[
            "recipe/cpython.sh",
            "recipe/site.config",
            "c/missing_libc.c",
        ],
        expected_secs: 220,
        expected_lines: 1790,
    },
    StagePlan {
        stage: Stage::Link,
        name: "guest",
        variable: "GUEST",
        inputs: &[Stage::Zig, Stage::Source, Stage::Native, Stage::Cpython],
        files: &["recipe/guest.sh", "recipe/pack_stdlib.py", "c/", "python/"],
        expected_secs: 75,
        expected_lines: 5,
    },
];

/// The recipe with its inputs fixed: every stage has a hash, and so a folder.
pub(crate) struct Recipe {
    hashes: Vec<String>,
}

impl Recipe {
    /// `source` is a CPython tarball to use in place of the pinned release.
    pub(crate) fn new(source: Option<&Path>) -> Result<Self, Error> {
        let source_sha256 = match source {
            Some(path) => sha256_file(path)?,
            None => CPYTHON_SHA256.to_owned(),
        };
        // On a machine without a known compiler a guest can still be located.
        let zig = zig().map_or("none", |wheel| wheel.sha256);
        let mut hashes: Vec<String> = Vec::new();
        for plan in STAGES {
            let mut hasher = blake3::Hasher::new();
            let mut add = |bytes: &[u8]| {
                hasher.update(&(bytes.len() as u64).to_le_bytes());
                hasher.update(bytes);
            };
            add(plan.name.as_bytes());
            match plan.stage {
                Stage::Zig => add(zig.as_bytes()),
                Stage::Source => add(source_sha256.as_bytes()),
                Stage::Link => add(TIME_ZONES.sha256.as_bytes()),
                _ => {}
            }
            for input in plan.inputs {
                add(hashes[*input as usize].as_bytes());
            }
            for (path, contents) in recipe_files(plan.files) {
                add(path.as_bytes());
                add(contents);
            }
            hashes.push(hasher.finalize().to_hex()[..16].to_owned());
        }
        Ok(Self { hashes })
    }

    pub(crate) fn hash(&self, stage: Stage) -> &str {
        &self.hashes[stage as usize]
    }

    pub(crate) fn dir(&self, cache: &Path, stage: Stage) -> PathBuf {
        let name = STAGES[stage as usize].name;
        cache
            .join("guest")
            .join(format!("{name}-{}", self.hash(stage)))
    }

    /// The finished guest, if the cache has it.
    pub(crate) fn built(&self, cache: &Path) -> Option<Guest> {
        let dir = self.dir(cache, Stage::Link);
        crate::stage::is_complete(&dir).then(|| Guest {
            wasm_path: dir.join("python.wasm"),
            build_id: self.hash(Stage::Link).to_owned(),
        })
    }
}

/// The embedded files that `wanted` names, sorted by path.
fn recipe_files(wanted: &[&str]) -> Vec<(String, &'static [u8])> {
    fn walk(prefix: &str, dir: &'static Dir<'static>, into: &mut Vec<(String, &'static [u8])>) {
        for file in dir.files() {
            into.push((
                format!("{prefix}/{}", file.path().display()),
                file.contents(),
            ));
        }
        for dir in dir.dirs() {
            walk(prefix, dir, into);
        }
    }
    let mut files = Vec::new();
    for (prefix, dir) in FILES {
        walk(prefix, dir, &mut files);
    }
    files.retain(|(path, _)| {
        wanted
            .iter()
            .any(|w| path == w || (w.ends_with('/') && path.starts_with(w)))
    });
    files.sort();
    files
}

pub(crate) fn sha256_file(path: &Path) -> Result<String, Error> {
    let mut file = std::fs::File::open(path).map_err(Error::io("opening", path))?;
    let mut hasher = Sha256::new();
    std::io::copy(&mut file, &mut hasher).map_err(Error::io("reading", path))?;
    Ok(hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_listed_in_the_order_of_the_enum_and_after_their_inputs() {
        for (index, plan) in STAGES.iter().enumerate() {
            assert_eq!(plan.stage as usize, index);
            assert!(
                plan.inputs.iter().all(|input| (*input as usize) < index),
                "{}",
                plan.name
            );
        }
    }

    #[test]
    fn every_recipe_file_a_stage_names_exists() {
        for plan in STAGES {
            for file in plan.files {
                assert!(!recipe_files(&[file]).is_empty(), "{}: {file}", plan.name);
            }
        }
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
        for stage in [Stage::Zig, Stage::Vendor, Stage::Libs] {
            assert_eq!(a.hash(stage), b.hash(stage), "{stage:?}");
        }
        for stage in [Stage::Source, Stage::Native, Stage::Cpython, Stage::Link] {
            assert_ne!(a.hash(stage), b.hash(stage), "{stage:?}");
        }
    }
}
