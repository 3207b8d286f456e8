//! The sandboxes that nobody uses at the moment, and the room for more.
//!
//! ```text
//!            claim: reset in place, same trust group
//!          ┌────────────────────────────────────────────┐
//!          │ claim: strict reset, any group             ▼
//!   soiled ┼──────────────────────────────────────► (leased) ◄── claim ── parked session
//!          │ recycle: strict reset      claim           │ │                  ▲     │
//!          └──────────────────► clean ──────────────────┘ └── returned ──► soiled  │
//!                                                         └── a session ─────┘     │
//!                                       soiled ◄── put to sleep ───────────────────┘
//! ```
//!
//! A sandbox that one trust group has used reaches another in one way only: through a strict reset. [`Claim`] says what
//! has to be done, and nothing else takes a sandbox off a shelf.

use crate::sync::{AtomicUsize, Mutex};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, ThreadId};
use std::time::Instant;

/// Those whose sandboxes may be reset in place for each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Group {
    /// A tenant alone.
    Tenant(Arc<str>),
    /// All that were put into it. Its name has nothing to do with a tenant's.
    Named(Arc<str>),
}

/// Sandboxes of one kind are made alike; another kind has other settings.
pub(crate) type KindId = usize;

/// So many of the soiled are looked through for one that fits.
const LOOKS_MAX: usize = 32;

/// Idle sandboxes `T` and sleepable sessions `S`.
#[derive(Debug)]
pub(crate) struct Inventory<T, S> {
    books: Mutex<Books<T, S>>,
    size: Arc<Size>,
}

/// How many sandboxes there are, and how many there may be. The number grows under the lock of the books only.
#[derive(Debug)]
struct Size {
    count: AtomicUsize,
    max: AtomicUsize,
}

impl Size {
    fn is_over(&self) -> bool {
        self.count.load(Ordering::SeqCst) > self.max.load(Ordering::SeqCst)
    }
}

#[derive(Debug)]
struct Books<T, S> {
    size: Arc<Size>,
    kinds: HashMap<KindId, Shelves<T>>,
    /// By the moment of their last use, which is the order of their numbers.
    parked: VecDeque<Parked<S>>,
    next_ticket: u64,
    parked_bytes: u64,
    /// Of the checkpoints that sessions in use can go back to.
    checkpoint_bytes: u64,
}

#[derive(Debug)]
struct Shelves<T> {
    /// The last to come is the first to go; the oldest is in front.
    clean: VecDeque<(T, Instant)>,
    soiled: VecDeque<Soiled<T>>,
}

impl<T> Default for Shelves<T> {
    fn default() -> Self {
        Self {
            clean: VecDeque::new(),
            soiled: VecDeque::new(),
        }
    }
}

#[derive(Debug)]
struct Soiled<T> {
    item: T,
    /// Who alone has used it, if it was one group.
    group: Option<Group>,
    /// The thread that returned it, in whose core's cache it may still be.
    thread: ThreadId,
    since: Instant,
}

#[derive(Debug)]
struct Parked<S> {
    ticket: Ticket,
    session: S,
    bytes: u64,
    since: Instant,
}

/// A parked session's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

/// A reserved place in the pool: dropping it lets another sandbox be made.
#[derive(Debug)]
pub(crate) struct Room {
    size: Arc<Size>,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.size.count.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What the holder of a permit must do to get a sandbox.
#[derive(Debug)]
pub(crate) enum Claim<T, S> {
    /// Lease it.
    Clean(T),
    /// Reset it in place: its group is the one that asks.
    SameGroup(T),
    /// Reset it strictly.
    OtherGroup(T),
    /// Make one.
    Build(Room),
    /// Drop it, which makes room, and claim again.
    Replace(T),
    /// Put it to sleep, which makes room, and claim again.
    Evict(S),
    /// Someone is in the middle of something: claim again.
    Busy,
}

/// What is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stock {
    pub(crate) size: usize,
    pub(crate) clean: usize,
    pub(crate) soiled: usize,
    pub(crate) parked: usize,
    pub(crate) parked_bytes: u64,
    pub(crate) checkpoint_bytes: u64,
}

impl<T, S> Inventory<T, S> {
    pub(crate) fn new(size_max: usize) -> Self {
        let size = Arc::new(Size {
            count: AtomicUsize::new(0),
            max: AtomicUsize::new(size_max),
        });
        Self {
            size: size.clone(),
            books: Mutex::new(Books {
                size,
                kinds: HashMap::new(),
                parked: VecDeque::new(),
                next_ticket: 0,
                parked_bytes: 0,
                checkpoint_bytes: 0,
            }),
        }
    }

    /// The best there is for someone of `group` who has a permit. `may_evict` says of a parked session whether it can be
    /// put to sleep right now, and makes it so that nobody else tries.
    pub(crate) fn claim(
        &self,
        kind: KindId,
        group: &Group,
        may_evict: impl FnMut(&S) -> bool,
    ) -> Claim<T, S> {
        let mut books = self.books.lock();
        if let Some(shelves) = books.kinds.get_mut(&kind) {
            if let Some((item, _)) = shelves.clean.pop_back() {
                return Claim::Clean(item);
            }
            if let Some(soiled) = shelves.take_fitting(group) {
                return match soiled.group.as_ref() == Some(group) {
                    true => Claim::SameGroup(soiled.item),
                    false => Claim::OtherGroup(soiled.item),
                };
            }
        }
        if let Some(room) = books.room() {
            return Claim::Build(room);
        }
        if let Some(item) = books.take_any() {
            return Claim::Replace(item);
        }
        match books.take_parked(may_evict) {
            Some(session) => Claim::Evict(session),
            None => Claim::Busy,
        }
    }

    /// Room for one more, unless all is taken.
    pub(crate) fn reserve(&self) -> Option<Room> {
        self.books.lock().room()
    }

    /// A sandbox that is as new.
    pub(crate) fn put_clean(&self, kind: KindId, item: T, now: Instant) {
        let mut books = self.books.lock();
        let shelves = books.kinds.entry(kind).or_default();
        shelves.clean.push_back((item, now));
    }

    /// A used sandbox. `group` alone has used it since its last strict reset; `None` when it was not one group alone.
    pub(crate) fn put_soiled(&self, kind: KindId, item: T, group: Option<Group>, now: Instant) {
        let mut books = self.books.lock();
        let shelves = books.kinds.entry(kind).or_default();
        shelves.soiled.push_back(Soiled {
            item,
            group,
            thread: thread::current().id(),
            since: now,
        });
    }

    /// The sandbox that has been soiled the longest, if that is since `before` at least.
    pub(crate) fn take_soiled(&self, before: Instant) -> Option<(KindId, T)> {
        let mut books = self.books.lock();
        let since = |shelves: &Shelves<T>| Some(shelves.soiled.front()?.since);
        let kind = books.kind_of_oldest(since)?;
        let shelves = books.kinds.get_mut(&kind)?;
        let is_due = shelves.soiled.front()?.since <= before;
        let soiled = is_due.then(|| shelves.soiled.pop_front()).flatten()?;
        Some((kind, soiled.item))
    }

    /// A clean sandbox that nobody has wanted since `before`, unless only `keep` are left of its kind.
    pub(crate) fn take_unwanted(
        &self,
        before: Instant,
        keep: impl Fn(KindId) -> usize,
    ) -> Option<T> {
        let mut books = self.books.lock();
        // Kinds that no tenant has any more do not stay.
        let is_in_use =
            |shelves: &Shelves<T>| !shelves.clean.is_empty() || !shelves.soiled.is_empty();
        books.kinds.retain(|_, shelves| is_in_use(shelves));
        books.kinds.iter_mut().find_map(|(kind, shelves)| {
            let is_unwanted =
                shelves.clean.front()?.1 <= before && shelves.clean.len() > keep(*kind);
            let (item, _) = is_unwanted.then(|| shelves.clean.pop_front()).flatten()?;
            Some(item)
        })
    }

    /// Parks a live session, as the last one used.
    pub(crate) fn park(&self, session: S, bytes: u64, now: Instant) -> Ticket {
        let mut books = self.books.lock();
        let ticket = Ticket(books.next_ticket);
        books.next_ticket += 1;
        books.parked_bytes += bytes;
        books.parked.push_back(Parked {
            ticket,
            session,
            bytes,
            since: now,
        });
        ticket
    }

    /// The session that was used the longest ago of those that `may_evict`.
    pub(crate) fn take_oldest(&self, may_evict: impl FnMut(&S) -> bool) -> Option<S> {
        self.books.lock().take_parked(may_evict)
    }

    /// The session parked there, unless it was put to sleep.
    pub(crate) fn unpark(&self, ticket: Ticket) -> Option<S> {
        let mut books = self.books.lock();
        let index = books
            .parked
            .binary_search_by_key(&ticket, |parked| parked.ticket)
            .ok()?;
        books.remove_parked(index)
    }

    /// The session to put to sleep first: the least recently used one that `may_evict`, while the parked ones and the
    /// checkpoints of others have more than `bytes_max`, while there are more sandboxes than there may be, or if it is
    /// parked since `before`.
    pub(crate) fn take_sleepy(
        &self,
        bytes_max: u64,
        before: Option<Instant>,
        may_evict: impl FnMut(&S) -> bool,
    ) -> Option<S> {
        let mut books = self.books.lock();
        let bytes = books.parked_bytes + books.checkpoint_bytes;
        let is_over = bytes > bytes_max || books.size.is_over();
        let is_old = (books.parked.front())
            .zip(before)
            .is_some_and(|(parked, before)| parked.since <= before);
        if !is_over && !is_old {
            return None;
        }
        books.take_parked(may_evict)
    }

    /// Counts the checkpoint that a session in use can go back to; says what those have and the parked sessions.
    pub(crate) fn add_checkpoint(&self, bytes: u64) -> u64 {
        let mut books = self.books.lock();
        books.checkpoint_bytes += bytes;
        books.parked_bytes + books.checkpoint_bytes
    }

    /// The checkpoint is not kept any more.
    pub(crate) fn remove_checkpoint(&self, bytes: u64) {
        self.books.lock().checkpoint_bytes -= bytes;
    }

    /// Says how many there may be from now on.
    pub(crate) fn resize(&self, size_max: usize) {
        self.size.max.store(size_max, Ordering::SeqCst);
    }

    /// Whether there are more than there may be.
    pub(crate) fn is_over(&self) -> bool {
        self.size.is_over()
    }

    /// An idle sandbox, if there are more than there may be.
    pub(crate) fn take_over(&self) -> Option<T> {
        let mut books = self.books.lock();
        let is_over = books.size.is_over();
        is_over.then(|| books.take_any()).flatten()
    }

    /// Takes all idle ones of a kind off their shelves.
    pub(crate) fn take_kind(&self, kind: KindId) -> Vec<T> {
        let shelves = self.books.lock().kinds.remove(&kind);
        shelves.map_or_else(Vec::new, Shelves::into_items)
    }

    /// Takes those idle ones off their shelves that are not to stay. `stays` is told since when each is idle.
    pub(crate) fn take_unless(&self, mut stays: impl FnMut(&T, Instant) -> bool) -> Vec<T> {
        let mut books = self.books.lock();
        let mut taken = Vec::new();
        for shelves in books.kinds.values_mut() {
            for (item, since) in std::mem::take(&mut shelves.clean) {
                match stays(&item, since) {
                    true => shelves.clean.push_back((item, since)),
                    false => taken.push(item),
                }
            }
            for soiled in std::mem::take(&mut shelves.soiled) {
                match stays(&soiled.item, soiled.since) {
                    true => shelves.soiled.push_back(soiled),
                    false => taken.push(soiled.item),
                }
            }
        }
        taken
    }

    /// Takes everything off the shelves, to be dropped.
    pub(crate) fn take_idle(&self) -> Vec<T> {
        let mut books = self.books.lock();
        std::iter::from_fn(|| books.take_any()).collect()
    }

    pub(crate) fn stock(&self) -> Stock {
        let books = self.books.lock();
        let mut stock = Stock {
            size: books.size.count.load(Ordering::SeqCst),
            parked: books.parked.len(),
            parked_bytes: books.parked_bytes,
            checkpoint_bytes: books.checkpoint_bytes,
            ..Stock::default()
        };
        for shelves in books.kinds.values() {
            stock.clean += shelves.clean.len();
            stock.soiled += shelves.soiled.len();
        }
        stock
    }

    /// How many clean ones there are of a kind.
    pub(crate) fn clean(&self, kind: KindId) -> usize {
        let books = self.books.lock();
        books
            .kinds
            .get(&kind)
            .map_or(0, |shelves| shelves.clean.len())
    }

    /// The moments since which the oldest soiled one, the oldest clean one and the oldest session wait.
    pub(crate) fn oldest(&self) -> [Option<Instant>; 3] {
        let books = self.books.lock();
        let shelves = || books.kinds.values();
        [
            shelves()
                .filter_map(|s| Some(s.soiled.front()?.since))
                .min(),
            shelves().filter_map(|s| Some(s.clean.front()?.1)).min(),
            books.parked.front().map(|parked| parked.since),
        ]
    }
}

impl<T> Shelves<T> {
    fn into_items(self) -> Vec<T> {
        let clean = self.clean.into_iter().map(|(item, _)| item);
        let soiled = self.soiled.into_iter().map(|soiled| soiled.item);
        clean.chain(soiled).collect()
    }

    /// Of the soiled ones that came last, one of the same group before any other, and one that this thread has returned
    /// before one of another's.
    fn take_fitting(&mut self, group: &Group) -> Option<Soiled<T>> {
        let thread = thread::current().id();
        let first = self.soiled.len().saturating_sub(LOOKS_MAX);
        let candidates = (first..self.soiled.len()).map(|index| (index, &self.soiled[index]));
        let (best, _) = candidates.max_by_key(|(_, soiled)| {
            let is_of_group = soiled.group.as_ref() == Some(group);
            (is_of_group, soiled.thread == thread)
        })?;
        self.soiled.remove(best)
    }
}

impl<T, S> Books<T, S> {
    /// Room for one more, unless all is taken.
    fn room(&mut self) -> Option<Room> {
        let Size { count, max } = &*self.size;
        if count.load(Ordering::SeqCst) >= max.load(Ordering::SeqCst) {
            return None;
        }
        count.fetch_add(1, Ordering::SeqCst);
        Some(Room {
            size: self.size.clone(),
        })
    }

    /// The oldest of any kind: of the clean ones, and where there are none of the soiled ones.
    fn take_any(&mut self) -> Option<T> {
        if let Some(kind) = self.kind_of_oldest(|shelves| Some(shelves.clean.front()?.1)) {
            let (item, _) = self.kinds.get_mut(&kind)?.clean.pop_front()?;
            return Some(item);
        }
        let kind = self.kind_of_oldest(|shelves| Some(shelves.soiled.front()?.since))?;
        Some(self.kinds.get_mut(&kind)?.soiled.pop_front()?.item)
    }

    /// The kind with the earliest of such moments.
    fn kind_of_oldest(&self, since: impl Fn(&Shelves<T>) -> Option<Instant>) -> Option<KindId> {
        let moments = self.kinds.iter();
        let moments = moments.filter_map(|(kind, shelves)| Some((since(shelves)?, *kind)));
        moments.min().map(|(_, kind)| kind)
    }

    fn take_parked(&mut self, mut may_evict: impl FnMut(&S) -> bool) -> Option<S> {
        let index = self
            .parked
            .iter()
            .position(|parked| may_evict(&parked.session))?;
        self.remove_parked(index)
    }

    fn remove_parked(&mut self, index: usize) -> Option<S> {
        let parked = self.parked.remove(index)?;
        self.parked_bytes -= parked.bytes;
        Some(parked.session)
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests;
