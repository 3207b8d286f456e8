//! The calling thread's place in the scheduler.

use std::mem::size_of;

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
