//! Getting what the recipe does not carry: CPython's source, the C compiler, the time zones.
//!
//! Nothing is trusted for where it came from: every download must have the SHA-256
//! that the recipe names, and is put in place only then.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hatchery_guest::pins::{CPYTHON_SHA256, CPYTHON_VERSION, Wheel};
use sha2::{Digest, Sha256};

use crate::Error;

/// The pinned CPython release, downloaded once into `downloads`.
pub(crate) fn cpython_source(downloads: &Path, fetch_script: &Path) -> Result<PathBuf, Error> {
    let tarball = downloads.join(format!("Python-{CPYTHON_VERSION}.tar.xz"));
    if tarball.is_file() && sha256_file(&tarball)? == CPYTHON_SHA256 {
        return Ok(tarball);
    }
    let mut places = vec![format!(
        "https://www.python.org/ftp/python/{CPYTHON_VERSION}/Python-{CPYTHON_VERSION}.tar.xz"
    )];
    // Debian keeps upstream's own tarball in its pool.
    places.extend(archive_bases().into_iter().map(|base| {
        format!("{base}/pool/main/p/python3.14/python3.14_{CPYTHON_VERSION}.orig.tar.xz")
    }));
    let mut attempts = Vec::new();
    for place in places {
        match download(&place, &tarball, CPYTHON_SHA256, fetch_script) {
            Ok(()) => return Ok(tarball),
            Err(reason) => attempts.push(format!("  {place}: {reason}")),
        }
    }
    Err(Error::NoSource {
        version: CPYTHON_VERSION,
        attempts: attempts.join("\n"),
    })
}

fn download(url: &str, to: &Path, sha256: &str, fetch_script: &Path) -> Result<(), String> {
    let part = to.with_extension("part");
    let output = Command::new("python3")
        .arg(fetch_script)
        .arg(url)
        .arg(&part)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    accept(&part, to, url, sha256).map_err(|error| error.to_string())
}

/// Moves a finished download into place if it is the expected file; deletes it if not.
fn accept(part: &Path, to: &Path, what: &str, expected: &str) -> Result<(), Error> {
    let found = sha256_file(part)?;
    if found != expected {
        fs::remove_file(part).map_err(Error::io("removing", part))?;
        return Err(Error::Checksum {
            what: what.to_owned(),
            expected: expected.to_owned(),
            found,
        });
    }
    File::open(part)
        .and_then(|file| file.sync_all())
        .map_err(Error::io("syncing", part))?;
    fs::rename(part, to).map_err(Error::io("moving into place", to))
}

/// Base addresses of the Debian archives that this machine's apt is set up for:
/// from apt's own answer, and from its sources for a machine that never updated.
fn archive_bases() -> Vec<String> {
    let mut bases = Vec::new();
    if let Ok(output) = Command::new("apt-get")
        .args(["indextargets", "--format", "$(REPO_URI)"])
        .stdin(Stdio::null())
        .output()
    {
        bases.extend(
            String::from_utf8_lossy(&output.stdout)
                .lines()
                .map(str::to_owned),
        );
    }
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    if let Ok(entries) = fs::read_dir("/etc/apt/sources.list.d") {
        files.extend(entries.flatten().map(|entry| entry.path()));
    }
    files.sort();
    for text in files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
    {
        bases.extend(sources_in(&text));
    }
    let mut seen = std::collections::HashSet::new();
    bases.retain_mut(|base| {
        base.truncate(base.trim_end_matches('/').len());
        // The main archive carries the pool we want; the others only cost a refusal.
        base.ends_with("/debian") && seen.insert(base.clone())
    });
    bases
}

/// The addresses in one sources file, of the one-line or the deb822 form.
fn sources_in(text: &str) -> Vec<String> {
    let is_address = |word: &&str| word.starts_with("http://") || word.starts_with("https://");
    text.lines()
        .map(str::trim)
        .filter(|line| line.starts_with("deb ") || line.starts_with("URIs:"))
        .flat_map(|line| {
            line.split_whitespace()
                .filter(is_address)
                .map(str::to_owned)
        })
        .collect()
}

/// A wheel, through the machine's own pip configuration.
pub(crate) fn wheel(downloads: &Path, wanted: &Wheel) -> Result<PathBuf, Error> {
    let Wheel {
        package,
        version,
        sha256,
    } = wanted;
    let wheel = downloads.join(format!("{package}-{version}-{}.whl", &sha256[..8]));
    if wheel.is_file() && sha256_file(&wheel)? == *sha256 {
        return Ok(wheel);
    }
    let dir = downloads.join(format!("pip-{package}"));
    if dir.exists() {
        fs::remove_dir_all(&dir).map_err(Error::io("removing", &dir))?;
    }
    let log = downloads.join(format!("pip-{package}.log"));
    let output = Command::new("python3")
        .args([
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--dest",
        ])
        .arg(&dir)
        .arg(format!("{package}=={version}"))
        .stdin(Stdio::null())
        .output()
        .map_err(Error::io("starting pip for", &dir))?;
    fs::write(&log, [&output.stdout[..], &output.stderr[..]].concat())
        .map_err(Error::io("writing", &log))?;
    let downloaded = fs::read_dir(&dir)
        .ok()
        .and_then(|mut entries| entries.next()?.ok());
    let Some(file) = downloaded.filter(|_| output.status.success()) else {
        let tail = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Error::NoWheel { package, log, tail });
    };
    let what = format!("the wheel of {package}");
    accept(&file.path(), &wheel, &what, sha256)?;
    Ok(wheel)
}

/// Unpacks a `.tar.xz` into `to`, dropping each path's first folder.
pub(crate) fn unpack(tarball: &Path, to: &Path) -> Result<(), Error> {
    let file = File::open(tarball).map_err(Error::io("opening", tarball))?;
    let mut archive = tar::Archive::new(liblzma::read::XzDecoder::new(file));
    let unpacking = || Error::io("unpacking", tarball);
    for entry in archive.entries().map_err(unpacking())? {
        let mut entry = entry.map_err(unpacking())?;
        let path = entry.path().map_err(unpacking())?.into_owned();
        let inner: PathBuf = path.components().skip(1).collect();
        if inner.as_os_str().is_empty() {
            continue;
        }
        let outside = |part: std::path::Component| !matches!(part, std::path::Component::Normal(_));
        if inner.components().any(outside) {
            let message = format!("holds a path that leads outside: {}", path.display());
            return Err(Error::BadArchive {
                path: tarball.to_owned(),
                message,
            });
        }
        let target = to.join(&inner);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(Error::io("creating", parent))?;
        }
        entry.unpack(&target).map_err(unpacking())?;
    }
    Ok(())
}

fn sha256_file(path: &Path) -> Result<String, Error> {
    let mut file = File::open(path).map_err(Error::io("opening", path))?;
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
    fn both_forms_of_apt_sources_are_read() {
        let one_line = "# deb http://no.example/debian x\ndeb [arch=amd64] http://a.example/debian bookworm main\n";
        assert_eq!(sources_in(one_line), ["http://a.example/debian"]);
        let deb822 =
            "Types: deb\nURIs: http://a.example/debian https://b.example/debian\nSuites: sid\n";
        assert_eq!(
            sources_in(deb822),
            ["http://a.example/debian", "https://b.example/debian"]
        );
    }

    #[test]
    fn a_download_with_another_checksum_is_refused_and_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let (part, to) = (dir.path().join("x.part"), dir.path().join("x"));
        fs::write(&part, "tampered").unwrap();
        let error = accept(&part, &to, "x", CPYTHON_SHA256).unwrap_err();
        assert!(matches!(error, Error::Checksum { .. }), "{error}");
        assert!(!part.exists() && !to.exists());
    }
}
