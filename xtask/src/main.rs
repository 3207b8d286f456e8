//! One command for each habit; CI runs the same ones.

#![forbid(unsafe_code)]

mod specification;

use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// One command for each habit: `cargo xtask HABIT`
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    habit: Habit,
}

#[derive(Subcommand)]
enum Habit {
    /// Formats all code
    Fmt,
    /// Formatting, clippy, each crate with its own features, one build of wasmtime, licences
    Lint,
    /// All tests, or those that the arguments of `cargo test` select
    #[command(trailing_var_arg = true)]
    Test {
        /// Arguments for `cargo test --workspace`
        #[arg(allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measures what SPECIFICATION.md promises in numbers, prints promise, reached, met, and fails where one is missed
    Spec(specification::Arguments),
    /// Fuzzes one target for some seconds
    Fuzz {
        /// One of `freeze`, `memory`, `session`, `snapshot`
        target: String,
        /// How long
        #[arg(default_value_t = 60)]
        seconds: u32,
    },
    /// The criterion benchmarks
    Bench,
    /// Figures, one JSON object a line, with the profile that is shipped
    #[command(trailing_var_arg = true)]
    Figures {
        /// Families of figures; all if none is named
        #[arg(allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Builds the book into target/book and runs its examples
    Book,
    /// Builds the command line with the profile that is shipped
    Dist,
    /// All that has to pass before anything lands
    Ci,
}

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(Arguments::parse().habit) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(habit: Habit) -> Result<(), Failure> {
    match habit {
        Habit::Fmt => cargo(&["fmt", "--all"]),
        Habit::Lint => {
            cargo(&["fmt", "--all", "--check"])?;
            cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ])?;
            script(".ci/features")?;
            script(".ci/one-build")?;
            script(".ci/dependencies")
        }
        Habit::Test { arguments } => {
            let mut command = vec!["test", "--workspace"];
            command.extend(arguments.iter().map(String::as_str));
            cargo(&command)
        }
        Habit::Spec(arguments) => specification::run(&arguments),
        Habit::Fuzz { target, seconds } => {
            let time = format!("-max_total_time={seconds}");
            let mut command = Command::new("cargo");
            command
                .args(["fuzz", "run", &target, "--", &time, "-max_len=600"])
                .current_dir(root().join("fuzz"))
                // cargo-fuzz passes flags that stable compilers refuse otherwise.
                .env("RUSTC_BOOTSTRAP", "1");
            succeed(command)
        }
        Habit::Bench => cargo(&["bench", "-p", "hatchery-bench"]),
        Habit::Figures { arguments } => {
            cargo(&COMMAND_LINE)?;
            let mut command = FIGURES.to_vec();
            command.extend(arguments.iter().map(String::as_str));
            cargo(&command)
        }
        Habit::Book => script("docs/check"),
        Habit::Dist => cargo(&COMMAND_LINE),
        Habit::Ci => script(".ci/run"),
    }
}

/// The command that measures figures.
/// Builds the command, whose start is one of the figures.
const COMMAND_LINE: [&str; 5] = ["build", "--profile", "dist", "-p", "hatchery-cli"];
const FIGURES: [&str; 7] = [
    "run",
    "--profile",
    "dist",
    "-p",
    "hatchery-bench",
    "--",
    "figures",
];

fn cargo(arguments: &[&str]) -> Result<(), Failure> {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(root());
    succeed(command)
}

fn script(path: &str) -> Result<(), Failure> {
    let mut command = Command::new(root().join(path));
    command.current_dir(root());
    succeed(command)
}

fn succeed(mut command: Command) -> Result<(), Failure> {
    let status = command
        .status()
        .map_err(|error| format!("{command:?} did not start: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{command:?} failed: {status}").into())
    }
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("it is in the workspace").to_owned()
}
