//! Lists the files that the guest is made from, with their hashes: where a built guest is found depends on them, and a
//! program that only looks for one need not carry them along.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut files = Vec::new();
    for folder in ["recipe", "c", "python", "patches"] {
        println!("cargo::rerun-if-changed={folder}");
        walk(&root, &root.join(folder), &mut files)?;
    }
    files.sort();
    let mut table = String::from("&[\n");
    for (path, hash) in files {
        writeln!(table, "    ({path:?}, {hash:?}),").expect("a string takes all");
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("files.rs"), table)
}

fn walk(root: &Path, folder: &Path, into: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(root, &path, into)?;
            continue;
        }
        let inner = path.strip_prefix(root).expect("it is below").components();
        let names: Vec<_> = inner
            .map(|name| name.as_os_str().to_string_lossy())
            .collect();
        let hash = blake3::hash(&fs::read(&path)?).to_hex();
        into.push((names.join("/"), hash.to_string()));
    }
    Ok(())
}
