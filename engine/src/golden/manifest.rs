//! The manifest: what a stored snapshot is, for whom it was made, and the hashes of its files.
//!
//! `docs/snapshot-format.md` draws it field by field.

use super::SnapshotError;
use super::value::GlobalValue;
use crate::freeze::{FreezeReport, Layout};
use crate::interrupt::TrapSite;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The manifest's file name.
pub(super) const FILE: &str = "manifest.json";
/// What every manifest begins with.
const MAGIC: &str = "hatchery-snapshot";
/// Version of the folder's layout and of the manifest's fields. Any change to either takes a new number.
pub const FORMAT: u64 = 2;
/// A manifest is small; a larger file is not one.
pub(super) const BYTES_MAX: u64 = 1 << 20;

/// What is known of a stored snapshot apart from its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    /// Version of this crate. For people: `format` and `engine` decide what can be loaded.
    pub(super) hatchery: String,
    /// The interrupt mechanism that the code was compiled for.
    pub(super) interrupt: String,
    /// Hash of wasmtime's version, the target, the CPU features and every setting that changes code.
    pub(super) engine: Digest,
    /// The host's page size in bytes.
    pub(super) page_bytes: u64,
    pub(super) image: FileRecord,
    pub(super) module: FileRecord,
    pub(super) state: BakedState,
}

/// What a golden snapshot knows besides its memory and its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BakedState {
    /// Hash of the module before the freeze.
    pub(crate) source: Digest,
    /// Values of the mutable globals, by index.
    pub(crate) globals: Vec<(u32, GlobalValue)>,
    /// Passive data segments that the bake dropped.
    pub(crate) dropped_segments: Vec<u32>,
    /// Passive element segments that the bake dropped.
    pub(crate) dropped_elements: Vec<u32>,
    pub(crate) layout: Layout,
    pub(crate) report: FreezeReport,
    /// Where in the module's code an interrupt lands.
    pub(crate) trap: Option<TrapSite>,
    /// The baker's own notes.
    pub(crate) metadata: BTreeMap<String, String>,
}

/// Length and hash of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileRecord {
    pub(super) bytes: u64,
    pub(super) hash: Digest,
}

/// A BLAKE3 hash, written as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Digest(pub(crate) blake3::Hash);

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_hex())
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        blake3::Hash::from_hex(&text)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

/// The fields that every format version has.
#[derive(Deserialize)]
struct Header {
    magic: String,
    format: u64,
}

impl Manifest {
    /// The manifest as a file: a fixed prefix that holds the hash of all that follows it.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let fields =
            serde_json::to_string(self).expect("strings, numbers and lists always serialise");
        // The fields without their opening brace, which the prefix brings.
        let body = &fields.as_bytes()[1..];
        let mut bytes = prefix(blake3::hash(body)).into_bytes();
        bytes.extend_from_slice(body);
        bytes
    }

    /// Reads a manifest, of which nothing is believed before its checksum is.
    pub(super) fn from_bytes(folder: &Path, bytes: &[u8]) -> Result<Self, SnapshotError> {
        let foreign = || SnapshotError::NotASnapshot {
            folder: folder.to_owned(),
        };
        let damaged = |reason| SnapshotError::Damaged { file: FILE, reason };
        let prefix_bytes = prefix(blake3::hash(&[])).len();

        let whole = bytes
            .split_at_checked(prefix_bytes)
            .and_then(|(head, body)| {
                (head == prefix(blake3::hash(body)).as_bytes()).then_some(body)
            });
        let Some(body) = whole else {
            // Not ours as it stands. Say as exactly as can be said whether it ever was.
            let header: Header = serde_json::from_slice(bytes).map_err(|_| {
                let ours = bytes
                    .windows(MAGIC.len())
                    .take(64)
                    .any(|w| w == MAGIC.as_bytes());
                if ours {
                    damaged("it is not complete")
                } else {
                    foreign()
                }
            })?;
            return Err(match header {
                Header { magic, .. } if magic != MAGIC => foreign(),
                Header { format, .. } if format != FORMAT => SnapshotError::Format {
                    found: format,
                    expected: FORMAT,
                },
                _ => damaged("its checksum is wrong"),
            });
        };
        let mut object = Vec::with_capacity(body.len() + 1);
        object.push(b'{');
        object.extend_from_slice(body);
        serde_json::from_slice(&object)
            .map_err(|_| damaged("a field is missing or has another type"))
    }
}

fn prefix(checksum: blake3::Hash) -> String {
    format!(
        r#"{{"magic":"{MAGIC}","format":{FORMAT},"checksum":"{}","#,
        checksum.to_hex()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let digest = Digest(blake3::hash(b"x"));
        let record = FileRecord {
            bytes: 1,
            hash: digest,
        };
        Manifest {
            hatchery: "0.1.0".into(),
            interrupt: "epoch".into(),
            engine: digest,
            page_bytes: 4096,
            image: record,
            module: record,
            state: BakedState {
                source: digest,
                globals: vec![(1, GlobalValue::V128(1, 2)), (2, GlobalValue::Null)],
                dropped_segments: vec![],
                dropped_elements: vec![],
                layout: Layout::default(),
                report: FreezeReport::default(),
                trap: Some(TrapSite {
                    code_begin: 0,
                    code_end: 10,
                    trap: 8,
                }),
                metadata: BTreeMap::from([("abi".into(), "1".into())]),
            },
        }
    }

    #[test]
    fn a_manifest_reads_back_as_it_was_written() {
        let bytes = manifest().to_bytes();
        assert_eq!(
            Manifest::from_bytes(Path::new("x"), &bytes).unwrap(),
            manifest()
        );
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(value["magic"], MAGIC);
    }

    #[test]
    fn no_flipped_bit_and_no_truncation_is_accepted() {
        let good = manifest().to_bytes();
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                assert!(
                    Manifest::from_bytes(Path::new("x"), &bad).is_err(),
                    "byte {at} bit {bit}"
                );
            }
            assert!(Manifest::from_bytes(Path::new("x"), &good[..at]).is_err());
        }
        let mut longer = good.clone();
        longer.push(b' ');
        assert!(Manifest::from_bytes(Path::new("x"), &longer).is_err());
    }

    #[test]
    fn another_format_is_named_and_not_called_damage() {
        for other in [FORMAT - 1, FORMAT + 1] {
            let text = format!(r#"{{"magic":"{MAGIC}","format":{other},"shape":"unknown"}}"#);
            let error = Manifest::from_bytes(Path::new("x"), text.as_bytes()).unwrap_err();
            assert!(matches!(
                error,
                SnapshotError::Format { found, expected: FORMAT } if found == other
            ));
        }
        let foreign = br#"{"magic":"something-else","format":1}"#;
        let error = Manifest::from_bytes(Path::new("x"), foreign).unwrap_err();
        assert!(matches!(error, SnapshotError::NotASnapshot { .. }));
        let error = Manifest::from_bytes(Path::new("x"), b"").unwrap_err();
        assert!(matches!(error, SnapshotError::NotASnapshot { .. }));
    }
}
