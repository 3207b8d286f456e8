//! The committed table of packages: `tests/packages/packages.txt`, a line a package.

use std::collections::BTreeMap;
use std::fmt;

/// A package, and how its own tests are run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    /// As the index knows it.
    pub name: String,
    /// Of the source distribution, which has the tests.
    pub version: String,
    /// SHA-256 of the source distribution, in hexadecimal.
    pub sha256: String,
    /// What the tests import beyond the package and its dependencies.
    pub needs: Vec<String>,
    /// pytest's arguments: where in the source the tests lie, what not to run.
    pub arguments: Vec<String>,
    /// The folder in the source that its tests are started in.
    pub start_in: String,
}

/// A line that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
pub struct TableError {
    line: usize,
    what: &'static str,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the packages: {}", self.line, self.what)
    }
}

impl std::error::Error for TableError {}

/// Reads the table: by name.
///
/// # Errors
///
/// The first line that cannot be read.
pub fn parse(text: &str) -> Result<BTreeMap<String, Package>, TableError> {
    let mut packages = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let fail = |what| TableError {
            line: index + 1,
            what,
        };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let mut next = || words.next().ok_or(fail("it says too little"));
        let mut package = Package {
            name: next()?,
            version: next()?,
            sha256: next()?,
            ..Package::default()
        };
        if package.sha256.len() != 64 {
            return Err(fail("its third word is no SHA-256"));
        }
        for word in words {
            match word.split_once('=') {
                Some(("needs", names)) => {
                    package.needs = names.split(',').map(str::to_owned).collect()
                }
                Some(("in", folder)) => folder.clone_into(&mut package.start_in),
                _ => package.arguments.push(word),
            }
        }
        if packages.insert(package.name.clone(), package).is_some() {
            return Err(fail("it names a package a second time"));
        }
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_word_by_word() {
        let hash = "0".repeat(64);
        let text = format!(
            "# Packages.\n\na 1.0 {hash} needs=b,c in=src tests --deselect=tests/x.py::t\n"
        );
        let package = &parse(&text).unwrap()["a"];
        assert_eq!(
            (&package.version[..], &package.start_in[..]),
            ("1.0", "src")
        );
        assert_eq!(package.needs, ["b", "c"]);
        assert_eq!(package.arguments, ["tests", "--deselect=tests/x.py::t"]);
    }

    #[test]
    fn a_package_without_a_checksum_is_refused() {
        assert_eq!(parse("a 1.0 tests").unwrap_err().line, 1);
        assert_eq!(parse("a 1.0").unwrap_err().what, "it says too little");
    }
}
