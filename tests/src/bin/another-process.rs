//! Wakes a session in a process of its own and runs a program in it: `another-process SNAPSHOT SESSION PROGRAM`.
//!
//! `SNAPSHOT` is a stored golden snapshot, or `-` for the machine's own. `SESSION` is a file, or `-` for a new sandbox.

use hatchery::Runtime;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [snapshot, session, program] = arguments.as_slice() else {
        return Err("three arguments are wanted".into());
    };
    let runtime = match snapshot.as_str() {
        "-" => Runtime::new()?,
        path => Runtime::open(path)?,
    };
    let mut sandbox = match session.as_str() {
        "-" => runtime.sandbox()?,
        path => runtime.resume(std::fs::read(path)?)?,
    };
    let output = sandbox.execute(program)?;
    print!("{}{}", output.stdout_text(), output.stderr_text());
    Ok(())
}
