//! A thread's place in the scheduler, and the processor time that it has had.

use std::mem::{MaybeUninit, size_of};
use std::time::Duration;

/// The shortest slice that Linux grants.
const SLICE_NS_MIN: u64 = 100_000;
/// 0 stands for the default, which is 50 µs.
const TIMER_SLACK_NS_MIN: libc::c_ulong = 1;

/// `struct sched_attr`, in its first version.
#[repr(C)]
#[derive(Default)]
struct SchedulingAttributes {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    runtime_ns: u64,
    deadline_ns: u64,
    period_ns: u64,
}

/// Lets the calling thread wake on time: it waits for no other timer to go with its own, and not for the end of the
/// slice of whoever has its core.
///
/// A thread that asks for a short slice may take over from one with a longer, since Linux 6.12; otherwise it can wait
/// for the next tick, 4 ms away. It needs no privilege and gives no more time than others get. Where the kernel
/// refuses, the thread wakes later and that is all.
pub(crate) fn wake_on_time() {
    // SAFETY: the option takes a number and changes this thread only.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, TIMER_SLACK_NS_MIN, 0, 0, 0) };
    let mut attributes = SchedulingAttributes::default();
    let size = size_of::<SchedulingAttributes>();
    // SAFETY: the kernel writes at most `size` bytes to the structure, which has as many.
    let got = unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &raw mut attributes, size, 0) };
    if got != 0 || attributes.policy != libc::SCHED_OTHER.cast_unsigned() {
        // Somebody gave the process a policy of its own, which is to stay.
        return;
    }
    attributes.size = size as u32;
    attributes.runtime_ns = SLICE_NS_MIN;
    // SAFETY: the kernel reads the structure, whose first field is its size; only this thread changes.
    unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) };
}

/// The clock of one thread's processor time.
#[derive(Debug, Clone, Copy)]
pub struct CpuClock(libc::clockid_t);

impl CpuClock {
    /// `None` where the system has no such clock.
    pub fn of_this_thread() -> Option<Self> {
        let mut clock = MaybeUninit::uninit();
        // SAFETY: the calling thread is alive, and the clock's number is written when the call succeeds.
        unsafe {
            match libc::pthread_getcpuclockid(libc::pthread_self(), clock.as_mut_ptr()) {
                0 => Some(Self(clock.assume_init())),
                _ => None,
            }
        }
    }

    /// What the thread has had since it began. Any thread may ask. `None` once the thread is gone, and if the system
    /// gives its number to another thread, that one's.
    pub fn now(self) -> Option<Duration> {
        let mut time = MaybeUninit::<libc::timespec>::uninit();
        // SAFETY: the time is written when the call succeeds; a number that is no clock's any more is refused.
        let time = unsafe {
            match libc::clock_gettime(self.0, time.as_mut_ptr()) {
                0 => time.assume_init(),
                _ => return None,
            }
        };
        let seconds = u64::try_from(time.tv_sec).ok()?;
        let nanoseconds = u32::try_from(time.tv_nsec).ok()?;
        Some(Duration::new(seconds, nanoseconds))
    }
}
