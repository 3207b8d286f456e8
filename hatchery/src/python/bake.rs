//! Baking CPython: from the guest module to a golden snapshot.

use hatchery_abi::names::exports;
use std::fs;
use std::time::Instant;

use hatchery_guest::Guest;

use super::guest::{PythonGuest, Run, Step, run};
use super::write_set::{METADATA_WRITE_SET, learn};
use super::{
    Host, METADATA_ABI, METADATA_GUEST_BUILD, METADATA_MEMORY_MAP, METADATA_RUN_REPORT,
    PREWARMED_MODULES, add_to_linker, prewarm,
};
use crate::Error;
use hatchery_engine::{
    Bake, BakeError, CallError, CallLimits, CowEngine, FREEZE_REVISION, Golden, SNAPSHOT_FORMAT,
    bake, freeze,
};

/// Free heap at the end of a golden image: as much as the pages that a slot keeps by default.
///
/// What a session adds to the heap then lies within the image, whose pages stay with a slot when its sandbox is reset;
/// those past the image's end are given back, and each fork of such a session takes faults for them.
pub(super) const FREE_HEAP_BYTES: i32 = 8 << 20;

/// What went wrong inside the guest while it was baked.
#[derive(Debug, thiserror::Error)]
enum GuestError {
    #[error(
        "the guest has ABI version {found}, this engine speaks {}",
        hatchery_abi::VERSION
    )]
    AbiVersion { found: i32 },
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("the guest refused {what}; it printed:\n{printed}")]
    Refused { what: String, printed: String },
}

/// What is baked, and how: the same recipe gives the same snapshot, but for its hash secret if there is no seed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Recipe {
    /// Of CPython's string hashes.
    pub(crate) hash_seed: Option<u32>,
}

impl Recipe {
    /// Under which name the snapshot of this guest, for this engine, is kept.
    pub(crate) fn snapshot_name(&self, guest: &Guest, engine: &CowEngine) -> String {
        let mut hasher = blake3::Hasher::new();
        // Builds of different formats share a cache, and each refuses the other's snapshots.
        hasher.update(&SNAPSHOT_FORMAT.to_le_bytes());
        hasher.update(&FREEZE_REVISION.to_le_bytes());
        hasher.update(engine.compatibility_hash().as_bytes());
        hasher.update(prewarm::program().as_bytes());
        // A snapshot without these notes is another.
        hasher.update(METADATA_WRITE_SET.as_bytes());
        hasher.update(METADATA_MEMORY_MAP.as_bytes());
        hasher.update(&FREE_HEAP_BYTES.to_le_bytes());
        if let Some(seed) = self.hash_seed {
            hasher.update(&seed.to_le_bytes());
        }
        format!(
            "cpython-{}-{}",
            guest.build_id,
            &hasher.finalize().to_hex()[..16]
        )
    }
}

/// Freezes, compiles and bakes the guest: CPython started, the prewarmed modules imported.
pub(crate) fn bake_cpython(
    engine: &CowEngine,
    guest: &Guest,
    recipe: Recipe,
    clock_start: Instant,
) -> Result<Golden, Error> {
    let wasm = fs::read(&guest.wasm_path).map_err(|source| Error::ReadGuest {
        path: guest.wasm_path.clone(),
        source,
    })?;
    let frozen = freeze(&wasm)?;
    let mut linker = engine.linker();
    add_to_linker(&mut linker).map_err(|error| Error::Abi {
        what: error.to_string(),
    })?;
    let golden = bake(engine, &frozen, &linker, Host::plain(clock_start), |oven| {
        initialise(oven, guest, recipe)
    })?;
    let golden = learn(&golden, &linker, Host::plain(clock_start));
    Ok(golden.map_err(|error| BakeError::Init(error.into()))?)
}

fn initialise(oven: &mut Bake<Host>, guest: &Guest, recipe: Recipe) -> Result<(), GuestError> {
    oven.call::<(), ()>(exports::INITIALIZE, (), None)?;
    let found = oven.call(exports::ABI_VERSION, (), None)?;
    if found != hatchery_abi::VERSION {
        return Err(GuestError::AbiVersion { found });
    }
    if let Some(seed) = recipe.hash_seed {
        oven.call::<_, ()>(exports::SET_HASH_SEED, (seed.cast_signed(),), None)?;
    }
    let address: u32 = oven
        .call::<(), i32>(exports::GET_RUN_REPORT, (), None)?
        .cast_unsigned();
    let program = prewarm::program();
    let steps = [Step::new(exports::EXECUTE, program.as_bytes())];
    match run(oven.instance_mut(), None, &steps, CallLimits::default())? {
        Run::Finished if report(oven, address).exit_code == 0 => {}
        _ => return Err(refused(oven, address, "to import the prewarmed modules")),
    }
    if oven.call::<(), i32>(exports::PREPARE_SNAPSHOT, (), None)? != 0 {
        return Err(refused(oven, address, "to settle for the snapshot"));
    }
    // Whatever comes of it, the snapshot is whole.
    let room: i32 = oven.call(exports::ALLOC, (FREE_HEAP_BYTES,), None)?;
    oven.call::<_, ()>(exports::DEALLOC, (room, FREE_HEAP_BYTES), None)?;
    oven.note(METADATA_RUN_REPORT, address.to_string());
    let map = oven.call::<(), i32>(exports::GET_MEMORY_MAP, (), None)?;
    oven.note(METADATA_MEMORY_MAP, map.cast_unsigned().to_string());
    oven.note(METADATA_ABI, hatchery_abi::VERSION.to_string());
    oven.note(METADATA_GUEST_BUILD, &guest.build_id);
    oven.note("prewarmed", PREWARMED_MODULES.join(" "));
    Ok(())
}

fn report(oven: &mut Bake<Host>, address: u32) -> super::RunReport {
    PythonGuest::read_report(oven.instance_mut(), address, usize::MAX)
}

fn refused(oven: &mut Bake<Host>, address: u32, what: &str) -> GuestError {
    let report = report(oven, address);
    let printed = String::from_utf8_lossy(&report.stderr).into_owned();
    GuestError::Refused {
        what: what.to_owned(),
        printed,
    }
}
