//! The golden snapshot: compiled code, a memory image and the values of globals.
//!
//! ```text
//!   Frozen ──bake──► Golden ──save──► folder ──load──► Golden ──prepare──► Prepared ──► Instance, Instance, …
//! ```

mod digest;
mod error;
mod folder;
mod load;
mod manifest;
mod save;
mod stamp;
mod value;

pub use error::SnapshotError;

pub use manifest::FORMAT as SNAPSHOT_FORMAT;
pub(crate) use manifest::{BakedState, Digest};
pub use value::GlobalValue;

use crate::engine::CowEngine;
use crate::freeze::{FreezeReport, ResetKind, names};
use crate::interrupt::code_range;
use crate::sys::code::CodeRange;
use cow_memory::Image;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use wasmtime::{ExternType, Module, ModuleExport, Val};

/// A baked module: everything that its instances share. It never changes.
///
/// Cloning gives the same snapshot.
#[derive(Clone)]
pub struct Golden {
    inner: Arc<Inner>,
}

struct Inner {
    engine: CowEngine,
    module: Module,
    image: Image,
    state: BakedState,
    id: OnceLock<GoldenId>,
    memory: ModuleExport,
    trap: ModuleExport,
    globals: Box<[(ModuleExport, Val)]>,
    drops: Box<[ModuleExport]>,
    code: Option<CodeRange>,
}

/// The identity of a baked state: of the module before the freeze, the memory and the globals.
///
/// Equal on every machine where the same bake gave the same state, whatever the code was compiled for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct GoldenId([u8; 32]);

impl GoldenId {
    /// The identity of these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Display for GoldenId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl std::fmt::Debug for GoldenId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GoldenId({self})")
    }
}

impl Golden {
    /// Puts the parts of a snapshot together.
    ///
    /// # Errors
    ///
    /// What does not fit together: possible for a stored snapshot only.
    pub(crate) fn assemble(
        engine: &CowEngine,
        module: Module,
        image: Image,
        state: BakedState,
    ) -> Result<Self, &'static str> {
        let memory = module
            .get_export_index(names::MEMORY)
            .ok_or("the compiled module is of another freeze: it exports no memory")?;
        match module.get_export(names::MEMORY) {
            Some(ExternType::Memory(ty)) => check_image_length(&ty, image.len_bytes() as u64)?,
            _ => return Err("the compiled module exports something else as its memory"),
        }
        let trap = match module.get_export(names::TRAP) {
            Some(ExternType::Func(_)) => module.get_export_index(names::TRAP),
            _ => None,
        };
        let trap = trap.ok_or("the compiled module is of another freeze: it exports no trap")?;
        let mut globals = Vec::with_capacity(state.globals.len());
        for (index, value) in &state.globals {
            let name = names::global(*index);
            let ty = match module.get_export(&name) {
                Some(ExternType::Global(ty)) => ty,
                _ => return Err("the compiled module lacks a global that the snapshot has"),
            };
            let value = value
                .to_val(ty.content())
                .ok_or("a global has another type than its value")?;
            let export = module.get_export_index(&name).ok_or("a global vanished")?;
            globals.push((export, value));
        }
        let mut drops = Vec::new();
        for index in &state.dropped_segments {
            let export = module.get_export_index(&names::drop_data(*index));
            drops.push(export.ok_or("the compiled module lacks a data segment that was dropped")?);
        }
        for index in &state.dropped_elements {
            let export = module.get_export_index(&names::drop_elements(*index));
            drops.push(export.ok_or("the compiled module lacks elements that were dropped")?);
        }
        let code = match &state.trap {
            Some(site) => Some(
                code_range(&module, site)
                    .ok_or("the interrupt's landing place is not in the compiled module")?,
            ),
            None => None,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                engine: engine.clone(),
                module,
                image,
                state,
                id: OnceLock::new(),
                memory,
                trap,
                globals: globals.into(),
                drops: drops.into(),
                code,
            }),
        })
    }

    /// The same snapshot with one more note.
    pub fn with_note(&self, key: &str, note: String) -> Self {
        let Inner {
            engine,
            module,
            image,
            state,
            ..
        } = &*self.inner;
        let mut state = state.clone();
        state.metadata.insert(key.to_owned(), note);
        Self::assemble(engine, module.clone(), image.clone(), state)
            .expect("the parts fitted together before")
    }

    /// The snapshot that has `memory` as its image and `globals` as its globals, in the same order.
    ///
    /// # Errors
    ///
    /// The memory file cannot be made.
    pub fn with_contents(
        &self,
        memory: &[u8],
        globals: &[GlobalValue],
    ) -> Result<Self, cow_memory::Error> {
        let Inner {
            engine,
            module,
            state,
            ..
        } = &*self.inner;
        assert_eq!(globals.len(), state.globals.len(), "of the same module");
        let mut state = state.clone();
        for ((_, value), new) in state.globals.iter_mut().zip(globals) {
            *value = *new;
        }
        let image = Image::from_bytes(memory)?;
        let golden = Self::assemble(engine, module.clone(), image, state);
        Ok(golden.expect("an instance of this module had these contents"))
    }

    /// Stores the snapshot as the folder `path`, in place of an older one.
    ///
    /// A reader finds the old snapshot or all of the new one, also when the machine stops in between. The folder is
    /// readable by its owner only.
    ///
    /// # Errors
    ///
    /// [`SnapshotError::System`] when the operating system refuses. What was at `path` is then still there.
    pub fn save(&self, path: &Path) -> Result<(), SnapshotError> {
        save::save(self, path)
    }

    /// Loads a stored snapshot, by mapping it.
    ///
    /// A snapshot holds native code, which is run as it is: it is loaded only from a folder and files that belong to
    /// this user or to the superuser and that nobody else can write to. Hashes of all bytes are checked the first
    /// time; after that a stamp in the folder says that the files are still those, and nothing is read ahead.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] says what is wrong; [`SnapshotError::is_rebuildable`] whether to bake again.
    pub fn load(engine: &CowEngine, path: &Path) -> Result<Self, SnapshotError> {
        load::load(engine, path)
    }

    /// The snapshot's identity. Computed when first asked for.
    pub fn id(&self) -> GoldenId {
        *self.inner.id.get_or_init(|| {
            let state = self.state();
            let mut hasher = blake3::Hasher::new_derive_key("hatchery 2026 golden id");
            hasher.update(state.source.0.as_bytes());
            hasher.update(digest::image(self.image()).as_bytes());
            let rest = serde_json::to_vec(&(
                &state.globals,
                &state.dropped_segments,
                &state.dropped_elements,
            ))
            .expect("numbers always serialise");
            hasher.update(&rest);
            GoldenId(*hasher.finalize().as_bytes())
        })
    }

    /// The engine that it belongs to.
    pub fn engine(&self) -> &CowEngine {
        &self.inner.engine
    }

    /// The compiled module.
    pub fn module(&self) -> &Module {
        &self.inner.module
    }

    /// The memory's image.
    pub fn image(&self) -> &Image {
        &self.inner.image
    }

    /// What the freeze found in the module.
    pub fn report(&self) -> &FreezeReport {
        &self.inner.state.report
    }

    /// How instances return to this state.
    pub fn reset_kind(&self) -> ResetKind {
        self.report().reset_kind()
    }

    /// The notes that the baker left, such as the guest's version.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.inner.state.metadata
    }

    pub(crate) fn state(&self) -> &BakedState {
        &self.inner.state
    }

    pub(crate) fn memory_export(&self) -> &ModuleExport {
        &self.inner.memory
    }

    /// The function that traps.
    pub(crate) fn trap_export(&self) -> &ModuleExport {
        &self.inner.trap
    }

    /// The mutable globals and their baked values.
    pub(crate) fn globals(&self) -> &[(ModuleExport, Val)] {
        &self.inner.globals
    }

    /// Functions that drop the passive segments that the bake dropped.
    pub(crate) fn drops(&self) -> &[ModuleExport] {
        &self.inner.drops
    }

    /// Where interrupts by signal find and leave this module's code.
    pub(crate) fn code(&self) -> Option<CodeRange> {
        self.inner.code
    }
}

/// An image must be a length that the module's memory can have.
fn check_image_length(ty: &wasmtime::MemoryType, image_bytes: u64) -> Result<(), &'static str> {
    let page_bytes = ty.page_size();
    if !image_bytes.is_multiple_of(page_bytes) {
        return Err("the image is not a whole number of WebAssembly pages");
    }
    let pages = image_bytes / page_bytes;
    if pages < ty.minimum() {
        return Err("the image is shorter than the module's memory");
    }
    if ty.maximum().is_some_and(|maximum| pages > maximum) {
        return Err("the image is longer than the module's memory can be");
    }
    Ok(())
}

impl std::fmt::Debug for Golden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Golden")
            .field("image", self.image())
            .field("globals", &self.inner.state.globals.len())
            .field("reset_kind", &self.reset_kind())
            .field("metadata", self.metadata())
            .finish_non_exhaustive()
    }
}
