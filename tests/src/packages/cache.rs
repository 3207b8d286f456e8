//! Packages on this machine, outside the checkout: downloaded once, by what the table says of them.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::table::Package;

const FETCH: &str = include_str!("../../packages/fetch.py");
const CONSTRAINTS: &str = include_str!("../../packages/constraints.txt");
const TOOLS: &[&str] = &["pytest"];

/// The folders of a package.
#[derive(Debug, Clone)]
pub struct Folders {
    /// The package and its dependencies: mounted as `/lib`.
    pub site: PathBuf,
    /// Its source distribution, with the tests.
    pub source: PathBuf,
}

/// Where downloaded packages lie.
#[derive(Debug, Clone)]
pub struct Cache {
    dir: PathBuf,
}

impl Cache {
    /// The folder `packages` in the folder for what is built once and kept.
    ///
    /// # Errors
    ///
    /// When there is no such folder, or it cannot be written to.
    pub fn open() -> Result<Self, Box<dyn std::error::Error>> {
        let dir = hatchery_guest::cache_dir()?.join("packages");
        std::fs::create_dir_all(&dir)?;
        // pip reads the constraints from a file, and the script is run from one that no edit changes meanwhile.
        for (name, text) in [("fetch.py", FETCH), ("constraints.txt", CONSTRAINTS)] {
            let part = dir.join(format!("{name}.{}", std::process::id()));
            std::fs::write(&part, text)?;
            std::fs::rename(&part, dir.join(name))?;
        }
        Ok(Self { dir })
    }

    /// The folder itself.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// pytest and what it needs, imported into the golden snapshot.
    ///
    /// # Errors
    ///
    /// What pip says.
    pub fn tools(&self) -> io::Result<PathBuf> {
        let out = self.folder("tools", &TOOLS.concat());
        self.fetch(&out, json!({"needs": TOOLS}))?;
        Ok(out.join("site"))
    }

    /// A package: found, or downloaded now.
    ///
    /// # Errors
    ///
    /// What pip says, or that the source distribution is not the one in the table.
    pub fn package(&self, package: &Package) -> io::Result<Folders> {
        let Package {
            name,
            version,
            sha256,
            needs,
            ..
        } = package;
        let identity = format!("{sha256} {}", needs.join(" "));
        let out = self.folder(&format!("{name}-{version}"), &identity);
        self.fetch(
            &out,
            json!({"name": name, "version": version, "sha256": sha256, "needs": needs}),
        )?;
        Ok(Folders {
            site: out.join("site"),
            source: out.join("src"),
        })
    }

    fn folder(&self, name: &str, identity: &str) -> PathBuf {
        let hash = blake3::hash(format!("{identity}\n{CONSTRAINTS}\n{FETCH}").as_bytes());
        self.dir.join(format!("{name}-{}", &hash.to_hex()[..16]))
    }

    /// Fills `out`, which is there once it is whole.
    fn fetch(&self, out: &Path, mut job: Value) -> io::Result<()> {
        if out.is_dir() {
            return Ok(());
        }
        job["out"] = out.to_string_lossy().into();
        job["wheels"] = self.dir.join("wheels").to_string_lossy().into();
        job["constraints"] = self.dir.join("constraints.txt").to_string_lossy().into();
        let output = Command::new("python3")
            .arg(self.dir.join("fetch.py"))
            .arg(job.to_string())
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(io::Error::other(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ))
    }
}
