//! `hatchery run`: one program, one sandbox.

mod arguments;
mod at_exit;
mod report;
mod stdin;
mod stop;

pub(crate) use arguments::RunArguments;

use std::io::{IsTerminal, Write};
use std::mem::ManuallyDrop;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use hatchery::{Error, Runtime, SandboxBuilder};

use crate::exit::{EXIT_HOST_ERROR, EXIT_USAGE};
use crate::prepare::runtime;
use crate::{complain, with_causes};
use arguments::{NoProgram, Program};
use at_exit::Ended;
use report::Ending;
use stop::{Stop, StopReason};

type Failure = Box<dyn std::error::Error>;

pub(crate) fn run(arguments: &RunArguments) -> ExitCode {
    let program = match arguments.program() {
        Ok(program) => program,
        Err(NoProgram::Misspelt(message)) => {
            return not_begun(arguments, EXIT_USAGE, &*Failure::from(message));
        }
        Err(NoProgram::Unreadable(message)) => {
            return not_begun(arguments, EXIT_HOST_ERROR, &*Failure::from(message));
        }
    };
    let runtime = match runtime(false) {
        Ok(runtime) => runtime,
        Err(error) => return not_begun(arguments, EXIT_HOST_ERROR, &*error),
    };
    let stop = Arc::new(Stop::default());
    if let Err(error) = stop::on_ctrl_c(stop.clone()) {
        eprintln!("hatchery: Ctrl-C will end the program without a word: {error}");
    }
    let (result, printed) = match execute(arguments, &program, &runtime, &stop) {
        Ok(Ended {
            output,
            stopped: None,
        }) => (Ok(output), None),
        Ok(Ended {
            output,
            stopped: Some(error),
        }) => (Err(error), Some(output)),
        Err(error) => (Err(error), None),
    };
    // The process ends here: giving everything back in order would only take time.
    std::mem::forget(runtime);
    let ending = Ending {
        result,
        printed,
        stopped: stop.reason(),
        time_limit: arguments.timeout(),
    };
    if !arguments.is_json() {
        ending.explain();
    } else if let Err(error) = ending.print_json()
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        eprintln!("hatchery: writing the output: {error}");
        return ExitCode::from(EXIT_HOST_ERROR);
    }
    ExitCode::from(ending.exit_code())
}

/// Says why no program has begun.
fn not_begun(arguments: &RunArguments, exit_code: u8, error: &dyn std::error::Error) -> ExitCode {
    if arguments.is_json() {
        return not_begun_in_json(exit_code, with_causes(error));
    }
    complain(error);
    ExitCode::from(exit_code)
}

/// As the parser's own words on a command line that makes no sense, for who reads JSON.
pub(crate) fn refuse_in_json(error: &clap::Error) -> ExitCode {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    let message = line.strip_prefix("error: ").unwrap_or(line);
    not_begun_in_json(EXIT_USAGE, message.to_owned())
}

fn not_begun_in_json(exit_code: u8, message: String) -> ExitCode {
    if let Err(error) = report::print_json(None, exit_code, Some(("host", message))) {
        eprintln!("hatchery: writing the output: {error}");
    }
    ExitCode::from(exit_code)
}

fn execute(
    arguments: &RunArguments,
    program: &Program,
    runtime: &Runtime,
    stop: &Arc<Stop>,
) -> Result<Ended, Error> {
    let mut builder = runtime
        .sandbox_builder()
        .timeout(arguments.timeout())
        .max_output_bytes(arguments.max_output())
        .args(program.argv.iter().map(String::as_str));
    if let Some(bytes) = arguments.max_memory() {
        builder = builder.max_memory_bytes(bytes);
    }
    for (name, value) in arguments.env() {
        builder = builder.env(name, value);
    }
    for mount in arguments.mounts() {
        builder = builder.mount(mount.clone());
    }
    if !arguments.is_json() {
        builder = show_output(builder, stop);
    }
    let mut timeout = Some(arguments.timeout());
    if !program.is_from_stdin {
        builder = stdin::offer(builder, stop.clone());
        if std::io::stdin().is_terminal() {
            // The engine's own limit counts the time that someone at the terminal takes to answer.
            builder = builder.timeout(Duration::MAX);
            let (stop, limit) = (stop.clone(), arguments.timeout());
            std::thread::spawn(move || stop.limit(limit));
            timeout = None;
        }
    }
    // The process ends after this program: to reset its sandbox for another would only take time.
    let mut sandbox = ManuallyDrop::new(builder.build()?);
    let interrupter = sandbox.interrupter();
    // From here on, so that what is stopped before the program begins does not begin.
    let _run = interrupter.begin_run();
    stop.arm(interrupter.clone());
    let output = match std::str::from_utf8(&program.source) {
        Ok(source) => sandbox.execute_named(&program.name, source)?,
        // For the error that says where it is not UTF-8.
        Err(_) => sandbox.execute_bytes(&program.source)?,
    };
    let left = at_exit::left(&output, arguments.max_output(), timeout);
    Ok(at_exit::run(&mut sandbox, output, &left))
}

/// Prints what the program prints, as it prints it.
fn show_output(builder: SandboxBuilder, stop: &Arc<Stop>) -> SandboxBuilder {
    let (for_stdout, for_stderr) = (stop.clone(), stop.clone());
    builder
        .on_stdout(move |bytes| {
            let mut stdout = std::io::stdout().lock();
            let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
            stop_if_lost(written, &for_stdout);
        })
        .on_stderr(move |bytes| {
            stop_if_lost(std::io::stderr().lock().write_all(bytes), &for_stderr);
        })
}

/// Stops a program whose output has nowhere to go, and says why unless whoever closed the pipe knows.
fn stop_if_lost(written: std::io::Result<()>, stop: &Stop) {
    match written {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            stop.stop(StopReason::BrokenPipe);
        }
        Err(error) => {
            if stop.reason().is_none() {
                // Standard error may be what cannot be written.
                let _ = writeln!(std::io::stderr(), "hatchery: writing the output: {error}");
            }
            stop.stop(StopReason::OutputLost);
        }
    }
}
