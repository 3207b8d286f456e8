//! Measurements of Hatchery.

#![forbid(unsafe_code)]

mod dirty;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Which pages a program dirties, page by page.
    Dirty(dirty::DirtyArguments),
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match Arguments::parse().command {
        Command::Dirty(arguments) => dirty::dirty(&arguments),
    }
}
