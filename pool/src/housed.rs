//! A sandbox of the pool's, and its way from one lease to the next.

use crate::Error;
use crate::inner::Inner;
use crate::inventory::{Claim, Group, Inventory, KindId, Room};
use crate::session::Parked;
use crate::tenant::{Kind, Tenant};
use hatchery::Sandbox;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) type Shelves = Inventory<Housed, Parked>;

/// While all others are in the middle of something.
const BUSY_PAUSE: Duration = Duration::from_micros(50);

/// A sandbox and its right to exist.
#[derive(Debug)]
pub(crate) struct Housed {
    /// As it was made, whatever its tenant's settings have become since.
    pub(crate) kind: KindId,
    pub(crate) users: Users,
    pub(crate) sandbox: Sandbox,
    pub(crate) room: Room,
}

/// Who has used a sandbox since its last strict reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Users {
    Nobody,
    Group(Group),
    /// A live session's tenant has changed its group.
    Several,
}

impl Users {
    pub(crate) fn add(&mut self, group: &Group) {
        *self = match self {
            Self::Nobody => Self::Group(group.clone()),
            Self::Group(user) if user == group => return,
            Self::Group(_) | Self::Several => Self::Several,
        };
    }
}

/// How a sandbox returns to the golden state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cleaning {
    InPlace,
    Strict,
}

impl Housed {
    pub(crate) fn new(kind: &Kind, sandbox: Sandbox, room: Room) -> Self {
        Self {
            kind: kind.id,
            users: Users::Nobody,
            sandbox,
            room,
        }
    }

    pub(crate) fn used_by(mut self, tenant: &Tenant) -> Self {
        self.users.add(&tenant.group);
        self
    }
}

impl Inner {
    /// A sandbox in the golden state, for a tenant that has a permit. What is in the way is put to sleep.
    pub(crate) async fn sandbox_for(self: &Arc<Self>, tenant: &Tenant) -> Result<Housed, Error> {
        loop {
            let claim = self
                .inventory
                .claim(tenant.kind.id, &tenant.group, Parked::reserve);
            match self.take_up(claim, &tenant.kind) {
                TakenUp::Sandbox(housed) => return Ok(housed.used_by(tenant)),
                TakenUp::Failed(error) => return Err(error),
                TakenUp::Again => {}
                TakenUp::Evict(parked) => self.put_to_sleep(parked).await?,
                TakenUp::Busy => drop(async_io::Timer::after(BUSY_PAUSE).await),
            }
        }
    }

    /// As [`sandbox_for`](Self::sandbox_for), without waiting; `None` when it would have to.
    pub(crate) fn sandbox_now(&self, tenant: &Tenant) -> Result<Option<Housed>, Error> {
        loop {
            let claim = self
                .inventory
                .claim(tenant.kind.id, &tenant.group, |_| false);
            match self.take_up(claim, &tenant.kind) {
                TakenUp::Sandbox(housed) => return Ok(Some(housed.used_by(tenant))),
                TakenUp::Failed(error) => return Err(error),
                TakenUp::Again => {}
                TakenUp::Evict(_) | TakenUp::Busy => return Ok(None),
            }
        }
    }

    /// Room for a sandbox that is made some other way, for a tenant that has a permit.
    pub(crate) async fn room_for(self: &Arc<Self>, tenant: &Tenant) -> Result<Room, Error> {
        loop {
            let claim = self
                .inventory
                .claim(tenant.kind.id, &tenant.group, Parked::reserve);
            match claim {
                Claim::Build(room) => return Ok(room),
                Claim::Clean(housed)
                | Claim::SameGroup(housed)
                | Claim::OtherGroup(housed)
                | Claim::Replace(housed) => return Ok(housed.room),
                Claim::Evict(parked) => self.put_to_sleep(parked).await?,
                Claim::Busy => drop(async_io::Timer::after(BUSY_PAUSE).await),
            }
        }
    }

    fn take_up(&self, claim: Claim<Housed, Parked>, kind: &Kind) -> TakenUp {
        let (housed, cleaning) = match claim {
            Claim::Clean(housed) => return TakenUp::Sandbox(housed),
            Claim::SameGroup(housed) => (housed, self.cleaning_within_group()),
            Claim::OtherGroup(housed) => (housed, Cleaning::Strict),
            Claim::Build(room) => {
                return match self.make(kind, room) {
                    Ok(housed) => TakenUp::Sandbox(housed),
                    Err(error) => TakenUp::Failed(error),
                };
            }
            Claim::Replace(housed) => {
                drop(housed);
                return TakenUp::Again;
            }
            Claim::Evict(parked) => return TakenUp::Evict(parked),
            Claim::Busy => return TakenUp::Busy,
        };
        match self.clean(housed, cleaning) {
            Some(housed) => TakenUp::Sandbox(housed),
            None => TakenUp::Again,
        }
    }

    /// Makes a sandbox.
    pub(crate) fn make(&self, kind: &Kind, room: Room) -> Result<Housed, Error> {
        let _span = tracing::debug_span!("create", pool = self.config.name).entered();
        let sandbox = self.meters.create.time(|| kind.builder.build())?;
        self.alarm.set(Instant::now());
        Ok(Housed::new(kind, sandbox, room))
    }

    /// Resets a sandbox. One that cannot be, or that the hook does not like, is given up, which makes room for another.
    pub(crate) fn clean(&self, mut housed: Housed, cleaning: Cleaning) -> Option<Housed> {
        let _span = tracing::debug_span!("reset", pool = self.config.name, ?cleaning).entered();
        let sandbox = &mut housed.sandbox;
        let reset = match cleaning {
            Cleaning::InPlace => self.meters.reset_in_place.time(|| sandbox.reset()),
            Cleaning::Strict => self.meters.reset_strict.time(|| sandbox.reset_strict()),
        };
        let problem = match reset {
            Ok(_) => match self.config.hooks.reset(sandbox) {
                Ok(()) => {
                    if cleaning == Cleaning::Strict {
                        housed.users = Users::Nobody;
                    }
                    return Some(housed);
                }
                Err(error) => error,
            },
            Err(error) => error.into(),
        };
        self.quarantine(housed, &*problem);
        None
    }

    /// Gives a sandbox up that is not to be used again.
    pub(crate) fn quarantine(&self, housed: Housed, problem: &dyn std::error::Error) {
        tracing::warn!(pool = self.config.name, %problem, "a sandbox was given up");
        self.meters.quarantined.increment(1);
        self.quarantined
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        drop(housed);
        self.alarm.set(Instant::now());
    }

    fn cleaning_within_group(&self) -> Cleaning {
        if self.config.always_strict {
            Cleaning::Strict
        } else {
            Cleaning::InPlace
        }
    }
}

enum TakenUp {
    Sandbox(Housed),
    Evict(Parked),
    Failed(Error),
    Again,
    Busy,
}
