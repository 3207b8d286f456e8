//! A sandbox of the pool's, and its way from one lease to the next.

use crate::Error;
use crate::inventory::{Claim, Group, Room};
use crate::off_thread::off_the_executor;
use crate::session::Parked;
use crate::shared::Shared;
use crate::tenant::{Kind, Tenant};
use hatchery::Sandbox;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// So many written pages are reset, copied or given back where the caller is: 1 MiB, which takes some tenths of a
/// millisecond at most. More of them go to another thread, so that no executor stands still.
pub(crate) const PAGES_HERE_MAX: usize = 256;

/// A sandbox and its place in the pool.
#[derive(Debug)]
pub(crate) struct Housed {
    /// As it was made, whatever its tenant's settings have become since.
    pub(crate) kind: Arc<Kind>,
    pub(crate) users: Users,
    pub(crate) sandbox: Sandbox,
    /// How many pages it had written when it was returned, which is what a reset costs.
    pub(crate) pages: usize,
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
    pub(crate) fn new(kind: &Arc<Kind>, sandbox: Sandbox, room: Room) -> Self {
        Self {
            kind: kind.clone(),
            users: Users::Nobody,
            sandbox,
            pages: 0,
            room,
        }
    }

    pub(crate) fn used_by(mut self, tenant: &Tenant) -> Self {
        self.users.add(&tenant.group);
        self
    }

    /// Notes what the sandbox has written, and says it in bytes. A kernel that does not say counts it for nothing.
    pub(crate) fn weigh(&mut self) -> u64 {
        self.pages = self.sandbox.written_pages().unwrap_or(0);
        in_bytes(self.pages)
    }

    /// As [`weigh`](Self::weigh), for a tenant's account.
    pub(crate) fn weigh_for_account(&mut self) -> u64 {
        self.weigh();
        taken_bytes(&self.sandbox)
    }
}

/// What a sandbox has of its own, in bytes, for its tenant's account. A slot keeps pages of an earlier tenant's, with the
/// golden snapshot's bytes in them: where there are many pages, those are found and left out.
pub(crate) fn taken_bytes(sandbox: &Sandbox) -> u64 {
    const MANY_PAGES: usize = 512;
    let mut pages = sandbox.written_pages().unwrap_or(0);
    if pages >= MANY_PAGES
        && let Ok(changed) = sandbox.changed_pages()
    {
        pages = changed.len_pages();
    }
    in_bytes(pages)
}

fn in_bytes(pages: usize) -> u64 {
    (pages * cow_memory::page_bytes()) as u64
}

/// The service that makes sandboxes, resets them, and keeps those that nobody uses. Cloning gives the same one.
#[derive(Debug, Clone)]
pub(crate) struct Housing {
    pub(crate) shared: Arc<Shared>,
}

/// Where someone with a permit can put a sandbox.
pub(crate) enum Lodging {
    Room(Room),
    /// Nowhere, until a session is put to sleep.
    Taken(Box<Parked>),
    /// Nowhere: all others are in the middle of something.
    None,
}

impl Lodging {
    /// The room, if there is one.
    pub(crate) fn room(self) -> Option<Room> {
        match self {
            Self::Room(room) => Some(room),
            Self::Taken(_) | Self::None => None,
        }
    }
}

/// What someone with a permit finds.
pub(crate) enum Found {
    /// A sandbox in the golden state.
    Sandbox(Housed),
    /// One that has to be reset, which takes a while.
    Soiled(Housed, Cleaning),
    /// A session that has to be put to sleep to make room.
    InTheWay(Parked),
    /// All others are in the middle of something.
    Nothing,
}

impl Housing {
    /// The best there is for a tenant that has a permit. Does not wait, and does nothing that takes long. `may_evict` is
    /// as of [`claim`](crate::inventory::Inventory::claim).
    pub(crate) fn find(
        &self,
        tenant: &Tenant,
        may_evict: impl Fn(&Parked) -> bool,
    ) -> Result<Found, Error> {
        loop {
            let claim = self
                .shared
                .inventory
                .claim(tenant.kind.id, &tenant.group, &may_evict);
            let (housed, cleaning) = match claim {
                Claim::Clean(housed) => return Ok(Found::Sandbox(housed.used_by(tenant))),
                Claim::SameGroup(housed) => (housed, self.cleaning_within_group()),
                Claim::OtherGroup(housed) => (housed, Cleaning::Strict),
                Claim::Build(room) => {
                    let housed = self.make(&tenant.kind, room)?;
                    return Ok(Found::Sandbox(housed.used_by(tenant)));
                }
                Claim::Replace(housed) => {
                    self.give_up(housed);
                    continue;
                }
                Claim::Evict(parked) => return Ok(Found::InTheWay(parked)),
                Claim::Busy => return Ok(Found::Nothing),
            };
            if housed.pages > PAGES_HERE_MAX || self.shared.config.hooks.on_reset.is_some() {
                return Ok(Found::Soiled(housed, cleaning));
            }
            if let Some(housed) = self.clean(housed, cleaning) {
                return Ok(Found::Sandbox(housed.used_by(tenant)));
            }
        }
    }

    /// As [`find`](Self::find), with a reset that takes long where the caller is; `None` when it would have to wait.
    pub(crate) fn find_blocking(&self, tenant: &Tenant) -> Result<Option<Housed>, Error> {
        loop {
            match self.find(tenant, |_| false)? {
                Found::Sandbox(housed) => return Ok(Some(housed)),
                Found::Soiled(housed, cleaning) => {
                    if let Some(housed) = self.clean(housed, cleaning) {
                        return Ok(Some(housed.used_by(tenant)));
                    }
                }
                Found::InTheWay(_) | Found::Nothing => return Ok(None),
            }
        }
    }

    /// As [`clean`](Self::clean), on another thread.
    pub(crate) async fn clean_elsewhere(
        &self,
        housed: Housed,
        cleaning: Cleaning,
    ) -> Option<Housed> {
        let housing = self.clone();
        off_the_executor(move || housing.clean(housed, cleaning)).await
    }

    /// Room for a sandbox that is made some other way, if there is some right now or an idle one can make it.
    pub(crate) fn room(&self, tenant: &Tenant, may_evict: impl Fn(&Parked) -> bool) -> Lodging {
        let claim = self
            .shared
            .inventory
            .claim(tenant.kind.id, &tenant.group, may_evict);
        match claim {
            Claim::Build(room) => Lodging::Room(room),
            Claim::Clean(housed)
            | Claim::SameGroup(housed)
            | Claim::OtherGroup(housed)
            | Claim::Replace(housed) => {
                let Housed {
                    sandbox,
                    pages,
                    room,
                    ..
                } = housed;
                drop_here_or_elsewhere(sandbox, pages);
                Lodging::Room(room)
            }
            Claim::Evict(parked) => Lodging::Taken(Box::new(parked)),
            Claim::Busy => Lodging::None,
        }
    }

    /// Makes a sandbox.
    pub(crate) fn make(&self, kind: &Arc<Kind>, room: Room) -> Result<Housed, Error> {
        let shared = &self.shared;
        let _span = tracing::debug_span!("create", pool = shared.config.name).entered();
        let sandbox = shared.meters.create.time(|| kind.builder.build())?;
        shared.alarm.set(Instant::now());
        Ok(Housed::new(kind, sandbox, room))
    }

    /// Resets a sandbox. One that cannot be, or that the hook does not like, is given up, which makes room for another.
    pub(crate) fn clean(&self, mut housed: Housed, cleaning: Cleaning) -> Option<Housed> {
        let Shared { config, meters, .. } = &*self.shared;
        let _span = tracing::debug_span!("reset", pool = config.name, ?cleaning).entered();
        let sandbox = &mut housed.sandbox;
        let reset = match cleaning {
            Cleaning::InPlace => meters.reset_in_place.time(|| sandbox.reset()),
            Cleaning::Strict => meters.reset_strict.time(|| sandbox.reset_strict()),
        };
        let problem = match reset {
            Ok(_) => match config.hooks.reset(sandbox) {
                Ok(()) => {
                    if cleaning == Cleaning::Strict {
                        housed.users = Users::Nobody;
                    }
                    housed.pages = 0;
                    return Some(housed);
                }
                Err(error) => error,
            },
            Err(error) => error.into(),
        };
        self.quarantine(housed, &*problem);
        None
    }

    /// Puts a used sandbox where those of its users' group find it, and the pool's thread. It is given up where nobody
    /// would want it: the pool is closed or has too many, or its tenant's sandboxes are made in another way by now.
    pub(crate) fn shelve(&self, housed: Housed) {
        let Shared {
            config, inventory, ..
        } = &*self.shared;
        if self.is_unwanted(&housed) {
            self.give_up(housed);
            return;
        }
        let now = Instant::now();
        let group = match &housed.users {
            Users::Group(group) => Some(group.clone()),
            Users::Nobody | Users::Several => None,
        };
        let kind = housed.kind.clone();
        inventory.put_soiled(kind.id, housed, group, now);
        if kind.is_retired() {
            // It was retired in between.
            self.give_kind_up(&kind);
        }
        self.shared.alarm.set(now + config.recycle_after);
    }

    /// As [`shelve`](Self::shelve), for a sandbox that is as new.
    pub(crate) fn shelve_clean(&self, housed: Housed) {
        if self.is_unwanted(&housed) {
            self.give_up(housed);
            return;
        }
        let kind = housed.kind.clone();
        let inventory = &self.shared.inventory;
        inventory.put_clean(kind.id, housed, Instant::now());
        if kind.is_retired() {
            // It was retired in between.
            self.give_kind_up(&kind);
        }
    }

    fn is_unwanted(&self, housed: &Housed) -> bool {
        self.shared.is_closed() || self.shared.inventory.is_over() || housed.kind.is_retired()
    }

    /// Gives the idle sandboxes of a kind up that no tenant has any more.
    pub(crate) fn give_kind_up(&self, kind: &Kind) {
        for housed in self.shared.inventory.take_kind(kind.id) {
            self.give_up(housed);
        }
    }

    /// Gives a sandbox up that nobody wants.
    pub(crate) fn give_up(&self, housed: Housed) {
        let pages = housed.pages;
        drop_here_or_elsewhere(housed, pages);
    }

    /// Gives a sandbox up that is not to be used again.
    pub(crate) fn quarantine(&self, housed: Housed, problem: &dyn std::error::Error) {
        tracing::warn!(pool = self.shared.config.name, %problem, "a sandbox was given up");
        self.give_up(housed);
        self.one_less();
    }

    /// Counts a sandbox that is not there any more, though it was to be.
    pub(crate) fn one_less(&self) {
        let shared = &self.shared;
        shared.meters.quarantined.increment(1);
        shared.quarantined.fetch_add(1, Ordering::Relaxed);
        shared.alarm.set(Instant::now());
    }

    fn cleaning_within_group(&self) -> Cleaning {
        if self.shared.config.always_strict {
            Cleaning::Strict
        } else {
            Cleaning::InPlace
        }
    }
}

/// To drop a sandbox is to reset its slot.
fn drop_here_or_elsewhere<T: Send + 'static>(sandbox: T, pages: usize) {
    if pages > PAGES_HERE_MAX {
        blocking::unblock(move || drop(sandbox)).detach();
    }
}
