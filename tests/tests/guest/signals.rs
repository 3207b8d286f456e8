//! Signals of a program's own: each line of output is what CPython prints on Linux.

use std::time::{Duration, Instant};

use hatchery::Error;
use hatchery_tests::{runtime, stdout};

use crate::sandbox;

const PRELUDE: &str = "
import os, signal, time
def fails(function, *args):
    try: function(*args)
    except Exception as error: return type(error).__name__
";

fn shown(program: &str) -> String {
    stdout(&mut sandbox(), &format!("{PRELUDE}{program}"))
}

#[test]
fn a_program_handles_what_it_sends_to_itself() {
    let program = "
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, signal.getsignal(signal.SIGTERM), signal.SIG_IGN)
got = []
print(signal.signal(signal.SIGTERM, lambda number, frame: got.append((number, frame is not None))))
os.kill(os.getpid(), signal.SIGTERM); print(got); signal.raise_signal(signal.SIGTERM); os.kill(0, signal.SIGTERM); print(len(got))
signal.signal(signal.SIGTERM, signal.SIG_IGN); os.kill(os.getpid(), 15); print('ignored', signal.getsignal(15)); signal.signal(15, signal.SIG_DFL)
os.kill(os.getpid(), signal.SIGCHLD); os.kill(os.getpid(), signal.SIGWINCH)
print(fails(signal.signal, signal.SIGKILL, signal.SIG_IGN), fails(signal.signal, 0, signal.SIG_IGN), fails(signal.signal, 15, 5))
print(fails(os.kill, os.getpid(), 0), fails(os.kill, 999999, 0), fails(os.kill, 1, 9), fails(os.kill, os.getpid(), 999))
try:
    os.kill(os.getpid(), signal.SIGINT); time.sleep(0.01)
except KeyboardInterrupt: print('interrupted')
print(signal.Signals(15).name, signal.strsignal(15), signal.NSIG)
";
    assert_eq!(
        shown(program),
        "True 0 1\n0\n[(15, True)]\n3\nignored 1\nOSError ValueError TypeError\nNone ProcessLookupError PermissionError OSError\n\
         interrupted\nSIGTERM Terminated 65\n"
    );
}

#[test]
fn an_alarm_ends_a_loop_and_a_sleep() {
    let program = "
class Late(Exception): pass
def ring(number, frame): raise Late(number)
signal.signal(signal.SIGALRM, ring); print(signal.alarm(9), signal.setitimer(signal.ITIMER_REAL, 0.05)[0] > 8)
begun = time.monotonic()
try:
    while True: pass
except Late as error: print(error, time.monotonic() - begun < 1)
def recur(n): return recur(n - 1) + recur(n - 2) if n > 1 else n
signal.setitimer(signal.ITIMER_REAL, 0.05)
try: recur(60)
except Late: print('of calls')
signal.setitimer(signal.ITIMER_REAL, 0.05)
try: time.sleep(60)
except Late: print('of sleep', time.monotonic() - begun < 2)
import select
signal.setitimer(signal.ITIMER_REAL, 0.05)
try: select.select([], [], [], 60)
except Late: print('of select', time.monotonic() - begun < 3)
print(signal.alarm(5), signal.alarm(0), signal.alarm(0)); time.sleep(0.01)
";
    assert_eq!(
        shown(program),
        "0 True\n14 True\nof calls\nof sleep True\nof select True\n0 5 0\n"
    );
}

#[test]
fn timers_ring_again_and_can_be_asked() {
    let program = "
n = []
signal.signal(signal.SIGALRM, lambda number, frame: n.append(number))
print(signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)); time.sleep(0.2); print(len(n) > 5, signal.getitimer(signal.ITIMER_REAL)[1])
print(signal.setitimer(signal.ITIMER_REAL, 0)[1], signal.getitimer(signal.ITIMER_REAL)); m = len(n); time.sleep(0.05); print(len(n) == m)
signal.setitimer(signal.ITIMER_REAL, 0.02); signal.pause(); print(len(n) - m)
print(fails(signal.setitimer, 9, 1), fails(signal.setitimer, signal.ITIMER_REAL, -1))
used = []; signal.signal(signal.SIGPROF, lambda number, frame: used.append(number)); signal.setitimer(signal.ITIMER_PROF, 0.02)
time.sleep(0.1); print(used)
while not used: sum(range(1000))
print('used')
";
    assert_eq!(
        shown(program),
        "(0.0, 0.0)\nTrue 0.01\n0.01 (0.0, 0.0)\nTrue\n1\nItimerError ItimerError\n[]\nused\n"
    );
}

#[test]
fn an_event_loop_takes_handlers_of_signals() {
    let program = "
import asyncio
async def main():
    loop = asyncio.get_running_loop(); event = asyncio.Event()
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    loop.add_signal_handler(signal.SIGUSR1, event.set); os.kill(os.getpid(), signal.SIGUSR1); await asyncio.wait_for(event.wait(), 2)
    print('handled', loop.remove_signal_handler(signal.SIGUSR1), loop.remove_signal_handler(signal.SIGUSR1), signal.getsignal(signal.SIGUSR1))
    event.clear(); loop.add_signal_handler(signal.SIGALRM, event.set); signal.setitimer(signal.ITIMER_REAL, 0.05)
    begun = time.monotonic(); await asyncio.wait_for(event.wait(), 30); print(time.monotonic() - begun < 2)
    print(fails(loop.add_signal_handler, signal.SIGKILL, print), fails(loop.add_signal_handler, 999, print), fails(loop.add_signal_handler, 15, main))
asyncio.run(main()); print(signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT) is signal.default_int_handler)
async def forever():
    signal.setitimer(signal.ITIMER_REAL, 0.05); signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    try: await asyncio.sleep(60)
    finally: print('cancelled')
try: asyncio.run(forever())
except KeyboardInterrupt: print('interrupted')
";
    assert_eq!(
        shown(program),
        "handled True False 0\nTrue\nRuntimeError ValueError TypeError\n0 True\ncancelled\ninterrupted\n"
    );
}

#[test]
fn a_signal_that_nobody_handles_ends_the_process() {
    for (program, status) in [
        ("os.kill(os.getpid(), signal.SIGTERM)", 143),
        ("signal.alarm(1)\nwhile True: pass", 142),
        ("signal.raise_signal(signal.SIGKILL)", 137),
        ("os.kill(os.getpid(), signal.SIGSTOP)", 147),
    ] {
        let output = sandbox().execute(&format!(
            "{PRELUDE}print('before')\n{program}\nprint('after')"
        ));
        let output = output.unwrap();
        assert_eq!(
            (output.exit_code, &*output.stdout_text()),
            (status, "before\n"),
            "{program}"
        );
    }
}

#[test]
fn a_timer_does_not_outlive_its_run_nor_hold_the_deadline_up() {
    let mut sandbox = runtime()
        .sandbox_builder()
        .timeout(Duration::from_millis(300))
        .build()
        .unwrap();
    stdout(
        &mut sandbox,
        &format!("{PRELUDE}signal.setitimer(signal.ITIMER_REAL, 0.01)"),
    );
    assert_eq!(
        stdout(
            &mut sandbox,
            "time.sleep(0.05); print(signal.getitimer(signal.ITIMER_REAL))"
        ),
        "(0.0, 0.0)\n"
    );
    for program in [
        "signal.signal(signal.SIGALRM, lambda *_: None); signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)\nwhile True: pass",
        "signal.pause()",
        "signal.signal(signal.SIGALRM, lambda *_: None); signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)\nwhile True: time.sleep(1)",
    ] {
        let begun = Instant::now();
        let result = sandbox.execute(&format!("{PRELUDE}{program}"));
        assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");
        assert!(begun.elapsed() < Duration::from_secs(3), "{program}");
        sandbox.reset().unwrap();
    }
}
