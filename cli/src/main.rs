//! The `hatchery` command line: runs Python programs in sandboxes.

#![forbid(unsafe_code)]

mod doctor;
mod exit;
mod prepare;
mod run;

use std::process::ExitCode;

use clap::builder::ValueParser;
use clap::{CommandFactory, Parser, Subcommand};

/// Runs Python programs in WebAssembly sandboxes, each a copy-on-write view of one golden snapshot.
#[derive(Parser)]
#[command(name = "hatchery", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a Python program in a fresh sandbox; its exit code becomes this process's.
    Run(Box<run::RunArguments>),
    /// Build what `run` needs ahead of time: the CPython guest and its golden snapshot.
    Build(prepare::BuildArguments),
    /// Print what this machine offers and what is missing.
    Doctor,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() && asks_for_json() => return run::refuse_in_json(&error),
        Err(error) => error.exit(),
    };
    match arguments.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Build(arguments) => prepare::build(&arguments),
        Command::Doctor => doctor::doctor(),
    }
}

/// Whether a command line with values that make no sense asks `run` for JSON.
fn asks_for_json() -> bool {
    let any_value = |argument: clap::Arg| match argument.get_action().takes_values() {
        true => argument.value_parser(ValueParser::os_string()),
        false => argument,
    };
    Arguments::command()
        .mut_subcommand("run", |run| run.mut_args(any_value))
        .try_get_matches()
        .is_ok_and(|matches| {
            let run = matches.subcommand_matches("run");
            run.is_some_and(|run| run.get_flag("json"))
        })
}

/// An error and its causes, in one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

/// Prints an error and its causes.
fn complain(error: &dyn std::error::Error) {
    eprintln!("hatchery: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
}
