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

use slab::Slab;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::task::Waker;

/// A tenant, as the queue knows it.
pub(crate) type Name = Arc<str>;

#[derive(Debug)]
pub(super) struct Queue {
    free: usize,
    is_closed: bool,
    lines: HashMap<Name, Line>,
    turns: VecDeque<Name>,
    waiters: Slab<Waiter>,
    permits: usize,
    /// Permits that the pool itself has.
    spares: usize,
    /// Work that goes on without a permit.
    works: usize,
    /// Who wait until all permits are back.
    resting: Vec<Waker>,
}

/// One tenant's permits, and its waiters in their order.
#[derive(Debug, Default)]
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
    TenantFull,
}

impl Queue {
    pub(super) fn new(permits: usize) -> Self {
        Self {
            free: permits,
            is_closed: false,
            lines: HashMap::new(),
            turns: VecDeque::new(),
            waiters: Slab::new(),
            permits,
            spares: 0,
            works: 0,
            resting: Vec::new(),
        }
    }

    /// Takes a permit if there is one for this tenant. Nobody is overtaken: while a permit is free, those who wait are
    /// of tenants that may have none.
    pub(super) fn try_take(&mut self, name: &Name, held_max: usize) -> Result<(), Refusal> {
        if self.is_closed {
            return Err(Refusal::Closed);
        }
        let line = match self.lines.get_mut(name) {
            Some(line) => line,
            None if held_max == 0 => return Err(Refusal::TenantFull),
            None if self.free > 0 => self.lines.entry(name.clone()).or_default(),
            None => return Err(Refusal::Full),
        };
        line.held_max = held_max;
        if line.held >= held_max {
            return Err(Refusal::TenantFull);
        }
        if self.free == 0 {
            return Err(Refusal::Full);
        }
        line.held += 1;
        self.free -= 1;
        Ok(())
    }

    /// Takes a permit for the pool's own work, if there is one to spare and the pool goes on.
    pub(super) fn try_take_spare(&mut self) -> bool {
        let is_spare = self.free > 0 && !self.is_closed;
        if is_spare {
            self.free -= 1;
            self.spares += 1;
        }
        is_spare
    }

    /// Waits in the tenant's line. The number stands for the waiter until it leaves.
    pub(super) fn join(&mut self, name: &Name, held_max: usize, waker: Waker) -> usize {
        let outcome = self.is_closed.then_some(Outcome::Closed);
        let number = self.waiters.insert(Waiter {
            name: name.clone(),
            waker,
            outcome,
        });
        if outcome.is_none() {
            let line = self.lines.entry(name.clone()).or_default();
            line.held_max = held_max;
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

    /// A waiter gives up. What it was granted meanwhile goes to the next one, who is to be woken.
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

    /// A permit comes back, of a tenant or of the pool's own work. It goes to whose turn it is, who is to be woken.
    pub(super) fn release(&mut self, name: Option<&Name>) -> Option<Waker> {
        self.free += 1;
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

    /// All who wait are told, and nobody is let in any more.
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
        self.permits - self.free - self.spares
    }

    pub(super) fn begin_work(&mut self) {
        self.works += 1;
    }

    pub(super) fn end_work(&mut self) {
        self.works -= 1;
    }

    fn rests(&self) -> bool {
        self.free == self.permits && self.works == 0
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

    /// Who are to be woken since all is at rest.
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

    fn pass_on(&mut self) -> Option<Waker> {
        if self.free == 0 {
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
        self.free -= 1;
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

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    fn name(name: &str) -> Name {
        name.into()
    }

    fn join(queue: &mut Queue, tenant: &str, held_max: usize) -> usize {
        queue.join(&name(tenant), held_max, Waker::noop().clone())
    }

    fn is_granted(queue: &mut Queue, number: usize) -> bool {
        queue.outcome(number, Waker::noop()) == Some(Outcome::Granted)
    }

    #[test]
    fn a_tenant_with_many_waiting_does_not_starve_another() {
        let mut queue = Queue::new(1);
        queue.try_take(&name("busy"), 10).unwrap();
        let many: Vec<usize> = (0..5).map(|_| join(&mut queue, "busy", 10)).collect();
        let one = join(&mut queue, "modest", 10);
        queue.release(Some(&name("busy"))).unwrap();
        assert!(is_granted(&mut queue, many[0]), "it came first");
        queue.release(Some(&name("busy"))).unwrap();
        assert!(is_granted(&mut queue, one), "its turn");
        queue.release(Some(&name("modest"))).unwrap();
        assert!(is_granted(&mut queue, many[1]));
    }

    #[test]
    fn a_tenant_at_its_cap_lets_others_pass_and_keeps_its_turn() {
        let mut queue = Queue::new(2);
        queue.try_take(&name("capped"), 1).unwrap();
        queue.try_take(&name("other"), 2).unwrap();
        assert_eq!(queue.try_take(&name("capped"), 1), Err(Refusal::TenantFull));
        let capped = join(&mut queue, "capped", 1);
        let other = join(&mut queue, "other", 2);
        queue.release(Some(&name("other"))).unwrap();
        assert!(is_granted(&mut queue, other));
        assert!(!is_granted(&mut queue, capped));
        queue.release(Some(&name("capped"))).unwrap();
        assert!(is_granted(&mut queue, capped));
    }

    #[test]
    fn what_a_waiter_that_gave_up_was_granted_goes_to_the_next() {
        let mut queue = Queue::new(1);
        queue.try_take(&name("a"), 1).unwrap();
        let first = join(&mut queue, "b", 1);
        let second = join(&mut queue, "c", 1);
        queue.release(Some(&name("a")));
        assert!(is_granted(&mut queue, first));
        assert!(queue.leave(first).is_some());
        assert!(is_granted(&mut queue, second));
        assert!(queue.leave(second).is_none());
        assert_eq!(queue.free, 1);
        assert!(queue.lines.is_empty(), "nobody is remembered for nothing");
        assert!(queue.waiters.is_empty() && queue.turns.is_empty());
    }

    #[test]
    fn what_the_pool_has_is_no_lease_and_no_rest() {
        let mut queue = Queue::new(2);
        assert!(queue.try_take_spare());
        queue.try_take(&name("a"), 1).unwrap();
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
        let mut queue = Queue::new(1);
        queue.try_take(&name("a"), 1).unwrap();
        let waiting = join(&mut queue, "b", 1);
        assert_eq!(queue.close().len(), 1);
        let late = join(&mut queue, "c", 1);
        for number in [waiting, late] {
            assert_eq!(queue.outcome(number, Waker::noop()), Some(Outcome::Closed));
            assert!(queue.leave(number).is_none());
        }
        assert!(queue.release(Some(&name("a"))).is_none());
        assert_eq!(queue.try_take(&name("a"), 1), Err(Refusal::Closed));
        assert!(!queue.try_take_spare());
        assert_eq!(queue.free, 1);
    }
}
