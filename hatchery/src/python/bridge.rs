//! The host's side of the guest's imports from `hatchery`: functions, log and output (`docs/guest-abi.md`).
//!
//! Everything that the guest passes is checked: lengths against limits before anything is copied, ranges against
//! memory. A guest that gets its own ABI wrong is ended.

use std::time::{Duration, Instant};

use hatchery_abi::layout::{completion, outcome, wait as waited};
use hatchery_abi::names::imports;
use wasmtime::{Caller, Linker};

use super::Host;
use super::calls::Waited;
use super::host::Logged;
use super::memory::guest_bytes;
use crate::host_functions::{Called, HostError, Reply};
use crate::json::decoded_bytes;
use crate::settings::HostCallLimits;
use hatchery_engine::StoreData;

pub(super) use imports::MODULE;

const NAME_BYTES_MAX: usize = 1 << 10;
const LOG_BYTES_MAX: usize = 64 << 10;

type GuestCaller<'a> = Caller<'a, StoreData<Host>>;

/// Refusals that a guest need not have taken: more than a program has that starts all at once and then awaits it.
const REFUSALS_UNTAKEN_MAX: u64 = 100_000;

/// The guest passed what its ABI does not allow.
#[derive(Debug, thiserror::Error)]
#[error("the guest passed a range outside its memory")]
pub(super) struct BadRange;

/// Refusing costs the host memory too, until the guest takes note.
#[derive(Debug, thiserror::Error)]
#[error("the guest started more host functions than it may, and waited for none of them")]
struct TooManyRefused;

pub(super) fn add_to_linker(linker: &mut Linker<StoreData<Host>>) -> wasmtime::Result<()> {
    linker.func_wrap(MODULE, imports::CALL, call)?;
    linker.func_wrap(MODULE, imports::START, start)?;
    linker.func_wrap(MODULE, imports::WAIT, wait)?;
    linker.func_wrap(MODULE, imports::CANCEL, cancel)?;
    linker.func_wrap(MODULE, imports::TAKE_REPLY, take_reply)?;
    linker.func_wrap(MODULE, imports::LOG, log)?;
    linker.func_wrap(MODULE, imports::OUTPUT, output)?;
    Ok(())
}

fn call(
    mut caller: GuestCaller<'_>,
    name: i32,
    name_len: i32,
    arguments: i32,
    arguments_len: i32,
    completion: i32,
) -> wasmtime::Result<()> {
    let reply = match begin(&mut caller, name, name_len, arguments, arguments_len)? {
        Begun::Refused(error) => Err(error).into(),
        Begun::Called {
            called: Called::Finished(reply),
            ..
        } => reply,
        Begun::Called {
            name,
            called: Called::Started(future),
            weight,
        } => {
            // Called without `await`: the guest stands still until it ends.
            let interrupter = caller.data().interrupter().clone();
            let host = &mut caller.data_mut().data;
            let limit = host.call_limits.time_max;
            let token = host.calls.start(&name, future, weight, limit, &interrupter);
            match host.calls.wait(Some(token), None, &interrupter)? {
                Waited::Completed(done) => done.reply,
                Waited::TimedOut | Waited::NothingStarted => {
                    Err(HostError::message(format!("{name}() was lost"))).into()
                }
            }
        }
    };
    caller.data().interrupter().check()?;
    park(&mut caller, completion, 0, reply)
}

fn start(
    mut caller: GuestCaller<'_>,
    name: i32,
    name_len: i32,
    arguments: i32,
    arguments_len: i32,
) -> wasmtime::Result<i32> {
    let begun = begin(&mut caller, name, name_len, arguments, arguments_len)?;
    let interrupter = caller.data().interrupter().clone();
    let host = &mut caller.data_mut().data;
    let limits = host.call_limits;
    if host.calls.outstanding() as u64 > limits.count_max.saturating_add(REFUSALS_UNTAKEN_MAX) {
        return Err(TooManyRefused.into());
    }
    let token = match begun {
        Begun::Refused(error) => host.calls.finish(Err(error).into(), &interrupter),
        Begun::Called {
            name,
            called: Called::Finished(reply),
            ..
        } => {
            let reply = limited(reply, &limits);
            let fits =
                host.calls.held_bytes().saturating_add(reply.json.len()) <= limits.held_bytes_max;
            let reply = if fits {
                reply
            } else {
                Err(too_much_held(&name)).into()
            };
            host.calls.finish(reply, &interrupter)
        }
        Begun::Called {
            name,
            called: Called::Started(future),
            weight,
        } => host
            .calls
            .start(&name, future, weight, limits.time_max, &interrupter),
    };
    Ok(token.cast_signed())
}

fn wait(mut caller: GuestCaller<'_>, timeout_ns: i64, completion: i32) -> wasmtime::Result<i32> {
    let timeout = u64::try_from(timeout_ns).map(Duration::from_nanos).ok();
    let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let interrupter = caller.data().interrupter().clone();
    let host = &mut caller.data_mut().data;
    match host.calls.wait(None, until, &interrupter)? {
        Waited::Completed(done) => {
            park(&mut caller, completion, done.token, done.reply)?;
            Ok(waited::COMPLETED)
        }
        Waited::TimedOut => {
            host.clock.pass(timeout.unwrap_or_default());
            Ok(waited::TIMED_OUT)
        }
        Waited::NothingStarted => Ok(waited::NOTHING_STARTED),
    }
}

fn cancel(mut caller: GuestCaller<'_>, token: i32) {
    caller.data_mut().data.calls.cancel(token.cast_unsigned());
}

fn take_reply(mut caller: GuestCaller<'_>, into: i32, len: i32) -> wasmtime::Result<()> {
    let reply = std::mem::take(&mut caller.data_mut().data.calls.parked);
    let len = len.cast_unsigned() as usize;
    let bytes = guest_bytes(&mut caller, into, len).ok_or(BadRange)?;
    if len != reply.len() {
        return Err(BadRange.into());
    }
    bytes.copy_from_slice(&reply);
    Ok(())
}

fn log(mut caller: GuestCaller<'_>, level: i32, text: i32, len: i32) -> wasmtime::Result<()> {
    let len = len.cast_unsigned() as usize;
    let bytes = guest_bytes(&mut caller, text, len).ok_or(BadRange)?;
    let text = String::from_utf8_lossy(&bytes[..len.min(LOG_BYTES_MAX)]).into_owned();
    let interrupter = caller.data().interrupter().clone();
    let host = &mut caller.data_mut().data;
    match host.log.take(text.len()) {
        Logged::Written => {}
        Logged::LimitReached => {
            tracing::warn!(target: "hatchery::guest", "what else this run logs is dropped");
            return Ok(());
        }
        Logged::Dropped => return Ok(()),
    }
    if let Some(sink) = &host.log_sink {
        host.caller(&interrupter).scope(|| sink.write(level, &text));
        interrupter.check()?;
        return Ok(());
    }
    match level {
        ..=10 => tracing::debug!(target: "hatchery::guest", "{text}"),
        11..=20 => tracing::info!(target: "hatchery::guest", "{text}"),
        21..=30 => tracing::warn!(target: "hatchery::guest", "{text}"),
        31.. => tracing::error!(target: "hatchery::guest", "{text}"),
    }
    Ok(())
}

fn output(mut caller: GuestCaller<'_>, stream: i32, bytes: i32, len: i32) -> wasmtime::Result<()> {
    let handler = usize::try_from(stream)
        .ok()
        .and_then(|stream| caller.data().data.handlers.get(stream)?.clone());
    let bytes = guest_bytes(&mut caller, bytes, len.cast_unsigned() as usize).ok_or(BadRange)?;
    let Some(handler) = handler else {
        return Ok(());
    };
    // A copy, as the handler may take its time and the guest's memory is the guest's.
    let bytes = handler.allowed(bytes).to_vec();
    let interrupter = caller.data().interrupter();
    let who = caller.data().data.caller(interrupter);
    who.scope(|| handler.write(&bytes, || interrupter.check()))?;
    interrupter.check()?;
    Ok(())
}

/// A call that has got as far as the function, or not.
enum Begun {
    Refused(HostError),
    Called {
        name: String,
        called: Called,
        /// Of its arguments.
        weight: usize,
    },
}

fn begin(
    caller: &mut GuestCaller<'_>,
    name: i32,
    name_len: i32,
    arguments: i32,
    arguments_len: i32,
) -> wasmtime::Result<Begun> {
    let refused = |kind: &str, message: String| Ok(Begun::Refused(HostError::new(kind, message)));
    let limits = caller.data().data.call_limits;
    let made = &mut caller.data_mut().data.calls.made;
    *made += 1;
    if *made > limits.count_max {
        let most = limits.count_max;
        return refused(
            "RuntimeError",
            format!("more than {most} host calls in one run: the limit max_host_calls"),
        );
    }
    let name_len = name_len.cast_unsigned() as usize;
    let arguments_len = arguments_len.cast_unsigned() as usize;
    let bytes = guest_bytes(caller, name, name_len).ok_or(BadRange)?;
    if name_len > NAME_BYTES_MAX {
        return refused(
            "ValueError",
            format!("a host function's name has at most {NAME_BYTES_MAX} bytes"),
        );
    }
    let name = String::from_utf8_lossy(bytes).into_owned();
    // Before anything is copied: the length is the guest's choice.
    if arguments_len > limits.bytes_max {
        let most = limits.bytes_max;
        return refused(
            "ValueError",
            format!(
                "the arguments of {name}() are {arguments_len} bytes of JSON, more than the limit max_host_call_bytes of {most}"
            ),
        );
    }
    let Some(functions) = caller.data().data.functions.clone() else {
        return refused("NameError", format!("the host offers no function {name:?}"));
    };
    let held_bytes = caller.data().data.calls.held_bytes();
    let bytes = guest_bytes(caller, arguments, arguments_len).ok_or(BadRange)?;
    let weight = decoded_bytes(bytes);
    if held_bytes.saturating_add(weight) > limits.held_bytes_max {
        return Ok(Begun::Refused(too_much_held(&name)));
    }
    let bytes = bytes.to_vec();
    let who = caller.data().data.caller(caller.data().interrupter());
    let called = who.scope(|| functions.call(&name, &bytes));
    Ok(Begun::Called {
        name,
        called,
        weight,
    })
}

fn too_much_held(name: &str) -> HostError {
    HostError::new(
        "MemoryError",
        format!(
            "{name}() and the host calls that have not ended carry more than this sandbox's memory: the limit max_memory_bytes"
        ),
    )
}

/// The reply, if it is not longer than it may be.
fn limited(reply: Reply, limits: &HostCallLimits) -> Reply {
    let (len, most) = (reply.json.len(), limits.bytes_max);
    if len <= most {
        return reply;
    }
    Err(HostError::new(
        "ValueError",
        format!(
            "the host function returned {len} bytes of JSON, more than the limit max_host_call_bytes of {most}"
        ),
    ))
    .into()
}

/// Keeps a reply until the guest takes it, and tells the guest how long it is.
fn park(
    caller: &mut GuestCaller<'_>,
    address: i32,
    token: u32,
    reply: Reply,
) -> wasmtime::Result<()> {
    let reply = limited(reply, &caller.data().data.call_limits);
    let len = u32::try_from(reply.json.len()).map_err(|_| BadRange)?;
    let into = guest_bytes(caller, address, completion::BYTES).ok_or(BadRange)?;
    let outcome = if reply.is_exception {
        outcome::EXCEPTION
    } else {
        outcome::VALUE
    };
    for (at, value) in [
        (completion::TOKEN, token),
        (completion::OUTCOME, outcome),
        (completion::REPLY_LEN, len),
    ] {
        into[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    caller.data_mut().data.calls.parked = reply.json;
    Ok(())
}
