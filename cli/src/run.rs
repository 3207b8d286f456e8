//! `hatchery run`: one program, one sandbox.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use hatchery::{Error, Output};
use serde_json::json;

use crate::complain;
use crate::prepare::runtime;

/// The program was stopped at its time limit; what `timeout(1)` exits with.
const EXIT_TIMEOUT: u8 = 124;
/// There was no program to run, or nothing to run it with.
pub(crate) const EXIT_HOST_ERROR: u8 = 125;
/// The sandbox was stopped by a trap.
const EXIT_TRAP: u8 = 134;

#[derive(clap::Args)]
pub(crate) struct RunArguments {
    /// The program; `-`, or nothing at all, for standard input
    #[arg(conflicts_with = "code")]
    file: Option<PathBuf>,

    /// The program itself
    #[arg(short = 'c', value_name = "CODE")]
    code: Option<String>,

    /// Stop the program after this many seconds
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = parse_timeout)]
    timeout: Duration,

    /// The most memory the sandbox may have: bytes, or a number with K, M or G
    #[arg(long, value_name = "BYTES", value_parser = parse_size)]
    max_memory: Option<u64>,

    /// Print one JSON object with output, exit code and duration instead of the output
    #[arg(long)]
    json: bool,
}

fn parse_timeout(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "give a number of seconds above 0, such as 0.5".to_owned())
}

fn parse_size(text: &str) -> Result<u64, String> {
    let (digits, shift) = match text.char_indices().last() {
        Some((at, 'k' | 'K')) => (&text[..at], 10),
        Some((at, 'm' | 'M')) => (&text[..at], 20),
        Some((at, 'g' | 'G')) => (&text[..at], 30),
        _ => (text, 0),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(1 << shift))
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "give a number of bytes, such as 268435456 or 256M".to_owned())
}

impl RunArguments {
    fn source(&self) -> Result<Vec<u8>, String> {
        match (&self.code, &self.file) {
            (Some(code), _) => Ok(code.clone().into_bytes()),
            (None, Some(file)) if file.as_os_str() != "-" => {
                std::fs::read(file).map_err(|error| format!("reading {}: {error}", file.display()))
            }
            _ => {
                let mut source = Vec::new();
                std::io::stdin()
                    .lock()
                    .read_to_end(&mut source)
                    .map_err(|error| format!("reading the program from standard input: {error}"))?;
                Ok(source)
            }
        }
    }
}

pub(crate) fn run(arguments: &RunArguments) -> ExitCode {
    let source = match arguments.source() {
        Ok(source) => source,
        Err(message) => {
            eprintln!("hatchery: {message}");
            return ExitCode::from(EXIT_HOST_ERROR);
        }
    };
    let result = match runtime(false) {
        Ok(runtime) => {
            let mut builder = runtime.sandbox_builder().timeout(arguments.timeout);
            if let Some(bytes) = arguments.max_memory {
                builder = builder.max_memory_bytes(bytes);
            }
            let result = builder
                .build()
                .and_then(|mut sandbox| sandbox.execute_bytes(&source));
            // The process ends here: giving everything back in order would only take time.
            std::mem::forget(runtime);
            result
        }
        Err(error) => {
            complain(&*error);
            return ExitCode::from(EXIT_HOST_ERROR);
        }
    };
    let reported = if arguments.json {
        print_json(&result)
    } else {
        print_plain(&result)
    };
    if let Err(error) = reported
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        eprintln!("hatchery: writing the output: {error}");
        return ExitCode::from(EXIT_HOST_ERROR);
    }
    ExitCode::from(exit_code(&result))
}

fn exit_code(result: &Result<Output, Error>) -> u8 {
    match result {
        // As the operating system does with an exit status.
        Ok(output) => (output.exit_code & 0xff) as u8,
        Err(Error::Timeout { .. }) => EXIT_TIMEOUT,
        Err(Error::Trap { .. }) => EXIT_TRAP,
        Err(_) => EXIT_HOST_ERROR,
    }
}

/// What there is of output, for a program that was stopped too.
fn output_of(result: &Result<Output, Error>) -> Option<&Output> {
    match result {
        Ok(output) => Some(output),
        Err(error) => error.output(),
    }
}

fn print_plain(result: &Result<Output, Error>) -> std::io::Result<()> {
    let printed = output_of(result).map_or(Ok(()), |output| {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(&output.stdout)?;
        stdout.flush()?;
        std::io::stderr().lock().write_all(&output.stderr)
    });
    if let Some(output) = output_of(result)
        && output.stdout_dropped_bytes + output.stderr_dropped_bytes > 0
    {
        eprintln!(
            "hatchery: output past the limit was dropped: {} bytes of stdout, {} of stderr",
            output.stdout_dropped_bytes, output.stderr_dropped_bytes
        );
    }
    if let Err(error) = result {
        complain(error);
    }
    printed
}

fn print_json(result: &Result<Output, Error>) -> std::io::Result<()> {
    let output = output_of(result);
    let error = result.as_ref().err().map(|error| {
        let kind = match error {
            Error::Timeout { .. } => "timeout",
            Error::Trap { .. } => "trap",
            _ => "host",
        };
        json!({ "kind": kind, "message": error.to_string() })
    });
    let object = json!({
        "stdout": output.map(Output::stdout_text),
        "stderr": output.map(Output::stderr_text),
        "exit_code": exit_code(result),
        "duration_ms": output.map(|output| output.duration.as_secs_f64() * 1e3),
        "stdout_dropped_bytes": output.map(|output| output.stdout_dropped_bytes),
        "stderr_dropped_bytes": output.map(|output| output.stderr_dropped_bytes),
        "error": error,
    });
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, &object)?;
    stdout.write_all(b"\n")?;
    stdout.flush()
}
