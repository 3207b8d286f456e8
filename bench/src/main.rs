//! Measurements of Hatchery, on the command line.

#![forbid(unsafe_code)]

use clap::{Parser, Subcommand};
use hatchery_bench::contender::{ContendArguments, contend};
use hatchery_bench::dirty::{DirtyArguments, dirty};
use hatchery_bench::figures::{FiguresArguments, figures};

#[derive(Parser)]
#[command(about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The figures that are promised, each beside its baseline, one JSON object a line.
    Figures(FiguresArguments),
    /// Which pages a program dirties, page by page.
    Dirty(DirtyArguments),
    /// One side of a comparison: tasks on standard input, answers on standard output.
    Contend(ContendArguments),
}

fn main() -> Result<(), hatchery_bench::Failure> {
    match Arguments::parse().command {
        Command::Figures(arguments) => figures(&arguments),
        Command::Dirty(arguments) => dirty(&arguments),
        Command::Contend(arguments) => contend(&arguments),
    }
}
