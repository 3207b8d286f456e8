//! How many mappings and how much address space slots may take.
//!
//! A process at `vm.max_map_count` dies at its next `malloc`, so slots are
//! counted against a budget before the kernel is asked. One ledger serves the
//! whole process, however many pools it has.

use crate::error::Error;
use crate::sys::SystemLimits;
use parking_lot::Mutex;
use std::sync::{Arc, OnceLock};

/// Mappings left to the rest of the process unless said otherwise. 500 threads
/// that run guests take 3,500 to 4,500: a stack, the guest's stack and that for
/// signals, each with its guard, and a heap of `malloc`'s.
pub(crate) const MAPPINGS_HEADROOM_DEFAULT: usize = 5_000;
/// Part of the address space left to the rest of the process: one in 128.
const ADDRESS_SPACE_HEADROOM_SHIFT: u32 = 7;
/// `vm.max_map_count` where it cannot be read: the kernel's default.
const MAPPINGS_MAX_DEFAULT: usize = 65_530;

/// What all slots of a pool, or of the process, may take together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Budget {
    /// Memory mappings. A slot takes two, and one more while its memory is grown.
    pub mappings_max: usize,
    /// Reserved address space, in bytes.
    pub address_space_max_bytes: u64,
}

impl Budget {
    /// A budget of so much.
    #[must_use]
    pub const fn new(mappings_max: usize, address_space_max_bytes: u64) -> Self {
        Self {
            mappings_max,
            address_space_max_bytes,
        }
    }

    /// What the system's settings leave to slots now: `vm.max_map_count`, the
    /// mappings in use, `RLIMIT_AS` and the size of the address space, less
    /// `mappings_headroom` and some address space for the rest of the process.
    ///
    /// A process without a mapping left dies at its next `malloc`. Its threads
    /// take mappings, so one with many threads wants much headroom.
    #[must_use]
    pub fn from_system(mappings_headroom: usize) -> Self {
        Self::from_limits(&SystemLimits::read(), mappings_headroom)
    }

    pub(crate) fn from_limits(limits: &SystemLimits, mappings_headroom: usize) -> Self {
        let mappings = limits.mappings_max.unwrap_or(MAPPINGS_MAX_DEFAULT);
        let address_space = 1u64 << limits.address_bits;
        let headroom = address_space >> ADDRESS_SPACE_HEADROOM_SHIFT;
        let usable = match limits.address_space_limit_bytes {
            // A set limit is exact, and meant to be used up.
            Some(limit) => limit.min(address_space - headroom),
            None => address_space - headroom,
        };
        Self {
            mappings_max: mappings.saturating_sub(limits.mappings_in_use + mappings_headroom),
            address_space_max_bytes: usable.saturating_sub(limits.address_space_in_use_bytes),
        }
    }
}

/// The account of a [`Budget`]. Several with different headroom may share what
/// is used.
#[derive(Debug)]
pub(crate) struct Ledger {
    budget: Budget,
    used: Arc<Mutex<Used>>,
}

#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Used {
    pub(crate) mappings: usize,
    pub(crate) address_space_bytes: u64,
}

impl Ledger {
    /// An account of its own.
    pub(crate) fn new(budget: Budget) -> Arc<Self> {
        Arc::new(Self {
            budget,
            used: Arc::default(),
        })
    }

    /// The account of the process. The system is read when the first pool asks.
    pub(crate) fn of_process(mappings_headroom: usize) -> Arc<Self> {
        static PROCESS: OnceLock<(SystemLimits, Arc<Mutex<Used>>)> = OnceLock::new();
        let (limits, used) = PROCESS.get_or_init(|| (SystemLimits::read(), Arc::default()));
        Arc::new(Self {
            budget: Budget::from_limits(limits, mappings_headroom),
            used: Arc::clone(used),
        })
    }

    pub(crate) fn budget(&self) -> Budget {
        self.budget
    }

    pub(crate) fn used(&self) -> Used {
        *self.used.lock()
    }

    /// Takes both, or neither, until the charge is dropped.
    pub(crate) fn charge(
        self: &Arc<Self>,
        mappings: usize,
        address_space_bytes: u64,
    ) -> Result<Charge, Error> {
        let mut used = self.used.lock();
        if mappings > self.budget.mappings_max.saturating_sub(used.mappings) {
            return Err(Error::MappingBudget {
                needed: mappings,
                in_use: used.mappings,
                mappings_max: self.budget.mappings_max,
            });
        }
        let max_bytes = self.budget.address_space_max_bytes;
        if address_space_bytes > max_bytes.saturating_sub(used.address_space_bytes) {
            return Err(Error::AddressSpaceBudget {
                needed_bytes: address_space_bytes,
                in_use_bytes: used.address_space_bytes,
                max_bytes,
            });
        }
        used.mappings += mappings;
        used.address_space_bytes += address_space_bytes;
        Ok(Charge {
            ledger: Arc::clone(self),
            mappings,
            address_space_bytes,
        })
    }
}

/// A part of a budget that is taken for as long as this lives.
#[derive(Debug)]
pub(crate) struct Charge {
    ledger: Arc<Ledger>,
    mappings: usize,
    address_space_bytes: u64,
}

impl Drop for Charge {
    fn drop(&mut self) {
        let mut used = self.ledger.used.lock();
        used.mappings -= self.mappings;
        used.address_space_bytes -= self.address_space_bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Ledger, MAPPINGS_HEADROOM_DEFAULT};
    use crate::error::Error;
    use crate::sys::SystemLimits;

    fn limits() -> SystemLimits {
        SystemLimits {
            mappings_max: Some(65_530),
            mappings_in_use: 100,
            address_space_limit_bytes: None,
            address_space_in_use_bytes: 1 << 30,
            address_bits: 47,
            swap_total_bytes: 0,
        }
    }

    #[test]
    fn the_default_settings_hold_30000_slots_and_32000_with_less_headroom() {
        for (headroom, slots) in [(MAPPINGS_HEADROOM_DEFAULT, 30_000), (768, 32_000)] {
            let budget = Budget::from_limits(&limits(), headroom);
            assert!(budget.mappings_max >= 2 * slots + slots / 128);
            assert!(budget.address_space_max_bytes >= slots as u64 * (4128 << 20));
            assert_eq!(budget.mappings_max, 65_530 - 100 - headroom);
        }
    }

    #[test]
    fn a_lower_limit_on_address_space_is_heeded() {
        let mut limited = limits();
        limited.address_space_limit_bytes = Some(100 << 30);
        let budget = Budget::from_limits(&limited, 768);
        assert_eq!(budget.address_space_max_bytes, 99 << 30);
        limited.address_space_in_use_bytes = 200 << 30;
        limited.mappings_in_use = 70_000;
        let budget = Budget::from_limits(&limited, 768);
        assert_eq!(budget.address_space_max_bytes, 0);
        assert_eq!(budget.mappings_max, 0);
    }

    #[test]
    fn a_refused_charge_takes_nothing_and_a_dropped_one_gives_back() {
        let ledger = Ledger::new(Budget {
            mappings_max: 4,
            address_space_max_bytes: 10,
        });
        let first = ledger.charge(3, 4).unwrap();
        let refused = ledger.charge(2, 0);
        assert!(matches!(
            refused,
            Err(Error::MappingBudget { in_use: 3, .. })
        ));
        let refused = ledger.charge(1, 7);
        assert!(matches!(refused, Err(Error::AddressSpaceBudget { .. })));
        assert_eq!(ledger.used().mappings, 3);
        drop(first);
        assert!(ledger.charge(4, 10).is_ok());
        assert_eq!(ledger.used().address_space_bytes, 0);
    }
}
