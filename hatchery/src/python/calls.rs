//! Host functions that a guest has called and that have not ended.
//!
//! Their futures are driven by whoever can: the thread that waits for them, or the task that awaits the run, when
//! there is one. What they give is left in the mailbox, where the guest's thread finds it.
//!
//! ```text
//!   start ─► future ─► driven here, or by the awaiting task ─► Mailbox ─► wait
//! ```

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

use futures_channel::mpsc::UnboundedSender;
use futures_util::future::{AbortHandle, BoxFuture, abortable};
use futures_util::stream::{FuturesUnordered, StreamExt};
use parking_lot::Mutex;

use crate::host_functions::{HostError, Reply};
use hatchery_engine::{Interrupted, Interrupter};

/// A future that leaves its reply in a mailbox.
pub(crate) type Delivery = BoxFuture<'static, ()>;

/// What came of one function.
#[derive(Debug)]
pub(crate) struct Completion {
    pub(crate) token: u32,
    pub(crate) reply: Reply,
}

/// How a wait has ended.
#[derive(Debug)]
pub(crate) enum Waited {
    Completed(Completion),
    TimedOut,
    /// There is nothing that could complete.
    NothingStarted,
}

/// The calls of one sandbox.
#[derive(Default)]
pub(crate) struct Calls {
    /// Calls begun since the run began.
    pub(crate) made: u64,
    /// The reply that the guest has not taken yet.
    pub(crate) parked: Vec<u8>,
    last_token: u32,
    /// What calls that have not ended, and replies that were not taken, hold of the host's memory.
    held_bytes: usize,
    started: HashMap<u32, Started>,
    mailbox: Option<Arc<Mailbox>>,
    driver: Driver,
}

struct Started {
    name: String,
    until: Option<Instant>,
    abort: AbortHandle,
    held_bytes: usize,
}

#[derive(Default)]
enum Driver {
    #[default]
    None,
    /// The thread that waits.
    Here(FuturesUnordered<Delivery>),
    /// A task, which polls what it is sent.
    #[cfg_attr(
        not(feature = "async"),
        expect(dead_code, reason = "only AsyncSandbox has one")
    )]
    Task(UnboundedSender<Delivery>),
}

/// Where replies arrive. Whoever waits is woken through the interrupter, so that an interrupt wakes them too.
struct Mailbox {
    arrived: Mutex<VecDeque<Completion>>,
    /// A future wants to be polled, or a reply has come.
    is_due: AtomicBool,
    interrupter: Interrupter,
}

impl Wake for Mailbox {
    fn wake(self: Arc<Self>) {
        self.is_due.store(true, Ordering::Release);
        self.interrupter.wake();
    }
}

impl Calls {
    /// Futures started from now on are sent to a task that polls them; `None` for the thread that waits.
    #[cfg(feature = "async")]
    pub(crate) fn drive_with(&mut self, task: Option<UnboundedSender<Delivery>>) {
        self.driver = task.map_or(Driver::None, Driver::Task);
    }

    /// Forgets what was started and not awaited, and begins counting anew.
    pub(crate) fn clear(&mut self) {
        self.made = 0;
        self.parked = Vec::new();
        self.held_bytes = 0;
        for (_, started) in self.started.drain() {
            started.abort.abort();
        }
        if let Some(mailbox) = &self.mailbox {
            mailbox.arrived.lock().clear();
        }
        if let Driver::Here(futures) = &mut self.driver {
            futures.clear();
        }
    }

    /// Forgets all calls, and the mailbox through which their replies wake the guest.
    pub(crate) fn disconnect(&mut self) {
        self.clear();
        self.mailbox = None;
    }

    /// What calls that have not ended, and replies that were not taken, hold of the host's memory.
    pub(crate) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// How many calls have not ended, or nobody has taken their replies.
    pub(crate) fn outstanding(&self) -> usize {
        self.started.len()
    }

    /// Takes charge of a function's future, which has `limit` to end and holds `held_bytes` of arguments.
    pub(crate) fn start(
        &mut self,
        name: &str,
        future: BoxFuture<'static, Reply>,
        held_bytes: usize,
        limit: Duration,
        interrupter: &Interrupter,
    ) -> u32 {
        let token = self.next_token();
        let mailbox = self.mailbox(interrupter);
        let (future, abort) = abortable(future);
        let delivery: Delivery = Box::pin(async move {
            // An aborted call is nobody's.
            if let Ok(reply) = future.await {
                mailbox
                    .arrived
                    .lock()
                    .push_back(Completion { token, reply });
                mailbox.wake();
            }
        });
        match &mut self.driver {
            Driver::Task(task) => {
                // A task that has gone has cancelled the run.
                let _ = task.unbounded_send(delivery);
            }
            Driver::Here(futures) => futures.push(delivery),
            driver @ Driver::None => {
                *driver = Driver::Here(FuturesUnordered::from_iter([delivery]))
            }
        }
        let started = Started {
            name: name.to_owned(),
            until: Instant::now().checked_add(limit),
            abort,
            held_bytes,
        };
        self.held_bytes += held_bytes;
        self.started.insert(token, started);
        // A future that was just begun has not been polled yet: let it begin its work now.
        self.poll_here();
        token
    }

    /// A call that has ended at once, for the next wait.
    pub(crate) fn finish(&mut self, reply: Reply, interrupter: &Interrupter) -> u32 {
        let token = self.next_token();
        let (_, abort) = abortable(std::future::pending::<()>());
        let started = Started {
            name: String::new(),
            until: None,
            abort,
            held_bytes: reply.json.len(),
        };
        self.held_bytes += reply.json.len();
        self.started.insert(token, started);
        let mailbox = self.mailbox(interrupter);
        mailbox
            .arrived
            .lock()
            .push_back(Completion { token, reply });
        token
    }

    pub(crate) fn cancel(&mut self, token: u32) {
        if let Some(started) = self.started.remove(&token) {
            started.abort.abort();
            self.held_bytes -= started.held_bytes;
            // Its reply may be there already, and nobody will come for it.
            if let Some(mailbox) = &self.mailbox {
                mailbox.arrived.lock().retain(|done| done.token != token);
            }
            self.poll_here();
        }
    }

    /// Waits until a function has ended, `until` at the latest: any, or the one with this token.
    ///
    /// # Errors
    ///
    /// [`Interrupted`], when the guest has to end meanwhile.
    pub(crate) fn wait(
        &mut self,
        only: Option<u32>,
        until: Option<Instant>,
        interrupter: &Interrupter,
    ) -> Result<Waited, Interrupted> {
        let mailbox = self.mailbox(interrupter);
        loop {
            mailbox.is_due.store(false, Ordering::Release);
            self.poll_here();
            self.expire(&mailbox, Instant::now());
            if let Some(completion) = self.take_arrived(&mailbox, only) {
                return Ok(Waited::Completed(completion));
            }
            if self.started.is_empty() {
                return Ok(Waited::NothingStarted);
            }
            if until.is_some_and(|until| until <= Instant::now()) {
                interrupter.check()?;
                return Ok(Waited::TimedOut);
            }
            let nearest = self.started.values().filter_map(|started| started.until);
            let nearest = nearest.chain(until).min();
            // What has come since the look at the replies has made it due.
            interrupter.wait_until(nearest, || mailbox.is_due.load(Ordering::Acquire))?;
        }
    }

    fn take_arrived(&mut self, mailbox: &Mailbox, only: Option<u32>) -> Option<Completion> {
        let mut arrived = mailbox.arrived.lock();
        // Nobody waits for what was cancelled.
        arrived.retain(|completion| self.started.contains_key(&completion.token));
        let place = match only {
            Some(token) => arrived
                .iter()
                .position(|completion| completion.token == token)?,
            None => 0,
        };
        let completion = arrived.remove(place)?;
        if let Some(started) = self.started.remove(&completion.token) {
            self.held_bytes -= started.held_bytes;
        }
        Some(completion)
    }

    /// Ends the functions that have had all the time they may have.
    fn expire(&mut self, mailbox: &Mailbox, now: Instant) {
        for (&token, started) in &mut self.started {
            if started.until.is_none_or(|until| until > now) {
                continue;
            }
            started.until = None;
            started.abort.abort();
            let message = format!(
                "the host function {}() did not end in its time",
                started.name
            );
            let error = HostError::new("TimeoutError", message);
            mailbox.arrived.lock().push_back(Completion {
                token,
                reply: Err(error).into(),
            });
        }
    }

    fn poll_here(&mut self) {
        if let (Driver::Here(futures), Some(mailbox)) = (&mut self.driver, &self.mailbox) {
            let waker = Waker::from(mailbox.clone());
            let mut context = Context::from_waker(&waker);
            while let std::task::Poll::Ready(Some(())) =
                Pin::new(&mut *futures).poll_next_unpin(&mut context)
            {}
        }
    }

    fn mailbox(&mut self, interrupter: &Interrupter) -> Arc<Mailbox> {
        let mailbox = self.mailbox.get_or_insert_with(|| {
            Arc::new(Mailbox {
                arrived: Mutex::default(),
                is_due: AtomicBool::new(false),
                interrupter: interrupter.clone(),
            })
        });
        mailbox.clone()
    }

    fn next_token(&mut self) -> u32 {
        loop {
            self.last_token = self.last_token.wrapping_add(1);
            if self.last_token != 0 && !self.started.contains_key(&self.last_token) {
                return self.last_token;
            }
        }
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        self.clear();
    }
}
