//! `session`: any bytes for a sleeping session are refused and change nothing, or they are a state that the instance
//! can have: within its memory limit, put to sleep again as what it is, called without a crash, and gone after a reset.
//!
//! Behind the seal everything is checked by the reader alone, so most plans seal what they have damaged: they play
//! someone who has the key, or no key is asked for. The pages are given before they are compressed, as random bytes
//! hardly ever decompress.

use arbitrary::Arbitrary;
use hatchery_engine::{
    CallError, CowEngine, EngineConfig, Golden, Instance, InstanceConfig, InstanceError, Limits,
    Prepared, ResumeError, SealingKey, Status, bake, freeze,
};
use std::ops::Range;
use std::sync::OnceLock;

const KEY: [u8; 32] = [7; 32];
const SEAL_BYTES: usize = 32;
const WASM_PAGE_BYTES: usize = 64 << 10;
/// Less than the module allows itself.
const MEMORY_BYTES_MAX: usize = 6 * WASM_PAGE_BYTES;

// Where the fields are: see `docs/hibernation-format.md`.
const VERSION: Range<usize> = 8..12;
const FLAGS: Range<usize> = 12..16;
const GOLDEN: Range<usize> = 16..48;
const MEMORY_BYTES: Range<usize> = 48..56;
const PAGE_BYTES: Range<usize> = 56..60;
/// Of runs, globals and bytes of the note.
const COUNTS: Range<usize> = 60..72;
const COMPRESSED_BYTES: Range<usize> = 72..80;
const FLAG_AUTHENTICATED: u32 = 1;

/// A session, what is done to it, and how it is resumed.
#[derive(Debug, Arbitrary)]
pub struct Plan {
    /// What the guest does before it sleeps.
    calls: Vec<Call>,
    damage: Vec<Damage>,
    seal: Seal,
    with_key: bool,
    /// What the guest does that is to become the session.
    before: Vec<Call>,
    after: Vec<Call>,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Call {
    Store { at: u32, value: u64 },
    Grow { pages: u8 },
    SetGlobals { value: u64 },
    Trap,
}

#[derive(Debug, Arbitrary)]
enum Seal {
    /// As it was: of other bytes, where there is any damage.
    Old,
    Hash,
    Key,
}

#[derive(Debug, Arbitrary)]
enum Damage {
    Version(u32),
    Flags(u32),
    Golden(u8),
    MemoryBytes(u64),
    /// Likelier to be right.
    MemoryPages(u8),
    PageBytes(u32),
    Counts([u32; 3]),
    CompressedBytes(u64),
    Note(Vec<u8>),
    /// Other runs, with pages of these bytes, over and over.
    Pages {
        runs: Vec<(u8, u8)>,
        bytes: Vec<u8>,
        pages_more: i8,
    },
    Runs(Vec<(u32, u32)>),
    Compressed(Vec<u8>),
    Global {
        nth: u8,
        kind: u8,
        bits: u64,
    },
    DropGlobal(u8),
    Flip {
        at: u32,
        with: u8,
    },
    Cut(u32),
    Append(Vec<u8>),
    Replace(Vec<u8>),
}

/// The parts of a session's bytes, without the seal.
struct Session {
    fixed: Vec<u8>,
    runs: Vec<(u32, u32)>,
    globals: Vec<[u8; 17]>,
    note: Vec<u8>,
    compressed: Vec<u8>,
    /// In place of the counts that fit the parts.
    counts: Option<[u32; 3]>,
    compressed_bytes: Option<u64>,
}

/// All that an instance is, as far as it can be seen.
#[derive(PartialEq)]
struct Seen {
    memory: Vec<u8>,
    globals: String,
}

impl Plan {
    /// Puts an instance to sleep, damages its bytes, and has another resume them.
    ///
    /// # Panics
    ///
    /// When that becomes anything but the session, or what it was.
    pub fn run(self) {
        let mut first = instance();
        for call in &self.calls {
            call.make(&mut first);
        }
        let poisoned = first.status() != Status::Ready;
        let secret = SealingKey::new(KEY);
        let asleep = first.hibernate(matches!(self.seal, Seal::Key).then_some(&secret));
        let Ok(asleep) = asleep else {
            assert!(poisoned, "a sound instance can sleep");
            return;
        };
        let (intact, slept) = (asleep.as_bytes(), Seen::of(&mut first));
        drop(first);
        let bytes = damaged(intact, &self.damage, &self.seal);

        let mut second = instance();
        let golden = Seen::of(&mut second);
        for call in &self.before {
            call.make(&mut second);
        }
        let (status, before) = (second.status(), Seen::of(&mut second));
        let key = self.with_key.then_some(&secret);
        match second.resume(&bytes, key) {
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert!(
                    bytes != intact || self.with_key != matches!(self.seal, Seal::Key),
                    "a sound session was refused: {error}"
                );
                match error {
                    ResumeError::Instance(InstanceError::Memory(_) | InstanceError::Restore(_)) => {
                        assert!(
                            second.status() != Status::Ready || Seen::of(&mut second) == golden,
                            "half a session: {error}"
                        )
                    }
                    _ => assert!(second.status() == status && Seen::of(&mut second) == before),
                }
            }
            Ok(()) => {
                if bytes == intact {
                    assert!(Seen::of(&mut second) == slept, "another session woke");
                } else {
                    assert!(!matches!(self.seal, Seal::Old), "damage went unseen");
                }
                self.hold_sound(&mut second);
            }
        }
        second.reset().expect("memory can be put back");
        assert!(Seen::of(&mut second) == golden, "something is left");
        let sum: i64 = second.call("sum", (), None).expect("sum cannot trap");
        assert_eq!(sum, 100);
    }

    /// The instance is one that could have come about by itself.
    fn hold_sound(&self, resumed: &mut Instance<()>) {
        assert!(resumed.status() == Status::Ready);
        let seen = Seen::of(resumed);
        assert!(seen.memory.len() <= MEMORY_BYTES_MAX);
        assert!(seen.memory.len().is_multiple_of(WASM_PAGE_BYTES));
        let asleep = resumed.hibernate(None).expect("a sound instance can sleep");
        let mut again = instance();
        again.resume(&asleep, None).expect("a sound session");
        assert!(Seen::of(&mut again) == seen, "it is not what it says it is");

        // What wasmtime takes for the memory's length is its length.
        let end = seen.memory.len() as u32;
        let last = resumed.call::<u32, u64>("load", end - 8, None);
        assert_eq!(
            last.expect("it is in memory").to_le_bytes()[..],
            seen.memory[end as usize - 8..]
        );
        for call in &self.after {
            call.make(resumed);
        }
        if resumed.status() == Status::Ready {
            let end = resumed.memory().len() as u32;
            let past = resumed.call::<u32, u64>("load", end - 7, None);
            assert!(matches!(past, Err(CallError::Trap { .. })), "{past:?}");
        }
    }
}

impl Call {
    fn make(self, instance: &mut Instance<()>) {
        let poisoned = instance.status() != Status::Ready;
        let memory_bytes = instance.memory().len() as u64;
        let made: Result<(), CallError> = match self {
            Self::Store { at, value } => instance.call("store", (at, value), None),
            Self::Grow { pages } => instance.call("grow", u32::from(pages % 8), None),
            Self::SetGlobals { value } => instance.call("set", value, None),
            Self::Trap => instance.call("trap", (), None),
        };
        let may_trap = match self {
            Self::Store { at, .. } => u64::from(at) + 8 > memory_bytes,
            Self::Trap => true,
            Self::Grow { .. } | Self::SetGlobals { .. } => false,
        };
        assert_eq!(made.is_err(), poisoned || may_trap, "{self:?}: {made:?}");
        assert!(instance.memory().len() <= MEMORY_BYTES_MAX);
    }
}

impl Seen {
    fn of(instance: &mut Instance<()>) -> Self {
        Self {
            memory: instance.memory().to_vec(),
            globals: format!("{:?}", instance.globals()),
        }
    }
}

/// The bytes of a session, in parts and put together again with what is damaged.
fn damaged(intact: &[u8], damage: &[Damage], seal: &Seal) -> Vec<u8> {
    let (body, old_seal) = intact.split_at(intact.len() - SEAL_BYTES);
    let mut session = Session::parse(body);
    for damage in damage {
        damage.do_to(&mut session);
    }
    let mut bytes = session.join();
    for damage in damage {
        damage.do_to_bytes(&mut bytes);
    }
    match seal {
        Seal::Old => bytes.extend_from_slice(old_seal),
        Seal::Hash => {
            let seal = blake3::hash(&bytes);
            bytes.extend_from_slice(seal.as_bytes());
        }
        Seal::Key => {
            let seal = blake3::keyed_hash(&KEY, &bytes);
            bytes.extend_from_slice(seal.as_bytes());
        }
    }
    bytes
}

impl Session {
    /// Of bytes that were just written.
    fn parse(body: &[u8]) -> Self {
        let (fixed, mut rest) = body.split_at(COMPRESSED_BYTES.end);
        let mut take = |len: usize| {
            let (taken, behind) = rest.split_at(len);
            rest = behind;
            taken
        };
        let [runs, globals, note] = [0, 4, 8].map(|at| word(fixed, COUNTS.start + at));
        let compressed = word(fixed, COMPRESSED_BYTES.start);
        Self {
            fixed: fixed.to_vec(),
            runs: (0..runs)
                .map(|_| take(8))
                .map(|run| (word(run, 0), word(run, 4)))
                .collect(),
            globals: (0..globals)
                .map(|_| take(17).try_into().expect("as many were taken"))
                .collect(),
            note: take(note as usize).to_vec(),
            compressed: take(compressed as usize).to_vec(),
            counts: None,
            compressed_bytes: None,
        }
    }

    fn join(mut self) -> Vec<u8> {
        let fitting = [self.runs.len(), self.globals.len(), self.note.len()];
        let counts = self.counts.unwrap_or(fitting.map(|count| count as u32));
        for (at, count) in COUNTS.step_by(4).zip(counts) {
            self.fixed[at..at + 4].copy_from_slice(&count.to_le_bytes());
        }
        let compressed = self.compressed.len() as u64;
        let compressed = self.compressed_bytes.unwrap_or(compressed);
        self.fixed[COMPRESSED_BYTES].copy_from_slice(&compressed.to_le_bytes());
        let mut bytes = self.fixed;
        for (first, end) in self.runs {
            bytes.extend_from_slice(&first.to_le_bytes());
            bytes.extend_from_slice(&end.to_le_bytes());
        }
        bytes.extend(self.globals.as_flattened());
        bytes.extend_from_slice(&self.note);
        bytes.extend_from_slice(&self.compressed);
        bytes
    }

    fn put(&mut self, field: Range<usize>, bytes: &[u8]) {
        self.fixed[field].copy_from_slice(bytes);
    }
}

impl Damage {
    fn do_to(&self, session: &mut Session) {
        match self {
            Self::Version(version) => session.put(VERSION, &version.to_le_bytes()),
            Self::Flags(flags) => {
                // The seal says already whether there is a key; one plan in 32 has it otherwise.
                let keep = word(&session.fixed, FLAGS.start) & FLAG_AUTHENTICATED;
                let flags = if flags >> 27 == 0 {
                    *flags
                } else {
                    flags & !FLAG_AUTHENTICATED | keep
                };
                session.put(FLAGS, &flags.to_le_bytes());
            }
            Self::Golden(with) => session.fixed[GOLDEN.start] ^= with,
            Self::MemoryBytes(bytes) => session.put(MEMORY_BYTES, &bytes.to_le_bytes()),
            Self::MemoryPages(pages) => {
                let bytes = u64::from(pages % 12) * WASM_PAGE_BYTES as u64;
                session.put(MEMORY_BYTES, &bytes.to_le_bytes());
            }
            Self::PageBytes(bytes) => session.put(PAGE_BYTES, &bytes.to_le_bytes()),
            Self::Counts(counts) => session.counts = Some(*counts),
            Self::CompressedBytes(bytes) => session.compressed_bytes = Some(*bytes),
            Self::Note(note) => session.note.clone_from(note),
            Self::Pages {
                runs,
                bytes,
                pages_more,
            } => {
                session.runs.clear();
                let mut end = 0;
                for (skip, len) in runs {
                    let start = end + u32::from(skip % 16) + u32::from(end > 0);
                    end = start + u32::from(len % 8) + 1;
                    session.runs.push((start, end));
                }
                let pages: i64 = session
                    .runs
                    .iter()
                    .map(|run| i64::from(run.1 - run.0))
                    .sum();
                let pages = (pages + i64::from(*pages_more).min(4)).clamp(0, 256) as usize;
                let len = pages * cow_memory::page_bytes();
                let bytes: Vec<u8> = bytes.iter().copied().chain([0]).cycle().take(len).collect();
                session.compressed = zstd::bulk::compress(&bytes, 1).expect("it has memory");
            }
            Self::Runs(runs) => session.runs.clone_from(runs),
            Self::Compressed(bytes) => session.compressed.clone_from(bytes),
            Self::Global { nth, kind, bits } => {
                let count = session.globals.len().max(1);
                if let Some(global) = session.globals.get_mut(usize::from(*nth) % count) {
                    global[0] = *kind;
                    global[1..9].copy_from_slice(&bits.to_le_bytes());
                }
            }
            Self::DropGlobal(nth) => {
                if !session.globals.is_empty() {
                    session
                        .globals
                        .remove(usize::from(*nth) % session.globals.len());
                }
            }
            Self::Flip { .. } | Self::Cut(_) | Self::Append(_) | Self::Replace(_) => {}
        }
    }

    fn do_to_bytes(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Flip { at, with } => {
                let len = bytes.len().max(1);
                if let Some(byte) = bytes.get_mut(*at as usize % len) {
                    *byte ^= with;
                }
            }
            Self::Cut(len) => bytes.truncate(*len as usize % (bytes.len() + 1)),
            Self::Append(more) => bytes.extend_from_slice(more),
            Self::Replace(all) => bytes.clone_from(all),
            _ => {}
        }
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn instance() -> Instance<()> {
    let limits = Limits::default().with_memory_bytes_max(MEMORY_BYTES_MAX as u64);
    let config = InstanceConfig::default().with_limits(limits);
    prepared().instantiate((), config).expect("there is room")
}

fn prepared() -> &'static Prepared<()> {
    static PREPARED: OnceLock<Prepared<()>> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let golden = golden();
        golden
            .prepare(&golden.engine().linker())
            .expect("the module has no imports")
    })
}

/// A module with a global of each type, and a memory that was written to and has grown.
fn golden() -> Golden {
    let wasm = wat::parse_str(
        r#"(module (memory (export "memory") 2 8)
             (global $i (mut i32) (i32.const 3)) (global $l (mut i64) (i64.const 4))
             (global $f (mut f32) (f32.const 5)) (global $d (mut f64) (f64.const 6))
             (global $v (mut v128) (v128.const i64x2 1 2)) (global $r (mut funcref) (ref.null func))
             (data (i32.const 5000) "data")
             (func (export "bake")
               (drop (memory.grow (i32.const 1)))
               (memory.fill (i32.const 20000) (i32.const 0x5a) (i32.const 9000))
               (i64.store (i32.const 196600) (i64.const 93)))
             (func (export "sum") (result i64)
               (i64.add (i64.add (i64.extend_i32_s (global.get $i)) (global.get $l))
                 (i64.load (i32.const 196600))))
             (func (export "store") (param i32 i64) (i64.store (local.get 0) (local.get 1)))
             (func (export "load") (param i32) (result i64) (i64.load (local.get 0)))
             (func (export "grow") (param i32) (drop (memory.grow (local.get 0))))
             (func (export "set") (param i64)
               (global.set $i (i32.wrap_i64 (local.get 0))) (global.set $l (local.get 0))
               (global.set $f (f32.reinterpret_i32 (i32.wrap_i64 (local.get 0))))
               (global.set $d (f64.reinterpret_i64 (local.get 0)))
               (global.set $v (i64x2.splat (local.get 0))))
             (func (export "trap") unreachable))"#,
    )
    .expect("the text is right");
    let engine = CowEngine::new(EngineConfig::default()).expect("an engine");
    let frozen = freeze(&wasm).expect("it can be frozen");
    bake(&engine, &frozen, &engine.linker(), (), |bake| {
        bake.call::<(), ()>("bake", (), None)
    })
    .expect("it can be baked")
}
