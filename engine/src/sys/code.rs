//! The addresses of a loaded module's compiled code.

/// Where the functions of a loaded module lie, and where among them an interrupt lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CodeRange {
    /// First byte of the module's functions.
    pub(crate) begin: usize,
    /// Byte after the last.
    pub(crate) end: usize,
    /// The trapping instruction.
    pub(crate) trap: usize,
}

impl CodeRange {
    /// Whether `address` is in one of the module's functions.
    pub(crate) fn contains(&self, address: usize) -> bool {
        (self.begin..self.end).contains(&address)
    }
}
