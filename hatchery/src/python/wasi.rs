//! The host's side of the six WASI calls that the guest leaves to it.
//!
//! Clocks, randomness, sleeping, giving way and exit; files, arguments and
//! environment are answered inside the guest. None of these touches the host's
//! file system, standard streams or environment.

use std::time::{Duration, Instant};

use hatchery_abi::errno;
use hatchery_abi::names::wasi;
use wasmtime::{Caller, Extern, Linker};

use super::Host;
use super::memory::guest_bytes;
use hatchery_engine::StoreData;

const SUCCESS: i32 = errno::SUCCESS;
const FAULT: i32 = errno::FAULT;
const INVALID: i32 = errno::INVAL;
const IO: i32 = errno::IO;
const NOT_SUPPORTED: i32 = errno::NOTSUP;

const CLOCK_REALTIME: i32 = 0;
const CLOCK_MONOTONIC: i32 = 1;
const CLOCK_PROCESS: i32 = 2;
const CLOCK_THREAD: i32 = 3;

/// Random bytes that are made between two looks at whether the guest has to end: some 50 µs.
const RANDOM_PIECE_BYTES: usize = 64 << 10;

/// What `clock_res_get` answers: the clocks count nanoseconds.
const CLOCK_RESOLUTION_NS: u64 = 1;

const SUBSCRIPTION_BYTES: usize = 48;
const EVENT_BYTES: usize = 32;
const EVENT_CLOCK: u8 = 0;
const CLOCK_FLAG_ABSOLUTE: u16 = 1;
/// More clocks than any sleep asks for; a bound on what the host copies.
const SUBSCRIPTIONS_MAX: usize = 64;

/// The guest called `proc_exit`: its process is over, its memory is as it was.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the guest ended its process with status {status}")]
pub(crate) struct ProcessExit {
    pub(crate) status: i32,
}

type GuestCaller<'a> = Caller<'a, StoreData<Host>>;

pub(super) fn add_to_linker(linker: &mut Linker<StoreData<Host>>) -> wasmtime::Result<()> {
    linker.func_wrap(wasi::MODULE, wasi::CLOCK_RES_GET, clock_res_get)?;
    linker.func_wrap(wasi::MODULE, wasi::CLOCK_TIME_GET, clock_time_get)?;
    linker.func_wrap(wasi::MODULE, wasi::POLL_ONEOFF, poll_oneoff)?;
    linker.func_wrap(wasi::MODULE, wasi::RANDOM_GET, random_get)?;
    linker.func_wrap(wasi::MODULE, wasi::SCHED_YIELD, sched_yield)?;
    linker.func_wrap(wasi::MODULE, wasi::PROC_EXIT, proc_exit)?;
    Ok(())
}

fn put_u64(caller: &mut GuestCaller<'_>, address: i32, value: u64) -> i32 {
    match guest_bytes(caller, address, 8) {
        Some(bytes) => {
            bytes.copy_from_slice(&value.to_le_bytes());
            SUCCESS
        }
        None => FAULT,
    }
}

fn clock_res_get(mut caller: GuestCaller<'_>, clock: i32, into: i32) -> i32 {
    if (CLOCK_REALTIME..=CLOCK_THREAD).contains(&clock) {
        put_u64(&mut caller, into, CLOCK_RESOLUTION_NS)
    } else {
        INVALID
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn now(caller: &mut GuestCaller<'_>, clock: i32) -> Option<u64> {
    let time = &mut caller.data_mut().data.clock;
    match clock {
        CLOCK_REALTIME => Some(nanoseconds(time.realtime())),
        CLOCK_MONOTONIC => Some(nanoseconds(time.monotonic())),
        CLOCK_PROCESS | CLOCK_THREAD => Some(nanoseconds(time.used())),
        _ => None,
    }
}

fn clock_time_get(mut caller: GuestCaller<'_>, clock: i32, _precision: i64, into: i32) -> i32 {
    match now(&mut caller, clock) {
        Some(time) => put_u64(&mut caller, into, time),
        None => INVALID,
    }
}

/// Fills a range piece by piece: a guest that has to end is not kept by a large one.
fn random_get(mut caller: GuestCaller<'_>, into: i32, len: i32) -> wasmtime::Result<i32> {
    let Some(memory) = caller.get_export("memory").and_then(Extern::into_memory) else {
        return Ok(FAULT);
    };
    let start = into.cast_unsigned() as usize;
    let end = start.saturating_add(len.cast_unsigned() as usize);
    let (bytes, store) = memory.data_and_store_mut(&mut caller);
    let Some(bytes) = bytes.get_mut(start..end) else {
        return Ok(FAULT);
    };
    for piece in bytes.chunks_mut(RANDOM_PIECE_BYTES) {
        store.interrupter().check()?;
        if store.data.entropy.fill(piece).is_err() {
            return Ok(IO);
        }
    }
    Ok(SUCCESS)
}

fn sched_yield(_caller: GuestCaller<'_>) -> i32 {
    std::thread::yield_now();
    SUCCESS
}

fn proc_exit(_caller: GuestCaller<'_>, status: i32) -> wasmtime::Result<()> {
    Err(ProcessExit { status }.into())
}

/// One clock subscription: who asked, and how long from now.
struct Alarm {
    user_data: [u8; 8],
    wait: Duration,
}

fn alarms(caller: &mut GuestCaller<'_>, address: i32, count: usize) -> Result<Vec<Alarm>, i32> {
    let bytes = guest_bytes(caller, address, count * SUBSCRIPTION_BYTES)
        .ok_or(FAULT)?
        .to_vec();
    bytes
        .chunks_exact(SUBSCRIPTION_BYTES)
        .map(|subscription| {
            let field = |at: usize| {
                u64::from_le_bytes(subscription[at..at + 8].try_into().expect("eight bytes"))
            };
            if subscription[8] != EVENT_CLOCK {
                return Err(NOT_SUPPORTED);
            }
            let clock = (field(16) as u32).cast_signed();
            let timeout = field(24);
            let wait = if field(40) as u16 & CLOCK_FLAG_ABSOLUTE == 0 {
                timeout
            } else {
                timeout.saturating_sub(now(caller, clock).ok_or(INVALID)?)
            };
            let user_data = subscription[..8].try_into().expect("eight bytes");
            Ok(Alarm {
                user_data,
                wait: Duration::from_nanos(wait),
            })
        })
        .collect()
}

/// Sleeps until the first of the clocks has run out, or the guest has to end.
fn poll_oneoff(
    mut caller: GuestCaller<'_>,
    subscriptions: i32,
    events: i32,
    count: i32,
    ready: i32,
) -> wasmtime::Result<i32> {
    let count = count.cast_unsigned() as usize;
    if count == 0 || count > SUBSCRIPTIONS_MAX {
        return Ok(INVALID);
    }
    let alarms = match alarms(&mut caller, subscriptions, count) {
        Ok(alarms) => alarms,
        Err(code) => return Ok(code),
    };
    let wait = alarms
        .iter()
        .map(|alarm| alarm.wait)
        .min()
        .unwrap_or_default();
    let elapsed = if caller.data().data.clock.is_fixed() {
        caller.data().interrupter().check()?;
        caller.data_mut().data.clock.pass(wait);
        wait
    } else {
        let begun = Instant::now();
        caller.data().interrupter().sleep(wait)?;
        let elapsed = begun.elapsed();
        caller.data_mut().data.clock.sleep(elapsed);
        elapsed
    };

    let rung: Vec<&Alarm> = alarms
        .iter()
        .filter(|alarm| alarm.wait <= elapsed.max(wait))
        .collect();
    let Some(bytes) = guest_bytes(&mut caller, events, rung.len() * EVENT_BYTES) else {
        return Ok(FAULT);
    };
    bytes.fill(0);
    for (event, alarm) in bytes.chunks_exact_mut(EVENT_BYTES).zip(&rung) {
        event[..8].copy_from_slice(&alarm.user_data);
        event[10] = EVENT_CLOCK;
    }
    match guest_bytes(&mut caller, ready, 4) {
        Some(bytes) => {
            bytes.copy_from_slice(&(rung.len() as u32).to_le_bytes());
            Ok(SUCCESS)
        }
        None => Ok(FAULT),
    }
}
