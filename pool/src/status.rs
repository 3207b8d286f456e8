use crate::error::Error;

/// What a pool has at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Sandboxes that there are: leased, idle, and live sessions.
    pub size: usize,
    /// How many there may be.
    pub size_max: usize,
    /// Sandboxes that tenants have.
    pub leased: usize,
    /// Sandboxes that nobody uses, sessions aside.
    pub idle: usize,
    /// Those of them that are reset already.
    pub clean: usize,
    /// Who wait for a sandbox.
    pub waiting: usize,
    /// Live sessions, in use or not.
    pub sessions_live: usize,
    /// Live sessions that nobody uses.
    pub sessions_parked: usize,
    /// Memory of their own that those have, in bytes.
    pub session_bytes: u64,
    /// Memory of the checkpoints that sessions in use can go back to, in bytes.
    pub checkpoint_bytes: u64,
    /// Sessions in the store and not live, as far as the pool knows.
    pub sessions_asleep: usize,
    /// Sandboxes that were given up: their reset failed, a hook refused them, or a panic lost them.
    pub quarantined: u64,
    /// Whether nobody is let in any more.
    pub is_closed: bool,
}

/// What became of a pool that was shut down.
#[derive(Debug)]
#[must_use = "it says what was not stored"]
#[non_exhaustive]
pub struct Drained {
    /// Leases that were not back in time.
    pub leases_out: usize,
    /// Live sessions that were stored.
    pub sessions_stored: usize,
    /// Sessions that the store still had to take when it was given up. It may still store them.
    pub sessions_pending: usize,
    /// Why others were not. They are live as long as the pool is: drain it again.
    pub failures: Vec<Error>,
}
