//! Loading a stored snapshot: every check first, then two mappings.

use super::folder::{Folder, SnapshotFile};
use super::manifest::{self, FileRecord, Manifest};
use super::save::{EngineIdentity, IMAGE_FILE, MODULE_FILE};
use super::stamp::Stamp;
use super::{Golden, SnapshotError, digest};
use crate::engine::CowEngine;
use crate::sys::snapshot as mapped;
use std::path::Path;

pub(super) fn load(engine: &CowEngine, path: &Path) -> Result<Golden, SnapshotError> {
    let folder = Folder::open(path, manifest::FILE)?;
    let manifest_file = folder.file(manifest::FILE)?;
    let text = manifest_file
        .read(manifest::BYTES_MAX)
        .map_err(SnapshotError::system("reading the snapshot's manifest"))?;
    let manifest = Manifest::from_bytes(folder.path(), &text)?;
    check_engine(engine, &manifest)?;

    let image_file = folder.file(IMAGE_FILE)?;
    let module_file = folder.file(MODULE_FILE)?;
    check_length(IMAGE_FILE, &image_file, &manifest.image)?;
    check_length(MODULE_FILE, &module_file, &manifest.module)?;

    let image = mapped::image(&image_file.file, manifest.image.bytes)?;
    let stamp = Stamp::of(&[
        (manifest::FILE, &manifest_file),
        (IMAGE_FILE, &image_file),
        (MODULE_FILE, &module_file),
    ]);
    if !stamp.is_in(&folder) {
        if digest::image(&image) != manifest.image.hash.0 {
            return Err(SnapshotError::Damaged {
                file: IMAGE_FILE,
                reason: "its hash is wrong",
            });
        }
        check_module(&module_file, &manifest.module)?;
        stamp.leave_in(&folder);
    }

    let module =
        mapped::module(engine.engine(), module_file.file).map_err(SnapshotError::Module)?;
    Golden::assemble(engine, module, image, manifest.state).map_err(|reason| {
        SnapshotError::Damaged {
            file: manifest::FILE,
            reason,
        }
    })
}

fn check_engine(engine: &CowEngine, manifest: &Manifest) -> Result<(), SnapshotError> {
    let here = EngineIdentity::of(engine);
    let check = |what, found: &dyn ToString, expected: &dyn ToString| {
        let (found, expected) = (found.to_string(), expected.to_string());
        if found == expected {
            Ok(())
        } else {
            Err(SnapshotError::Incompatible {
                what,
                found,
                expected,
            })
        }
    };
    check("pages of bytes", &manifest.page_bytes, &here.page_bytes)?;
    check("interrupts by", &manifest.interrupt, &here.interrupt)?;
    check(
        "the compiler, machine and settings",
        &manifest.engine.0.to_hex(),
        &here.engine.0.to_hex(),
    )
}

fn check_length(
    name: &'static str,
    file: &SnapshotFile,
    record: &FileRecord,
) -> Result<(), SnapshotError> {
    if file.len() == record.bytes {
        Ok(())
    } else {
        Err(SnapshotError::Damaged {
            file: name,
            reason: "its length is wrong",
        })
    }
}

fn check_module(file: &SnapshotFile, record: &FileRecord) -> Result<(), SnapshotError> {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update_reader(&file.file)
        .map_err(SnapshotError::system(
            "reading the snapshot's compiled module",
        ))?;
    if hasher.finalize() == record.hash.0 {
        Ok(())
    } else {
        Err(SnapshotError::Damaged {
            file: MODULE_FILE,
            reason: "its hash is wrong",
        })
    }
}
