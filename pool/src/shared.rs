//! What the services of a pool share: its settings, what it has, and who waits.

use crate::admission::Admission;
use crate::alarm::Alarm;
use crate::builder::Config;
use crate::error::Error;
use crate::housed::Housed;
use crate::inventory::Inventory;
use crate::meters::Meters;
use crate::session::Parked;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

pub(crate) type Shelves = Inventory<Housed, Parked>;

pub(crate) struct Shared {
    pub(crate) config: Config,
    /// How many sandboxes there may be: as the pool was made or resized.
    pub(crate) size_max: AtomicUsize,
    pub(crate) admission: Admission,
    pub(crate) inventory: Shelves,
    pub(crate) meters: Meters,
    pub(crate) alarm: Arc<Alarm>,
    pub(crate) quarantined: AtomicU64,
}

impl Shared {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            size_max: AtomicUsize::new(config.size_max),
            admission: Admission::new(config.size_max, config.tenant_leases_max),
            inventory: Shelves::new(config.size_max),
            meters: Meters::new(&config.name),
            alarm: Arc::new(Alarm::new()),
            quarantined: AtomicU64::new(0),
            config,
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.admission.load().is_closed
    }

    pub(crate) fn full(&self) -> Error {
        Error::Full {
            size_max: self.size_max.load(Ordering::Relaxed),
        }
    }

    /// Tells the gauges what is there.
    pub(crate) fn tell_gauges(&self) {
        let stock = self.inventory.stock();
        self.meters.live.set(stock.size as f64);
        self.meters.idle.set((stock.clean + stock.soiled) as f64);
        self.meters.sessions_live.set(stock.parked as f64);
        let private_bytes = stock.parked_bytes + stock.checkpoint_bytes;
        self.meters.private_bytes.set(private_bytes as f64);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The pool's own thread ends.
        self.alarm.ring();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("config", &self.config)
            .field("load", &self.admission.load())
            .field("stock", &self.inventory.stock())
            .finish_non_exhaustive()
    }
}
