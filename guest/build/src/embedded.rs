//! The recipe's files, carried along.

use std::fs;
use std::path::Path;

use include_dir::{Dir, include_dir};

use crate::Error;

static FOLDERS: &[(&str, Dir<'static>)] = &[
    ("recipe", include_dir!("$CARGO_MANIFEST_DIR/../recipe")),
    ("c", include_dir!("$CARGO_MANIFEST_DIR/../c")),
    ("python", include_dir!("$CARGO_MANIFEST_DIR/../python")),
    ("patches", include_dir!("$CARGO_MANIFEST_DIR/../patches")),
];

/// The scripts work from files: writes the recipe into `root`.
pub(crate) fn write_out(root: &Path) -> Result<(), Error> {
    for (name, dir) in FOLDERS {
        let into = root.join(name);
        fs::create_dir_all(&into).map_err(Error::io("creating", &into))?;
        dir.extract(&into).map_err(Error::io("writing", &into))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hatchery_guest::recipe::FILES;
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_is_built_from_is_not_another_recipe_than_what_is_located_by() {
        let dir = tempfile::tempdir().unwrap();
        write_out(dir.path()).unwrap();
        let mut written = BTreeMap::new();
        let mut left = vec![dir.path().to_owned()];
        while let Some(folder) = left.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    left.push(path);
                    continue;
                }
                let inner = path.strip_prefix(dir.path()).unwrap();
                let hash = blake3::hash(&fs::read(&path).unwrap()).to_hex();
                written.insert(inner.to_str().unwrap().to_owned(), hash.to_string());
            }
        }
        let listed = FILES
            .iter()
            .map(|(path, hash)| ((*path).to_owned(), (*hash).to_owned()));
        assert_eq!(written, listed.collect());
    }
}
