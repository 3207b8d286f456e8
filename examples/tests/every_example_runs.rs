//! Every example does what its front says.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

fn output_of(program: &str, arguments: &[&Path]) -> String {
    hatchery_tests::guest();
    let output = Command::new(program).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// A folder for one test, empty.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    // It is there if the test has run before.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn the_agent_finishes_in_spite_of_its_mistakes() {
    let output = output_of(env!("CARGO_BIN_EXE_agent"), &[]);
    let steps: Vec<&str> = output.split("step ").collect();
    assert_eq!(steps.len(), 6, "{output}");
    assert!(steps[2].contains("TypeError"), "{output}");
    assert!(steps[3].contains("stopped after 1s"), "{output}");
    // `rows` is what it was before the step that was stopped.
    assert!(steps[4].contains("\n200\n"), "{output}");
    assert!(output.ends_with("answer: Sales were 200 in all.\n"));
}

#[test]
fn the_agent_sees_what_was_printed_before_a_mistake_or_a_stop() {
    let output = output_of(env!("CARGO_BIN_EXE_agent"), &[]);
    let steps: Vec<&str> = output.split("step ").collect();
    assert!(steps[2].contains("adding up"), "{output}");
    assert!(steps[2].contains("[exit code 1]"), "{output}");
    assert!(steps[3].contains("waiting for more"), "{output}");
    assert!(steps[3].contains("tool calls are not"), "{output}");
    assert!(!output.contains("reset the sandbox"), "{output}");
}

#[test]
fn the_environment_reaches_its_goal_by_forking() {
    let output = output_of(env!("CARGO_BIN_EXE_environment"), &[]);
    let (moves, rest) = output.split_once(" after ").unwrap();
    let number = moves.split(' ').fold(1, |number, action| match action {
        "double" => number * 2,
        "add" => number + 3,
        "halve" => number / 2,
        other => panic!("{other}"),
    });
    assert_eq!(number, 49, "{output}");
    assert!(rest.contains("forks"), "{output}");
    // Halving what is odd raises, and the search goes on.
    assert!(
        rest.contains("dead ends") && !rest.contains(" 0 dead ends"),
        "{output}"
    );
}

#[test]
fn a_plugin_that_misbehaves_hurts_only_itself() {
    let output = output_of(env!("CARGO_BIN_EXE_plugins"), &[]);
    for line in [
        "shout: HELLO!",
        "counter: hello (1)",
        "counter: and again (3)",
        "[counter] 3 so far",
    ] {
        assert!(output.contains(line), "{line} is missing: {output}");
    }
    assert_eq!(output.matches("greedy failed").count(), 2, "{output}");
    assert!(!output.contains("greedy:"), "{output}");
}

#[test]
fn a_plugin_that_does_not_load_is_left_out() {
    let output = output_of(env!("CARGO_BIN_EXE_plugins"), &[]);
    for line in [
        "typo is left out: SyntaxError",
        "stuck is left out: the program was stopped after",
    ] {
        assert!(output.contains(line), "{line} is missing: {output}");
    }
    for line in ["typo failed", "stuck failed"] {
        assert!(!output.contains(line), "{output}");
    }
}

#[test]
fn a_plugin_that_was_stopped_begins_anew_and_prints_no_endless_line() {
    let output = output_of(env!("CARGO_BIN_EXE_plugins"), &[]);
    assert_eq!(
        output
            .matches("babbler failed: the program was stopped after")
            .count(),
        2,
        "{output}"
    );
    assert_eq!(output.matches("[babbler]").count(), 2, "{output}");
    assert!(!output.contains("poisoned"), "{output}");
    assert!(output.lines().all(|line| line.len() < 300), "{output}");
}

#[test]
fn every_cell_has_its_value_or_its_error() {
    let output = output_of(env!("CARGO_BIN_EXE_formulas"), &[]);
    let cells: Vec<&str> = output.lines().collect();
    assert_eq!(
        cells,
        [
            "A1 12.0",
            "A2 30.0",
            "A3 42.0",
            "B1 6.481",
            "B2 28.0",
            "C1 \"#ZeroDivisionError\"",
            "C2 \"#CYCLE\"",
            "C3 \"#CYCLE\"",
            "D1 \"#TIME\"",
            "D2 \"#FileNotFoundError\"",
            "D3 \"#SyntaxError\"",
            "D4 \"#MemoryError\"",
            "D5 \"#EXIT\"",
        ],
        "{output}"
    );
}

#[test]
fn a_long_chain_of_cells_does_not_overflow_the_hosts_stack() {
    const LENGTH: usize = 5000;
    let mut sheet = format!("A{LENGTH:05} 1\n");
    for number in 0..LENGTH {
        sheet += &format!("A{number:05} =A{:05} + 1\n", number + 1);
    }
    let path = folder("chain").join("sheet");
    std::fs::write(&path, sheet).unwrap();
    let output = output_of(env!("CARGO_BIN_EXE_formulas"), &[&path]);
    assert!(output.starts_with("A00000 5001.0\n"), "{output}");
}

#[test]
fn a_formula_changes_nothing_for_others_and_has_no_endless_value() {
    let patch = "__import__('builtins').__dict__.update(sum=lambda values: 666)";
    let sheet = format!("A1 ={patch}\nB1 =sum([1, 2])\nC1 ={patch}\nD1 ='x' * 10 ** 6\n");
    let path = folder("patch").join("sheet");
    std::fs::write(&path, sheet).unwrap();
    let output = output_of(env!("CARGO_BIN_EXE_formulas"), &[&path]);
    assert_eq!(output, "A1 null\nB1 3\nC1 null\nD1 \"#LONG\"\n");
}

/// One request, by hand: the answer's status and body.
fn request(address: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// A service that does not outlive its test.
struct Service {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Service {
    /// One whose sessions are in a folder, with a key of so many times this byte.
    fn start(folder: &Path, key: u8) -> Self {
        hatchery_tests::guest();
        let key_file = folder.join("key");
        std::fs::write(&key_file, [key; 32]).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_service"))
            .arg("127.0.0.1:0")
            .args([&folder.join("sessions"), &key_file])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let address = first.strip_prefix("listening on ").unwrap().to_owned();
        Self {
            process,
            lines,
            address,
        }
    }

    fn post(&self, path: &str, program: &str) -> (u16, String) {
        request(&self.address, "POST", path, program)
    }

    /// Sends a signal, and gives the last line when the service has ended well.
    fn stop(mut self, signal: &str) -> String {
        let id = self.process.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
        let last = self.lines.next().unwrap().unwrap();
        assert!(self.process.wait().unwrap().success());
        last
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It has ended already, if all went well.
        let _ = self.process.kill();
    }
}

#[test]
fn the_service_serves_and_stores_its_sessions_when_it_is_stopped() {
    let service = Service::start(&folder("serves"), 1);
    let (status, body) = service.post("/ana/run", "print(6 * 7)");
    assert_eq!(status, 200);
    assert!(body.contains(r#""stdout":"42\n""#), "{body}");
    let (status, body) = service.post("/ana/run", "1 / 0");
    assert_eq!(status, 200);
    assert!(body.contains("ZeroDivisionError"), "{body}");

    let session = "/ana/sessions/notebook/run";
    assert_eq!(service.post(session, "x = 41").0, 200);
    let (_, body) = service.post(session, "print(x + 1)");
    assert!(body.contains(r#""stdout":"42\n""#), "{body}");
    let (_, body) = service.post("/ben/sessions/notebook/run", "print(x)");
    assert!(body.contains("NameError"), "{body}");

    let (status, body) = request(&service.address, "GET", "/ana", "");
    assert_eq!(status, 200);
    assert!(body.contains(r#""runs":4"#), "{body}");
    assert_eq!(service.stop("-INT"), "stored 2 sessions");
}

#[test]
fn the_service_says_what_was_printed_and_that_some_is_missing() {
    let service = Service::start(&folder("says"), 1);
    let program = "import sys\nprint('begun', file=sys.stderr, flush=True)\nwhile True: pass";
    let (status, body) = service.post("/ana/run", program);
    assert_eq!(status, 422, "{body}");
    // Which of the two limits is met first depends on what else the machine does.
    assert!(body.contains("stopped after"), "{body}");
    assert!(body.contains(r#""stderr":"begun\n""#), "{body}");
    assert!(!body.contains("reset the sandbox"), "{body}");

    let (status, body) = service.post("/ana/run", "print('x' * 100_000)");
    assert_eq!(status, 200);
    assert!(body.contains(r#""is_truncated":true"#), "{body}");
    let (status, body) = service.post("/ana/run", "print('\0')");
    assert_eq!(status, 422, "{body}");
}

#[test]
fn requests_do_not_fill_the_service_with_tenants_and_sessions() {
    let service = Service::start(&folder("bounds"), 1);
    assert_eq!(service.post("/nobody/run", "").0, 404);
    assert_eq!(request(&service.address, "GET", "/nobody", "").0, 404);
    for number in 0..20 {
        let path = format!("/ana/sessions/{number}/run");
        assert_eq!(service.post(&path, "").0, 200);
    }
    assert_eq!(service.post("/ana/sessions/another/run", "").0, 409);
    assert_eq!(service.post("/ana/sessions/7/run", "").0, 200);
    let deleted = request(&service.address, "DELETE", "/ana/sessions/7", "");
    assert_eq!(deleted.0, 204);
    assert_eq!(service.post("/ana/sessions/another/run", "").0, 200);
}

#[test]
fn sessions_outlast_a_service_that_a_container_stops() {
    let folder = folder("outlast");
    let session = "/ana/sessions/notebook/run";
    let service = Service::start(&folder, 1);
    assert_eq!(service.post(session, "x = 41").0, 200);
    // A client that never ends its request.
    let mut slow = TcpStream::connect(&service.address).unwrap();
    write!(
        slow,
        "POST {session} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"
    )
    .unwrap();
    assert_eq!(service.stop("-TERM"), "stored 1 sessions");

    let service = Service::start(&folder, 1);
    let (_, body) = service.post(session, "print(x + 1)");
    assert!(body.contains(r#""stdout":"42\n""#), "{body}");
    assert_eq!(service.stop("-TERM"), "stored 1 sessions");

    // What another key vouches for is refused, and why is nothing for clients.
    let service = Service::start(&folder, 2);
    assert_eq!(
        service.post(session, "x"),
        (500, "the service failed".to_owned())
    );
    let deleted = request(&service.address, "DELETE", "/ana/sessions/notebook", "");
    assert_eq!(deleted.0, 204);
    assert_eq!(service.post(session, "x").0, 200);
}
