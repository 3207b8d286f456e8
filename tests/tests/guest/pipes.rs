//! Pipes and duplicates of descriptors: each line of output is what CPython prints on Linux, but where it would wait for
//! ever.

use std::time::Duration;

use hatchery_tests::{runtime, stdout};

use crate::sandbox;

const PRELUDE: &str = "
import errno, fcntl, os, select, stat, sys, tempfile
def fails(function, *args, **keywords):
    try: function(*args, **keywords)
    except OSError as error: return errno.errorcode[error.errno]
";

fn shown(program: &str) -> String {
    stdout(&mut sandbox(), &format!("{PRELUDE}{program}"))
}

#[test]
fn what_is_written_to_a_pipe_is_read_from_it() {
    let program = "
r, w = os.pipe(); print(os.write(w, b'hello'), os.read(r, 2), os.read(r, 100))
print(os.get_inheritable(r), os.isatty(r), stat.S_ISFIFO(os.fstat(r).st_mode), fails(os.lseek, r, 0, 0), fails(os.write, r, b'x'), fails(os.read, w, 1))
os.write(w, b'a'); r2 = os.dup(r); os.close(r); print(os.read(r2, 1)); os.close(w); print(os.read(r2, 1)); os.close(r2)
r, w = os.pipe(); os.close(r)
try: os.write(w, b'x')
except BrokenPipeError: print('broken')
r, w = os.pipe()
with os.fdopen(w, 'w') as file: print('line one', file=file); print('line two', file=file)
with os.fdopen(r) as file: print(file.readlines())
total = 0
r, w = os.pipe()
for i in range(1000):
    os.write(w, bytes([i % 256]) * 3000); data = os.read(r, 3000); total += len(data); assert data == bytes([i % 256]) * 3000
print(total)
";
    assert_eq!(
        shown(program),
        "5 b'he' b'llo'\nFalse False True ESPIPE EBADF EBADF\nb'a'\nb''\nbroken\n['line one\\n', 'line two\\n']\n3000000\n"
    );
}

#[test]
fn a_pipe_that_nobody_serves_is_an_error_and_no_hang() {
    let mut sandbox = runtime()
        .sandbox_builder()
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    let program = "
r, w = os.pipe()
print(fails(os.read, r, 1), fails(select.select, [r], [], []))
print(os.write(w, bytes(100_000)), fails(os.write, w, bytes(5000)), len(os.read(r, 1 << 20)))
print(select.select([r], [w], [], 0) == ([], [w], []), select.select([r], [], [], 0.01)); os.write(w, b'a')
print(select.select([r], [w], [], 1) == ([r], [w], [])); os.read(r, 1)
poll = select.poll(); poll.register(r, select.POLLIN); print(poll.poll(0)); os.close(w); print(poll.poll()[0][1] & select.POLLHUP != 0)
";
    assert_eq!(
        stdout(&mut sandbox, &format!("{PRELUDE}{program}")),
        "EDEADLK EDEADLK\n65536 EDEADLK 65536\nTrue ([], [], [])\nTrue\n[]\nTrue\n"
    );
    let error = sandbox.execute("os.read(os.pipe()[0], 1)").unwrap();
    assert!(
        error
            .exception
            .unwrap()
            .hint
            .unwrap()
            .contains("wait for ever")
    );
}

#[test]
fn without_blocking_a_pipe_says_when_it_has_nothing_or_no_room() {
    let program = "
r, w = os.pipe2(os.O_NONBLOCK); print(os.get_blocking(r), os.get_blocking(w))
try: os.read(r, 1)
except BlockingIOError as error: print(error.errno == errno.EAGAIN)
n = 0
try:
    while True: n += os.write(w, b'x' * 4096)
except BlockingIOError: print(n)
os.set_blocking(w, True); print(os.get_blocking(w), os.get_blocking(r), len(os.read(r, 100_000)))
";
    assert_eq!(
        shown(program),
        "False False\nTrue\n65536\nTrue False 65536\n"
    );
}

#[test]
fn duplicates_share_a_position_and_flags() {
    let program = "
f = os.open('f', os.O_RDWR | os.O_CREAT); g = os.dup(f); os.write(f, b'abcdef')
print(os.lseek(g, 0, 1), os.lseek(g, 1, 0), os.read(f, 2), os.get_inheritable(g))
print(os.dup2(g, 100), os.read(100, 1), os.get_inheritable(100), os.get_inheritable(os.dup2(g, 101, inheritable=False)))
os.close(f); os.close(g); print(os.read(100, 1)); os.close(100); print(os.read(101, 1)); os.close(101)
print(fails(os.dup, 99), fails(os.dup2, 99, 5), fails(os.dup2, 1, -1), fails(os.dup2, 1, 256), fails(os.close, 100))
f = os.open('f', os.O_RDWR)
print(fcntl.fcntl(f, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDWR, fcntl.fcntl(f, fcntl.F_GETFD), fcntl.fcntl(f, fcntl.F_DUPFD, 150), fcntl.fcntl(f, fcntl.F_DUPFD_CLOEXEC, 150))
fcntl.fcntl(f, fcntl.F_SETFL, os.O_APPEND); print(fcntl.fcntl(150, fcntl.F_GETFL) & os.O_APPEND != 0, os.writev(150, [b'12', b'345']), os.path.getsize('f'))
a, b = open('f'), open('f'); fcntl.flock(a, fcntl.LOCK_EX); print(fails(fcntl.flock, b, fcntl.LOCK_SH | fcntl.LOCK_NB), fails(fcntl.flock, b, fcntl.LOCK_SH))
fcntl.flock(a, fcntl.LOCK_SH); fcntl.flock(b, fcntl.LOCK_SH); a.close(); fcntl.flock(b, fcntl.LOCK_EX); print(fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB))
buffers = [bytearray(2), bytearray(2)]; h = os.open('f', os.O_RDONLY); print(os.readv(h, buffers), buffers, os.preadv(h, [bytearray(3)], 5))
os.closerange(50, 200); print(fails(os.fstat, 150))
t = tempfile.TemporaryFile(buffering=0); t.write(b'tmp'); t.seek(0); print(t.read())
print(open(f'/dev/fd/{h}').read(2), fails(os.stat, '/dev/fd/99'), fails(open, '/dev/fd/3'), str(h) in os.listdir('/dev/fd'))
";
    assert_eq!(
        shown(program),
        "6 1 b'bc' False\n100 b'd' True False\nb'e'\nb'f'\nEBADF EBADF EBADF EBADF EBADF\nTrue 1 150 151\nTrue 5 11\n\
         EAGAIN EDEADLK\nNone\n4 [bytearray(b'ab'), bytearray(b'cd')] 3\nEBADF\nb'tmp'\nab ENOENT ENOENT True\n"
    );
}

#[test]
fn standard_output_can_be_led_into_a_file_and_back() {
    let mut sandbox = sandbox();
    sandbox.set_stdin("typed\n");
    let program = "
saved = os.dup(1); out = os.open('out', os.O_RDWR | os.O_CREAT | os.O_TRUNC); os.dup2(out, 1)
print('to file'); os.write(1, b'raw\\n'); sys.stdout.buffer.write(b'bytes\\n'); print('übel')
os.dup2(saved, 1); os.close(saved); print('to host', repr(open('out').read()))
saved = os.dup(2); os.dup2(os.open(os.devnull, os.O_WRONLY), 2); print('lost', file=sys.stderr); os.dup2(saved, 2); print('shown', file=sys.stderr)
os.dup2(2, 1); print('to stderr'); os.dup2(os.open('/dev/full', os.O_WRONLY), 1)
try: print('no room')
except OSError as error: os.write(2, errno.errorcode[error.errno].encode())
";
    let output = sandbox.execute(&format!("{PRELUDE}{program}")).unwrap();
    assert_eq!(
        output.stdout_text(),
        "to host 'to file\\nraw\\nbytes\\nübel\\n'\n",
        "{output:?}"
    );
    assert_eq!(output.stderr_text(), "shown\nto stderr\nENOSPC");
    let next = "
print('the next run has its own')
save = os.dup(0); os.dup2(os.open('out', os.O_RDONLY), 0); print(os.read(0, 7)); os.dup2(save, 0); print(os.read(0, 9))
r, w = os.pipe(); os.write(w, b'y\\n'); os.close(w); os.dup2(r, 0); print(input())
os.close(1)
";
    sandbox.set_stdin("typed\n");
    assert_eq!(
        stdout(&mut sandbox, next),
        "the next run has its own\nb'to file'\nb'typed\\n'\ny\n"
    );
    assert_eq!(
        stdout(&mut sandbox, "print('and so on', os.read(0, 5))"),
        "and so on b''\n"
    );
}

#[test]
fn pipes_and_duplicates_count_as_open_files() {
    let mut sandbox = runtime()
        .sandbox_builder()
        .max_open_files(8)
        .build()
        .unwrap();
    let program = "
import resource
held = []
try:
    while True: held += os.pipe()
except OSError as error: print(len(held), errno.errorcode[error.errno])
print(fails(os.dup, 1), fails(os.pipe), fails(open, 'f', 'w'))
os.close(held.pop()); print(os.dup(1) > 3, fails(os.dup, 1))
print(resource.getrlimit(resource.RLIMIT_NOFILE))
";
    assert_eq!(
        stdout(&mut sandbox, &format!("{PRELUDE}{program}")),
        "8 EMFILE\nEMFILE EMFILE EMFILE\nTrue EMFILE\n(12, 12)\n"
    );
}

#[test]
fn pipes_sleep_with_their_session() {
    let mut sandbox = sandbox();
    stdout(
        &mut sandbox,
        &format!("{PRELUDE}r, w = os.pipe(); os.write(w, b'kept')"),
    );
    let mut woken = runtime().resume(sandbox.hibernate().unwrap()).unwrap();
    assert_eq!(
        stdout(
            &mut woken,
            "os.close(w); print(os.read(r, 9), os.read(r, 9))"
        ),
        "b'kept' b''\n"
    );
}
