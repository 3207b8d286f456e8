//! The freeze: one rewrite of a module so that its instances can start from a snapshot.
//!
//! A plain module describes how to *build* its first state: data segments to copy, a start function to run. A frozen
//! module leaves that out, because the golden image already holds the result. What it adds is access: the memory and
//! the mutable globals are exported, so that a snapshot can be taken and put back.
//!
//! The same frozen module is compiled once and used for the bake and for every instance.

mod bulk;
mod error;
pub(crate) mod names;
mod report;
mod rewrite;
mod segment;
mod survey;

pub use error::FreezeError;
pub use names::RESERVED_PREFIX;
pub use report::{FreezeReport, ResetKind};
pub use segment::{DataSegment, Offset};

use serde::{Deserialize, Serialize};

/// Numbers the ways in which modules have been rewritten, so that what was compiled from another way's is not used.
pub const FREEZE_REVISION: u32 = 2;

/// A module that is ready to be compiled, baked and instantiated from a snapshot.
#[derive(Debug, Clone)]
pub struct Frozen {
    wasm: Vec<u8>,
    source_hash: blake3::Hash,
    segments: Vec<DataSegment>,
    has_start: bool,
    layout: Layout,
    report: FreezeReport,
}

/// Which parts of an instance a snapshot has to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Layout {
    /// Indexes of the mutable globals, in order.
    pub(crate) mutable_globals: Vec<u32>,
    /// Number of tables whose contents may change.
    pub(crate) written_tables: u32,
    /// Indexes of the passive data segments that may be dropped.
    pub(crate) droppable_segments: Vec<u32>,
    /// Indexes of the passive element segments that may be dropped.
    pub(crate) droppable_elements: Vec<u32>,
}

/// Freezes a module.
///
/// Any bytes are accepted: what is not a module that can be frozen is refused. Function, global, table and data
/// indexes are the same before and after.
///
/// # Errors
///
/// [`FreezeError`] says what is in the way and how to build the module instead.
///
/// # Examples
///
/// ```
/// // (module (memory 1))
/// let wasm = b"\0asm\x01\0\0\0\x05\x03\x01\x00\x01";
/// let frozen = hatchery_engine::freeze(wasm)?;
/// assert_eq!(frozen.reset_kind(), hatchery_engine::ResetKind::InPlace);
/// # Ok::<(), hatchery_engine::FreezeError>(())
/// ```
pub fn freeze(wasm: &[u8]) -> Result<Frozen, FreezeError> {
    let survey = survey::survey(wasm)?;
    let rewritten = rewrite::rewrite(wasm, &survey)?;
    Ok(Frozen {
        wasm: rewritten,
        source_hash: blake3::hash(wasm),
        has_start: survey.start.is_some(),
        layout: Layout {
            written_tables: if survey.report.writes_tables() {
                survey.tables
            } else {
                0
            },
            mutable_globals: survey.mutable_globals,
            droppable_segments: survey.droppable,
            droppable_elements: survey
                .droppable_elements
                .iter()
                .map(|elements| elements.segment)
                .collect(),
        },
        segments: survey.segments,
        report: survey.report,
    })
}

impl Frozen {
    /// The rewritten module.
    pub fn wasm(&self) -> &[u8] {
        &self.wasm
    }

    /// BLAKE3 hash of the module as it was before the freeze.
    pub fn source_hash(&self) -> blake3::Hash {
        self.source_hash
    }

    /// The active data segments that were taken out, in the order in which they are to be applied.
    pub fn segments(&self) -> &[DataSegment] {
        &self.segments
    }

    /// The export that stands for the module's start function, if it had one.
    pub fn start_export(&self) -> Option<&'static str> {
        self.has_start.then_some(names::START)
    }

    /// What the freeze found.
    pub fn report(&self) -> &FreezeReport {
        &self.report
    }

    /// How instances of this module return to the golden state.
    pub fn reset_kind(&self) -> ResetKind {
        self.report.reset_kind()
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }
}

#[cfg(test)]
mod tests;
