//! What the freeze found in a module.

use serde::{Deserialize, Serialize};

/// What a frozen module holds, counted.
///
/// It decides how an instance may be reset and is stored with every snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FreezeReport {
    /// Functions that the module defines.
    pub functions: u32,
    /// Active data segments, taken out.
    pub active_segments: u32,
    /// Bytes in the active data segments.
    pub data_bytes: u64,
    /// Passive data segments that hold something, kept.
    pub passive_segments: u32,
    /// Mutable globals that the module defines.
    pub mutable_globals: u32,
    /// Tables that the module imports.
    pub imported_tables: u32,
    /// Instructions that write to a table or drop an element segment.
    pub table_writes: u32,
    /// Passive data segments that some instruction may drop.
    pub data_drops: u32,
}

impl FreezeReport {
    /// Whether a table's contents can change once the module is instantiated.
    pub fn writes_tables(&self) -> bool {
        self.table_writes > 0 || self.imported_tables > 0
    }

    /// How an instance of this module returns to the golden state.
    pub fn reset_kind(&self) -> ResetKind {
        if self.writes_tables() || self.data_drops > 0 {
            ResetKind::FreshStore
        } else {
            ResetKind::InPlace
        }
    }
}

/// How an instance returns to the golden state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResetKind {
    /// Memory and globals are all the state there is: putting them back is a complete reset.
    InPlace,
    /// The module can change tables or drop segments, which only a new store undoes.
    FreshStore,
}
