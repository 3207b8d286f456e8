//! Who may have a sandbox, and whose turn it is.
//!
//! ```text
//!   turns    ana ─► ben ─► …             tenants that wait, in the order of their turns
//!            │      │
//!   lines    3 1    7                    who waits for each, first come first served
//! ```
//!
//! A permit that is given back goes to the first tenant in turn that may have one more, and that tenant goes to the end.
//! So a tenant with a thousand waiting waits no less for it, and the others no more.
//!
//! While a permit is free, those who wait are of tenants that may have no more: whatever frees a permit or raises a limit
//! serves those who wait first. So who comes later overtakes nobody.

use slab::Slab;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::task::Waker;

/// A tenant, as the queue knows it.
pub(crate) type Name = Arc<str>;

#[derive(Debug)]
pub(super) struct Queue {
    /// How many permits there may be.
    permits: usize,
    /// How many tenants and the pool itself have; more than there may be after the number was lowered.
    taken: usize,
    is_closed: bool,
    lines: HashMap<Name, Line>,
    turns: VecDeque<Name>,
    waiters: Slab<Waiter>,
    /// How many permits a tenant may have, where that was said of it.
    limits: HashMap<Name, usize>,
    /// How many any other tenant may have; all of them when it is `None`.
    limit_usual: Option<usize>,
    /// Permits that the pool itself has.
    spares: usize,
    /// Work that goes on without a permit.
    works: usize,
    /// Who wait until all permits are back.
    resting: Vec<Waker>,
}

/// One tenant's permits, and its waiters in their order.
#[derive(Debug)]
struct Line {
    held: usize,
    held_max: usize,
    waiting: VecDeque<usize>,
}

#[derive(Debug)]
struct Waiter {
    name: Name,
    waker: Waker,
    outcome: Option<Outcome>,
}

/// What became of a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Granted,
    Closed,
}

/// Why there is no permit right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Closed,
    /// Others have them all.
    Full,
    /// The tenant has as many as it may have.
    TenantFull {
        held_max: usize,
    },
}

impl Queue {
    pub(super) fn new(permits: usize, limit_usual: Option<usize>) -> Self {
        Self {
            permits,
            taken: 0,
            is_closed: false,
            lines: HashMap::new(),
            turns: VecDeque::new(),
            waiters: Slab::new(),
            limits: HashMap::new(),
            limit_usual,
            spares: 0,
            works: 0,
            resting: Vec::new(),
        }
    }

    /// Takes a permit if there is one for this tenant, and nobody of it waits.
    pub(super) fn try_take(&mut self, name: &Name) -> Result<(), Refusal> {
        if self.is_closed {
            return Err(Refusal::Closed);
        }
        let free = self.free();
        let held_max = match self.lines.get(name) {
            Some(line) if line.held < line.held_max => {
                if free == 0 || !line.waiting.is_empty() {
                    return Err(Refusal::Full);
                }
                line.held_max
            }
            Some(line) => {
                return Err(Refusal::TenantFull {
                    held_max: line.held_max,
                });
            }
            None => match self.limit(name) {
                0 => return Err(Refusal::TenantFull { held_max: 0 }),
                _ if free == 0 => return Err(Refusal::Full),
                held_max => held_max,
            },
        };
        let line = self.lines.entry(name.clone());
        line.or_insert_with(|| Line::new(held_max)).held += 1;
        self.taken += 1;
        Ok(())
    }

    /// Says how many permits a tenant may have; as many as any other when it is `None`. Gives the wakers of those who
    /// are served by that, to be called when nothing is held.
    pub(super) fn set_limit(&mut self, name: &Name, limit: Option<usize>) -> Vec<Waker> {
        match limit {
            Some(limit) => drop(self.limits.insert(name.clone(), limit)),
            None => drop(self.limits.remove(name)),
        }
        let limit = self.limit(name);
        if let Some(line) = self.lines.get_mut(name) {
            line.held_max = limit;
        }
        self.pass_all_on()
    }

    /// How many permits a tenant may have.
    pub(super) fn limit(&self, name: &str) -> usize {
        let said = self.limits.get(name).copied();
        said.or(self.limit_usual).unwrap_or(usize::MAX)
    }

    /// Says how many permits there may be. Those that are held stay held. Gives the wakers of those
    /// who are served by that, to be called when nothing is held.
    pub(super) fn resize(&mut self, permits: usize) -> Vec<Waker> {
        self.permits = permits;
        self.pass_all_on()
    }

    /// Takes a permit for the pool's own work, if there is one to spare and the pool goes on.
    pub(super) fn try_take_spare(&mut self) -> bool {
        let is_spare = self.free() > 0 && !self.is_closed;
        if is_spare {
            self.taken += 1;
            self.spares += 1;
        }
        is_spare
    }

    /// Waits in the tenant's line. The number stands for the waiter until it leaves.
    pub(super) fn join(&mut self, name: &Name, waker: Waker) -> usize {
        let outcome = self.is_closed.then_some(Outcome::Closed);
        let number = self.waiters.insert(Waiter {
            name: name.clone(),
            waker,
            outcome,
        });
        if outcome.is_none() {
            let held_max = self.limit(name);
            let line = self.lines.entry(name.clone());
            let line = line.or_insert_with(|| Line::new(held_max));
            if line.waiting.is_empty() {
                self.turns.push_back(name.clone());
            }
            line.waiting.push_back(number);
        }
        number
    }

    /// What has become of a waiter; `None` as long as it has to wait.
    pub(super) fn outcome(&mut self, number: usize, waker: &Waker) -> Option<Outcome> {
        let waiter = &mut self.waiters[number];
        if waiter.outcome.is_none() && !waiter.waker.will_wake(waker) {
            waiter.waker = waker.clone();
        }
        waiter.outcome
    }

    /// Forgets a waiter that has what it waited for.
    pub(super) fn served(&mut self, number: usize) {
        self.waiters.remove(number);
    }

    /// A waiter gives up. What it was granted meanwhile goes to the next one, whose waker it gives.
    pub(super) fn leave(&mut self, number: usize) -> Option<Waker> {
        let waiter = self.waiters.remove(number);
        match waiter.outcome {
            Some(Outcome::Granted) => self.release(Some(&waiter.name)),
            Some(Outcome::Closed) => None,
            None => {
                let name = &waiter.name;
                if let Some(line) = self.lines.get_mut(name) {
                    line.waiting.retain(|&other| other != number);
                    if line.waiting.is_empty() {
                        self.turns.retain(|other| other != name);
                    }
                }
                self.forget_if_unused(name);
                None
            }
        }
    }

    /// A permit comes back, of a tenant or of the pool's own work. It goes to whose turn it is; gives that
    /// one's waker.
    pub(super) fn release(&mut self, name: Option<&Name>) -> Option<Waker> {
        self.taken -= 1;
        match name {
            Some(name) => {
                if let Some(line) = self.lines.get_mut(name) {
                    line.held -= 1;
                }
                self.forget_if_unused(name);
            }
            None => self.spares -= 1,
        }
        self.pass_on()
    }

    /// Tells all who wait, and lets nobody in any more. Gives wakers to call, once nothing is held.
    pub(super) fn close(&mut self) -> Vec<Waker> {
        self.is_closed = true;
        self.turns.clear();
        self.lines.retain(|_, line| {
            line.waiting.clear();
            line.held > 0
        });
        let mut wakers = Vec::new();
        for (_, waiter) in &mut self.waiters {
            if waiter.outcome.is_none() {
                waiter.outcome = Some(Outcome::Closed);
                wakers.push(waiter.waker.clone());
            }
        }
        wakers
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Permits that tenants have.
    pub(super) fn held(&self) -> usize {
        self.taken - self.spares
    }

    pub(super) fn begin_work(&mut self) {
        self.works += 1;
    }

    pub(super) fn end_work(&mut self) {
        self.works -= 1;
    }

    fn rests(&self) -> bool {
        self.taken == 0 && self.works == 0
    }

    /// Whether all permits are back and no work goes on; otherwise whoever asks is woken when they are.
    pub(super) fn is_at_rest(&mut self, waker: &Waker) -> bool {
        if self.rests() {
            return true;
        }
        if !self.resting.iter().any(|other| other.will_wake(waker)) {
            self.resting.push(waker.clone());
        }
        false
    }

    /// Wakers to call, once nothing is held, as all is at rest now.
    pub(super) fn take_resting(&mut self) -> Vec<Waker> {
        if self.rests() {
            std::mem::take(&mut self.resting)
        } else {
            Vec::new()
        }
    }

    /// How many wait, of all tenants.
    pub(super) fn waiting(&self) -> usize {
        let lines = self.turns.iter().filter_map(|name| self.lines.get(name));
        lines.map(|line| line.waiting.len()).sum()
    }

    /// How many permits a tenant has, and how many it waits for.
    pub(super) fn of_tenant(&self, name: &str) -> (usize, usize) {
        self.lines
            .get(name)
            .map_or((0, 0), |line| (line.held, line.waiting.len()))
    }

    fn free(&self) -> usize {
        self.permits.saturating_sub(self.taken)
    }

    fn pass_all_on(&mut self) -> Vec<Waker> {
        std::iter::from_fn(|| self.pass_on()).collect()
    }

    fn pass_on(&mut self) -> Option<Waker> {
        if self.free() == 0 {
            return None;
        }
        let may_have_one = |name: &Name| {
            self.lines
                .get(name)
                .is_some_and(|line| line.held < line.held_max)
        };
        let turn = self.turns.iter().position(may_have_one)?;
        let name = self.turns.remove(turn)?;
        let line = self.lines.get_mut(&name)?;
        let number = line.waiting.pop_front()?;
        line.held += 1;
        self.taken += 1;
        if !line.waiting.is_empty() {
            self.turns.push_back(name);
        }
        let waiter = &mut self.waiters[number];
        waiter.outcome = Some(Outcome::Granted);
        Some(waiter.waker.clone())
    }

    fn forget_if_unused(&mut self, name: &Name) {
        if self
            .lines
            .get(name)
            .is_some_and(|line| line.held == 0 && line.waiting.is_empty())
        {
            self.lines.remove(name);
        }
    }
}

impl Line {
    fn new(held_max: usize) -> Self {
        Self {
            held: 0,
            held_max,
            waiting: VecDeque::new(),
        }
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    fn name(name: &str) -> Name {
        name.into()
    }

    fn join(queue: &mut Queue, tenant: &str) -> usize {
        queue.join(&name(tenant), Waker::noop().clone())
    }

    fn is_granted(queue: &mut Queue, number: usize) -> bool {
        queue.outcome(number, Waker::noop()) == Some(Outcome::Granted)
    }

    #[test]
    fn a_tenant_with_many_waiting_does_not_starve_another() {
        let mut queue = Queue::new(1, None);
        queue.try_take(&name("busy")).unwrap();
        let many: Vec<usize> = (0..5).map(|_| join(&mut queue, "busy")).collect();
        let one = join(&mut queue, "modest");
        queue.release(Some(&name("busy"))).unwrap();
        assert!(is_granted(&mut queue, many[0]), "it came first");
        queue.release(Some(&name("busy"))).unwrap();
        assert!(is_granted(&mut queue, one), "its turn");
        queue.release(Some(&name("modest"))).unwrap();
        assert!(is_granted(&mut queue, many[1]));
    }

    #[test]
    fn a_tenant_at_its_cap_lets_others_pass_and_keeps_its_turn() {
        let mut queue = Queue::new(2, None);
        queue.set_limit(&name("capped"), Some(1));
        queue.try_take(&name("capped")).unwrap();
        queue.try_take(&name("other")).unwrap();
        assert_eq!(
            queue.try_take(&name("capped")),
            Err(Refusal::TenantFull { held_max: 1 })
        );
        let capped = join(&mut queue, "capped");
        let other = join(&mut queue, "other");
        queue.release(Some(&name("other"))).unwrap();
        assert!(is_granted(&mut queue, other));
        assert!(!is_granted(&mut queue, capped));
        queue.release(Some(&name("capped"))).unwrap();
        assert!(is_granted(&mut queue, capped));
    }

    #[test]
    fn what_a_waiter_that_gave_up_was_granted_goes_to_the_next() {
        let mut queue = Queue::new(1, None);
        queue.try_take(&name("a")).unwrap();
        let first = join(&mut queue, "b");
        let second = join(&mut queue, "c");
        queue.release(Some(&name("a")));
        assert!(is_granted(&mut queue, first));
        assert!(queue.leave(first).is_some());
        assert!(is_granted(&mut queue, second));
        assert!(queue.leave(second).is_none());
        assert_eq!(queue.free(), 1);
        assert!(queue.lines.is_empty(), "nobody is remembered for nothing");
        assert!(queue.waiters.is_empty() && queue.turns.is_empty());
    }

    #[test]
    fn what_the_pool_has_is_no_lease_and_no_rest() {
        let mut queue = Queue::new(2, None);
        assert!(queue.try_take_spare());
        queue.try_take(&name("a")).unwrap();
        assert_eq!(queue.held(), 1);
        queue.release(Some(&name("a")));
        assert_eq!(queue.held(), 0);
        assert!(!queue.is_at_rest(Waker::noop()));
        queue.release(None);
        queue.begin_work();
        assert!(!queue.is_at_rest(Waker::noop()));
        queue.end_work();
        assert!(!queue.take_resting().is_empty());
        assert!(queue.is_at_rest(Waker::noop()));
    }

    #[test]
    fn a_closed_queue_lets_nobody_in_and_nobody_wait() {
        let mut queue = Queue::new(1, None);
        queue.try_take(&name("a")).unwrap();
        let waiting = join(&mut queue, "b");
        assert_eq!(queue.close().len(), 1);
        let late = join(&mut queue, "c");
        for number in [waiting, late] {
            assert_eq!(queue.outcome(number, Waker::noop()), Some(Outcome::Closed));
            assert!(queue.leave(number).is_none());
        }
        assert!(queue.release(Some(&name("a"))).is_none());
        assert_eq!(queue.try_take(&name("a")), Err(Refusal::Closed));
        assert!(!queue.try_take_spare());
        assert_eq!(queue.free(), 1);
    }

    #[test]
    fn a_raised_limit_serves_those_who_wait_and_lets_nobody_overtake_them() {
        let mut queue = Queue::new(4, Some(1));
        queue.try_take(&name("ana")).unwrap();
        let waiting = [0, 1, 2].map(|_| join(&mut queue, "ana"));
        assert_eq!(queue.set_limit(&name("ana"), Some(3)).len(), 2);
        assert_eq!(
            waiting.map(|number| is_granted(&mut queue, number)),
            [true, true, false]
        );
        queue.set_limit(&name("ana"), Some(4));
        assert!(is_granted(&mut queue, waiting[2]));
        assert_eq!(queue.free(), 0);
    }

    #[test]
    fn a_limit_that_is_lowered_takes_nothing_back_and_one_that_is_forgotten_is_the_usual_one() {
        let mut queue = Queue::new(4, Some(2));
        queue.set_limit(&name("ana"), Some(4));
        for _ in 0..3 {
            queue.try_take(&name("ana")).unwrap();
        }
        queue.set_limit(&name("ana"), None);
        let full = Err(Refusal::TenantFull { held_max: 2 });
        assert_eq!(queue.try_take(&name("ana")), full);
        let waiting = join(&mut queue, "ana");
        queue.release(Some(&name("ana")));
        assert!(!is_granted(&mut queue, waiting), "it has the usual two");
        queue.release(Some(&name("ana")));
        assert!(is_granted(&mut queue, waiting));
    }

    #[test]
    fn a_size_that_is_raised_serves_those_who_wait_and_one_that_is_lowered_takes_nothing_back() {
        let mut queue = Queue::new(2, None);
        queue.try_take(&name("ana")).unwrap();
        queue.try_take(&name("ben")).unwrap();
        assert!(queue.resize(1).is_empty());
        let waiting = [join(&mut queue, "cleo"), join(&mut queue, "ben")];
        queue.release(Some(&name("ana")));
        assert!(!is_granted(&mut queue, waiting[0]), "one is out, of one");
        assert_eq!((queue.held(), queue.free()), (1, 0));
        assert_eq!(queue.resize(3).len(), 2);
        assert!(waiting.iter().all(|&number| is_granted(&mut queue, number)));
    }
}
