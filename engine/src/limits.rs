//! What one instance may take of the host's memory.

use wasmtime::ResourceLimiter;

/// Bytes in a WebAssembly page.
const WASM_PAGE_BYTES: u64 = 64 << 10;

/// The limits of one instance.
///
/// ```
/// let limits = hatchery_engine::Limits::default().with_memory_bytes_max(64 << 20);
/// assert_eq!(limits.memory_bytes_max, 64 << 20);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The most linear memory the guest may have, in bytes, the golden image included. Past it `memory.grow`
    /// returns -1, as it does on a machine without memory.
    pub memory_bytes_max: u64,
    /// The most elements a table may have. Tables live in the host's memory.
    pub table_elements_max: usize,
}

impl Default for Limits {
    /// All that a 32-bit memory can have, and a million table elements.
    fn default() -> Self {
        Self {
            memory_bytes_max: (1 << 16) * WASM_PAGE_BYTES,
            table_elements_max: 1 << 20,
        }
    }
}

impl Limits {
    /// The same, with at most so much memory, in bytes.
    #[must_use]
    pub const fn with_memory_bytes_max(self, memory_bytes_max: u64) -> Self {
        Self {
            memory_bytes_max,
            ..self
        }
    }

    /// The same, with at most so many elements in a table.
    #[must_use]
    pub const fn with_table_elements_max(self, table_elements_max: usize) -> Self {
        Self {
            table_elements_max,
            ..self
        }
    }
}

/// Enforces [`Limits`] and remembers how far the guest went.
#[derive(Debug)]
pub(crate) struct Limiter {
    pub(crate) limits: Limits,
    /// The largest length that memory has had, in bytes.
    pub(crate) memory_bytes_peak: u64,
    /// Requests for memory that were refused.
    pub(crate) refusals: u64,
}

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            memory_bytes_peak: 0,
            refusals: 0,
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let desired = desired as u64;
        let allowed = desired <= self.limits.memory_bytes_max;
        if allowed {
            self.memory_bytes_peak = self.memory_bytes_peak.max(desired);
        } else {
            self.refusals += 1;
        }
        Ok(allowed)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= self.limits.table_elements_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_request_does_not_count_as_a_peak() {
        let mut limiter = Limiter::new(Limits {
            memory_bytes_max: 2 * WASM_PAGE_BYTES,
            ..Limits::default()
        });
        assert!(limiter.memory_growing(0, 65536, None).unwrap());
        assert!(!limiter.memory_growing(65536, 3 * 65536, None).unwrap());
        assert_eq!((limiter.memory_bytes_peak, limiter.refusals), (65536, 1));
    }
}
