//! How someone with a permit gets a sandbox when it has to be waited for.

use crate::Error;
use crate::admission::{Permit, Refusal};
use crate::deadline::Deadline;
use crate::housed::{Found, Housed, Housing, Lodging};
use crate::inventory::Room;
use crate::meters::Meters;
use crate::session::{Parked, Sleeper};
use crate::shared::Shared;
use crate::tenant::Tenant;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// While all others are in the middle of something: the first pause, and the longest.
const PAUSE_MIN: Duration = Duration::from_micros(50);
const PAUSE_MAX: Duration = Duration::from_millis(5);

/// The service that finds sandboxes and room for them, and puts sessions to sleep that are in the way.
#[derive(Debug, Clone)]
pub(crate) struct Finder {
    pub(crate) housing: Housing,
    pub(crate) sleeper: Arc<Sleeper>,
}

impl Finder {
    /// A permit for the tenant when it is its turn.
    pub(crate) async fn admit(&self, tenant: &Tenant, deadline: Deadline) -> Result<Permit, Error> {
        let Shared {
            admission, meters, ..
        } = &*self.housing.shared;
        // Most do not have to wait.
        match admission.try_acquire(&tenant.name) {
            Ok(permit) => return Ok(permit),
            Err(Refusal::Closed) => return Err(Error::Closed),
            Err(Refusal::Full | Refusal::TenantFull { .. }) => {}
        }
        let begun = Instant::now();
        let _waiting = Waiting::begin(meters);
        let acquired = admission.acquire(&tenant.name);
        let permit = deadline.wait(meters, "a sandbox", acquired).await?;
        meters.wait.record(begun.elapsed());
        permit.map_err(|_| Error::Closed)
    }

    /// A sandbox in the golden state, for a tenant that has a permit.
    pub(crate) async fn sandbox_for(&self, tenant: &Tenant) -> Result<Housed, Error> {
        let mut pause = Pause::new();
        loop {
            match self.housing.find(tenant, Parked::reserve)? {
                Found::Sandbox(housed) => return Ok(housed),
                Found::Soiled(housed, cleaning) => {
                    let cleaned = self.housing.clean_elsewhere(housed, cleaning).await;
                    if let Some(housed) = cleaned {
                        return Ok(housed.used_by(tenant));
                    }
                }
                Found::InTheWay(parked) => self.make_way(parked).await?,
                Found::Nothing => pause.wait().await,
            }
        }
    }

    /// Puts a session to sleep. One that another pool has makes way without it.
    async fn make_way(&self, parked: Parked) -> Result<(), Error> {
        match self.sleeper.put_to_sleep(parked).await {
            Err(Error::Superseded { .. }) => Ok(()),
            done => done,
        }
    }

    /// Room for a sandbox that is made some other way, for a tenant that has a permit.
    pub(crate) async fn room_for(&self, tenant: &Tenant) -> Result<Room, Error> {
        let mut pause = Pause::new();
        loop {
            match self.housing.room(tenant, Parked::reserve) {
                Lodging::Room(room) => return Ok(room),
                Lodging::Taken(parked) => self.make_way(*parked).await?,
                Lodging::None => pause.wait().await,
            }
        }
    }
}

/// Pauses that become longer.
struct Pause(Duration);

impl Pause {
    fn new() -> Self {
        Self(PAUSE_MIN)
    }

    async fn wait(&mut self) {
        async_io::Timer::after(self.0).await;
        self.0 = (self.0 * 2).min(PAUSE_MAX);
    }
}

/// Someone waits for a sandbox.
struct Waiting<'a>(&'a Meters);

impl<'a> Waiting<'a> {
    fn begin(meters: &'a Meters) -> Self {
        meters.waiting.increment(1.0);
        Self(meters)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.increment(-1.0);
    }
}
