//! `snapshot`: a stored snapshot, damaged in whatever way, is refused with a typed error or is the one that was saved.
//!
//! Where the plan puts the checksums right after the damage, it plays the snapshot's owner: what is loaded then may
//! be another state, and must still run and reset without a panic. The compiled module is never forged: running code
//! that wasmtime did not compile is outside of what a snapshot's owner may do.

use arbitrary::Arbitrary;
use hatchery_engine::{CowEngine, EngineConfig, Golden, GoldenId, InstanceConfig, bake, freeze};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use tempfile::TempDir;

const MANIFEST: &str = "manifest.json";
const IMAGE: &str = "image.bin";
const MODULE: &str = "module.cwasm";
const STAMP: &str = "verified";
const FILES: [&str; 3] = [MANIFEST, IMAGE, MODULE];
/// Where the manifest's fields begin: see `docs/snapshot-format.md`.
const FIELDS_AT: usize = 118;
/// The format version that is written.
const FORMAT: u64 = 1;
const BLOCK_BYTES: usize = 4096;

/// What happens to a stored snapshot.
#[derive(Debug, Arbitrary)]
pub struct Plan {
    damage: Vec<Damage>,
    stamp: Option<Vec<u8>>,
    forge: bool,
}

#[derive(Debug, Arbitrary)]
enum Damage {
    Flip {
        file: u8,
        at: u32,
        with: u8,
    },
    Cut {
        file: u8,
        len: u32,
    },
    Append {
        file: u8,
        bytes: Vec<u8>,
    },
    Replace {
        file: u8,
        bytes: Vec<u8>,
    },
    /// In the manifest: a field's text, which keeps it JSON more often than flips do.
    Number {
        nth: u8,
        value: i64,
    },
    Insert {
        at: u32,
        text: Token,
    },
    Swap {
        one: u8,
        other: u8,
    },
    Remove {
        file: u8,
    },
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Token {
    Null,
    Text,
    List,
    Object,
    I32,
    I64,
    F32,
    F64,
    V128,
    Pair,
    Comma,
    Minus,
    Zero,
}

impl Token {
    fn text(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Text => "\"null\"",
            Self::List => "[]",
            Self::Object => "{}",
            Self::I32 => r#"{"i32":1}"#,
            Self::I64 => r#"{"i64":1}"#,
            Self::F32 => r#"{"f32":1}"#,
            Self::F64 => r#"{"f64":1}"#,
            Self::V128 => r#"{"v128":[1,2]}"#,
            Self::Pair => r#"[0,{"i32":1}]"#,
            Self::Comma => ",",
            Self::Minus => "-",
            Self::Zero => "0",
        }
    }
}

/// A good snapshot and an engine that can load it.
struct Good {
    engine: CowEngine,
    id: GoldenId,
    files: [Vec<u8>; 3],
}

impl Plan {
    /// Stores the good snapshot, damages it, and loads it.
    ///
    /// # Panics
    ///
    /// When something else is loaded than was saved.
    pub fn run(self) {
        let good = good();
        let mut files = good.files.clone().map(Some);
        for damage in &self.damage {
            damage.do_to(&mut files);
        }
        let forged = self.forge && forge(&mut files, good);

        let folder = TempDir::new().expect("a temporary folder");
        for (name, bytes) in FILES.iter().zip(&files) {
            if let Some(bytes) = bytes {
                write(&folder.path().join(name), bytes);
            }
        }
        if let Some(stamp) = &self.stamp {
            write(&folder.path().join(STAMP), stamp);
        }
        match Golden::load(&good.engine, folder.path()) {
            Err(error) => {
                let intact = files
                    .iter()
                    .zip(&good.files)
                    .all(|(now, then)| now.as_ref() == Some(then));
                assert!(!intact, "an intact snapshot was refused: {error}");
                // Every error can be told to people.
                assert!(!error.to_string().is_empty());
            }
            Ok(golden) => {
                if !forged {
                    assert_eq!(golden.id(), good.id, "another state was loaded");
                    assert_eq!(golden.metadata()["language"], "none");
                }
                use_it(&golden, forged);
            }
        }
    }
}

impl Damage {
    fn do_to(&self, files: &mut [Option<Vec<u8>>; 3]) {
        let index = |file: u8| usize::from(file) % FILES.len();
        match self {
            Self::Flip { file, at, with } => {
                if let Some(bytes) = &mut files[index(*file)] {
                    let len = bytes.len().max(1);
                    if let Some(byte) = bytes.get_mut(*at as usize % len) {
                        *byte ^= with;
                    }
                }
            }
            Self::Cut { file, len } => {
                if let Some(bytes) = &mut files[index(*file)] {
                    bytes.truncate(*len as usize % (bytes.len() + 1));
                }
            }
            Self::Append { file, bytes: more } => {
                if let Some(bytes) = &mut files[index(*file)] {
                    bytes.extend_from_slice(more);
                }
            }
            Self::Replace { file, bytes } => files[index(*file)] = Some(bytes.clone()),
            Self::Number { nth, value } => {
                if let Some(bytes) = &mut files[0] {
                    replace_number(bytes, (*nth).into(), *value);
                }
            }
            Self::Insert { at, text } => {
                if let Some(bytes) = &mut files[0] {
                    let at = *at as usize % (bytes.len() + 1);
                    bytes.splice(at..at, text.text().bytes());
                }
            }
            Self::Swap { one, other } => files.swap(index(*one), index(*other)),
            Self::Remove { file } => files[index(*file)] = None,
        }
    }
}

/// Puts `value` in place of the `nth` number outside of strings, behind the checksum.
fn replace_number(bytes: &mut Vec<u8>, nth: usize, value: i64) {
    let mut in_text = false;
    let mut seen = 0;
    let mut at = FIELDS_AT;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => in_text = !in_text,
            b'0'..=b'9' if !in_text => {
                let digits = bytes[at..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_digit())
                    .count();
                if seen == nth {
                    bytes.splice(at..at + digits, value.to_string().bytes());
                    return;
                }
                seen += 1;
                at += digits;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
}

/// Makes the checksums agree with a damaged manifest and image. Says whether it has; not with a damaged module.
fn forge(files: &mut [Option<Vec<u8>>; 3], good: &Good) -> bool {
    let [Some(manifest), Some(image), Some(module)] = files else {
        return false;
    };
    if *module != good.files[2] || manifest.len() < FIELDS_AT {
        return false;
    }
    let old = image_hash(&good.files[1]).to_hex();
    let new = image_hash(image).to_hex();
    let mut fields = manifest[FIELDS_AT..].to_vec();
    if let Some(at) = fields
        .windows(64)
        .position(|window| window == old.as_bytes())
    {
        fields[at..at + 64].copy_from_slice(new.as_bytes());
    }
    let checksum = blake3::hash(&fields).to_hex();
    *manifest =
        format!(r#"{{"magic":"hatchery-snapshot","format":{FORMAT},"checksum":"{checksum}","#)
            .into_bytes();
    assert_eq!(manifest.len(), FIELDS_AT);
    manifest.extend_from_slice(&fields);
    true
}

/// The image's hash as `docs/snapshot-format.md` defines it.
fn image_hash(image: &[u8]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    let is_data = |at: usize| {
        let end = (at + BLOCK_BYTES).min(image.len());
        image[at..end].iter().any(|byte| *byte != 0)
    };
    let mut at = 0;
    while at < image.len() {
        if !is_data(at) {
            at += BLOCK_BYTES;
            continue;
        }
        let begin = at;
        while at < image.len() && is_data(at) {
            at += BLOCK_BYTES;
        }
        let run = &image[begin..at.min(image.len())];
        hasher.update(&(begin as u64).to_le_bytes());
        hasher.update(&(run.len() as u64).to_le_bytes());
        hasher.update(run);
    }
    hasher.update(&(image.len() as u64).to_le_bytes());
    hasher.finalize()
}

fn use_it(golden: &Golden, forged: bool) {
    let linker = golden.engine().linker::<()>();
    let prepared = golden.prepare(&linker).expect("the module has no imports");
    let mut instance = match prepared.instantiate((), InstanceConfig::default()) {
        Ok(instance) => instance,
        Err(error) => {
            assert!(forged, "{error}");
            return;
        }
    };
    for _ in 0..2 {
        let before = instance.memory().to_vec();
        let count = instance
            .call::<(), i32>("count", (), None)
            .expect("count cannot trap");
        assert!(forged || count == 8);
        instance
            .call::<(), ()>("write", (), None)
            .expect("write cannot trap");
        instance.reset().expect("memory can be put back");
        assert!(instance.memory() == before);
    }
}

fn write(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, bytes).expect("the temporary folder can be written to");
    // Whatever the umask is.
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("the file is ours");
}

fn good() -> &'static Good {
    static GOOD: OnceLock<Good> = OnceLock::new();
    GOOD.get_or_init(|| {
        let wasm = wasm_of(
            r#"(module (memory 1 4) (global $g (mut i32) (i32.const 3)) (global $v (mut v128) (v128.const i64x2 1 2))
                 (global $f (mut funcref) (ref.null func)) (table 1 funcref) (data $passive "passive")
                 (data (i32.const 5000) "data")
                 (func (export "bake") (global.set $g (i32.const 7)) (data.drop $passive))
                 (func (export "count") (result i32)
                   (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g))
                 (func (export "write") (i32.store (i32.const 30000) (i32.const -1))))"#,
        );
        let engine = CowEngine::new(EngineConfig::default()).expect("an engine");
        let frozen = freeze(&wasm).expect("it can be frozen");
        let golden = bake(&engine, &frozen, &engine.linker(), (), |bake| {
            bake.note("language", "none");
            bake.call::<(), ()>("bake", (), None)
        })
        .expect("it can be baked");
        let folder = TempDir::new().expect("a temporary folder");
        let path = folder.path().join("golden");
        golden.save(&path).expect("it can be saved");
        let files = FILES.map(|name| fs::read(path.join(name)).expect("the file was saved"));
        Good { engine, id: golden.id(), files }
    })
}

/// A module from text.
fn wasm_of(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text is right")
}
