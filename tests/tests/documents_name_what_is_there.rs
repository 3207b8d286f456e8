//! What the documents say enforces a promise, is there: the tests by their names, and the pages they link to.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_dir.parent().unwrap().to_owned()
}

/// All files below `folder` that end like this, but not what was built.
fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|other| other == extension) {
            found.push(path);
        }
    }
}

fn texts(extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files(&root(), extension, &mut found);
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path, text)
    };
    found.into_iter().map(read).collect()
}

/// Words between backticks that read like the name of a test or of a figure.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted
        .map(|word| word.rsplit("::").next().unwrap())
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .filter(|word| !word.starts_with('_') && word.matches('_').count() >= 3)
}

/// The functions that are tests.
fn tests_in(text: &str) -> impl Iterator<Item = String> + '_ {
    let mut lines = text.lines().map(str::trim);
    std::iter::from_fn(move || {
        loop {
            let line = lines.next()?;
            if !line.starts_with("#[test]") && !line.starts_with("#[tokio::test") {
                continue;
            }
            // Other attributes may stand between.
            let function = lines.find(|line| line.contains("fn "))?;
            return Some(name_after(function, "fn ")?.to_owned());
        }
    })
}

/// Functions, constants and fields that are no tests: guides name those of the public API, as `max_memory_bytes`.
fn items_in(text: &str) -> impl Iterator<Item = String> + '_ {
    let declared = text.lines().map(str::trim).filter_map(|line| {
        ["pub fn ", "pub async fn ", "pub const fn ", "pub const "]
            .iter()
            .find_map(|keyword| name_after(line, keyword))
            .or_else(|| {
                line.strip_prefix("pub ")?
                    .split_once(": ")
                    .map(|field| field.0)
            })
    });
    declared.map(str::to_owned)
}

fn name_after<'a>(line: &'a str, keyword: &str) -> Option<&'a str> {
    let rest = &line[line.find(keyword)? + keyword.len()..];
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    Some(&rest[..end])
}

#[test]
fn every_test_and_figure_that_is_named_exists() {
    let sources = texts("rs");
    let mut known: HashSet<String> = HashSet::new();
    for (path, text) in &sources {
        known.extend(tests_in(text));
        // Names of figures are texts of the benchmarks; a test's own file may be named in its place.
        known.extend(text.split('"').skip(1).step_by(2).map(str::to_owned));
        known.extend(path.file_stem().and_then(OsStr::to_str).map(str::to_owned));
        known.extend(items_in(text));
    }
    let mut named = 0;
    for (path, text) in texts("md") {
        for name in names(&text) {
            named += 1;
            assert!(known.contains(name), "{}: `{name}`", path.display());
        }
    }
    assert!(named > 40, "{named} names were found");
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut links = 0;
    for (path, text) in texts("md") {
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap();
            // A picture of the book's, a page, a file; not an address, and not a place on the same page.
            if target.is_empty() || target.contains("://") || target.contains(char::is_whitespace) {
                continue;
            }
            links += 1;
            let target = path.parent().unwrap().join(target);
            assert!(target.exists(), "{}: {}", path.display(), target.display());
        }
    }
    assert!(links > 40, "{links} links were found");
}
