use crate::builder;
use hatchery_tests::stdout;
use parking_lot::Mutex;
use std::sync::Arc;

#[test]
fn bytes_stay_bytes_whichever_way_they_were_written() {
    let mut sandbox = crate::sandbox();
    let program = "import os, sys
sys.stdout.buffer.write(b'\\xff\\x00'); os.write(1, b'raw'); print('text', file=sys.stderr); os.write(2, b'\\xfe')";
    let output = sandbox.execute(program).unwrap();
    assert_eq!(&output.stdout[..], b"\xff\x00raw");
    assert_eq!(&output.stderr[..], b"text\n\xfe");
    assert_eq!(output.stdout_text(), "\u{fffd}\0raw");
}

#[test]
fn a_run_has_no_output_of_the_one_before() {
    let mut sandbox = crate::sandbox();
    let first = sandbox
        .execute("import sys\nprint('one'); sys.stderr.write('two')")
        .unwrap();
    let second = sandbox.execute("pass").unwrap();
    assert_eq!(
        (&*first.stdout_text(), &*first.stderr_text()),
        ("one\n", "two")
    );
    assert!(second.stdout.is_empty() && second.stderr.is_empty());
    sandbox.execute("1 / 0").unwrap();
    let third = sandbox.execute("print('three')").unwrap();
    assert!(third.stderr.is_empty() && third.exception.is_none());
}

#[test]
fn what_is_past_the_limit_is_cut_counted_and_not_the_end() {
    let mut sandbox = builder().max_output_bytes(1000).build().unwrap();
    let output = sandbox
        .execute("print('x' * 999)\nprint('y' * 99)\ndone = True")
        .unwrap();
    assert!(output.success() && output.is_truncated());
    assert_eq!(output.stdout.len(), 1000);
    assert_eq!(output.stdout_dropped_bytes, 100);
    assert_eq!(output.stderr_dropped_bytes, 0);
    let output = sandbox.execute("print(done)").unwrap();
    assert_eq!(
        (&*output.stdout_text(), output.is_truncated()),
        ("True\n", false)
    );
    sandbox.reset().unwrap();
    assert_eq!(
        sandbox.execute("print('z' * 5000)").unwrap().stdout.len(),
        1000,
        "also after a reset"
    );
}

#[test]
fn a_flood_costs_the_host_no_more_than_the_limit() {
    let mut sandbox = crate::sandbox();
    let before = resident_bytes();
    let program = "import os\nchunk = b'x' * (1 << 20)\nfor _ in range(1024): os.write(1, chunk)";
    let output = sandbox.execute(program).unwrap();
    assert_eq!(output.stdout.len(), 10 << 20);
    assert_eq!(output.stdout_dropped_bytes, 1014 << 20);
    drop(output);
    sandbox.reset().unwrap();
    let grown = resident_bytes().saturating_sub(before);
    // Other tests run beside this one: what a leak of the flood would be is far above what they take.
    assert!(grown < 256 << 20, "{grown} bytes");
}

fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

#[test]
fn handlers_see_output_while_it_is_written() {
    let chunks: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let (seen_chunks, seen_lines) = (chunks.clone(), lines.clone());
    let mut sandbox = builder()
        .on_stdout(move |chunk| seen_chunks.lock().push(chunk.to_vec()))
        .on_stderr_line(move |line| seen_lines.lock().push(line.to_owned()))
        .build()
        .unwrap();
    let program = "import sys, os
sys.stdout.write('a'); os.write(1, b'\\xffb')
sys.stderr.write('one\\ntw'); sys.stderr.write('o\\n'); sys.stderr.write('rest')";
    let output = sandbox.execute(program).unwrap();
    assert_eq!(*chunks.lock(), [b"a".to_vec(), b"\xffb".to_vec()]);
    assert_eq!(*lines.lock(), ["one", "two", "rest"]);
    assert_eq!(&output.stdout[..], b"a\xffb", "captured all the same");
    sandbox.reset().unwrap();
    stdout(&mut sandbox, "print('again', end='')");
    assert_eq!(
        chunks.lock().last().unwrap(),
        b"again",
        "also after a reset"
    );
}

#[test]
fn handlers_get_no_more_than_the_limit() {
    let total: Arc<Mutex<usize>> = Arc::default();
    let seen = total.clone();
    let mut sandbox = builder()
        .max_output_bytes(5000)
        .on_stdout(move |chunk| *seen.lock() += chunk.len())
        .build()
        .unwrap();
    sandbox
        .execute("for _ in range(1000): print('x' * 99)")
        .unwrap();
    assert_eq!(*total.lock(), 5000);
}

#[test]
fn a_run_says_what_it_used() {
    let mut sandbox = crate::sandbox();
    let small = sandbox.execute("pass").unwrap();
    let large = sandbox.execute("x = bytearray(b'x') * (64 << 20)").unwrap();
    // Some of it fits the free heap that the golden image has.
    let free_bytes = 12 << 20;
    let more = large.peak_memory_bytes - small.peak_memory_bytes;
    assert!(more >= (64 << 20) - free_bytes, "{more}");
    assert!(sandbox.dirty_pages().unwrap().len_pages() >= 64 << 8);
    assert_eq!((large.host_calls, large.exit_code), (0, 0));
}
