//! The export names that the freeze adds to a module.

/// Names that begin with this belong to the freeze; a module that exports one is refused.
pub const RESERVED_PREFIX: &str = "hatchery:";

/// The one linear memory.
pub(crate) const MEMORY: &str = "hatchery:memory";
/// The module's own start function, called once while baking.
pub(crate) const START: &str = "hatchery:start";
/// A function that traps: the landing place of an interrupt.
pub(crate) const TRAP: &str = "hatchery:trap";

/// The global with index `index`.
pub(crate) fn global(index: u32) -> String {
    format!("hatchery:global:{index}")
}

/// The table with index `index`.
pub(crate) fn table(index: u32) -> String {
    format!("hatchery:table:{index}")
}

/// A function that traps if passive data segment `index` was dropped.
pub(crate) fn probe_data(index: u32) -> String {
    format!("hatchery:data:{index}")
}

/// A function that drops passive data segment `index`.
pub(crate) fn drop_data(index: u32) -> String {
    format!("hatchery:drop:{index}")
}

/// A function that traps if passive element segment `index` was dropped.
pub(crate) fn probe_elements(index: u32) -> String {
    format!("hatchery:elements:{index}")
}

/// A function that drops passive element segment `index`.
pub(crate) fn drop_elements(index: u32) -> String {
    format!("hatchery:drop-elements:{index}")
}
