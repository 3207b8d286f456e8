//! The `figures` command: every promise that is a number, measured.

use crate::Failure;
use crate::figure::{
    Bench, cold, compile, create, density, interrupt, pool, print, reset, session, threads,
};
use std::process::Command;

/// What the `figures` command takes.
#[derive(Debug, clap::Args)]
pub struct FiguresArguments {
    /// The families to measure, all if none is named
    #[arg(value_name = "FAMILY")]
    families: Vec<Family>,

    /// Take a tenth of the samples
    #[arg(long)]
    quick: bool,
}

/// Figures that are measured together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Family {
    /// Making an instance, whatever the size of its image
    CreateFlat,
    /// Making an instance, beside the pooling allocator
    CreateVsPooling,
    /// Making a sandbox with CPython
    CreateCpython,
    /// A reset and the next run
    ResetCycle,
    /// A reset alone, beside memcpy
    ResetVsMemcpy,
    /// CPython's `print` and a reset
    PrintCycle,
    /// The first `print` of a sandbox, and the pages it writes to
    FirstPrint,
    /// `print`s a second
    Throughput,
    /// Forks of a live session
    Fork,
    /// Sessions put to sleep and woken
    Hibernate,
    /// Leases of the pool
    LeaseCycle,
    /// Leases on two threads
    LeaseThroughput,
    /// A million leases
    LeaseMillion,
    /// A million sessions that sleep
    SessionsMillion,
    /// Two threads
    Threads,
    /// What being interruptible costs
    InterruptCost,
    /// How long an interrupt takes
    InterruptLatency,
    /// A process from its start to its first result
    ColdProcess,
    /// CPython's compiler, on a long program
    Compile,
    /// Memory of an instance, of 5,000 alive
    Density,
    /// Instances alive in one process
    InstancesMax,
}

const ALL: [Family; 21] = [
    Family::CreateFlat,
    Family::CreateVsPooling,
    Family::CreateCpython,
    Family::ResetCycle,
    Family::ResetVsMemcpy,
    Family::PrintCycle,
    Family::FirstPrint,
    Family::Throughput,
    Family::Fork,
    Family::Hibernate,
    Family::LeaseCycle,
    Family::LeaseThroughput,
    Family::LeaseMillion,
    Family::SessionsMillion,
    Family::Threads,
    Family::InterruptCost,
    Family::InterruptLatency,
    Family::ColdProcess,
    Family::Compile,
    Family::Density,
    Family::InstancesMax,
];

impl Family {
    /// Whether it wants a process to itself: it counts what a process has, or leaves slots behind that have more pages of
    /// their own than those that the next family would get otherwise.
    fn wants_a_process(self) -> bool {
        matches!(
            self,
            Self::Density
                | Self::InstancesMax
                | Self::Fork
                | Self::Hibernate
                | Self::LeaseMillion
                | Self::SessionsMillion
        )
    }

    fn measure(self, bench: &Bench) -> Result<(), Failure> {
        match self {
            Self::CreateFlat => create::flat(bench),
            Self::CreateVsPooling => create::vs_pooling(bench),
            Self::CreateCpython => create::cpython(bench),
            Self::ResetCycle => reset::cycle(bench),
            Self::ResetVsMemcpy => reset::vs_memcpy(bench),
            Self::PrintCycle => print::cycles(bench),
            Self::FirstPrint => print::fresh(bench),
            Self::Throughput => print::throughput(bench),
            Self::Fork => session::fork(bench),
            Self::Hibernate => session::hibernate(bench),
            Self::LeaseCycle => pool::lease_cycle(bench),
            Self::LeaseThroughput => pool::lease_throughput(bench),
            Self::LeaseMillion => pool::lease_million(bench),
            Self::SessionsMillion => pool::sessions_million(bench),
            Self::Threads => threads::two(bench),
            Self::InterruptCost => interrupt::cost(bench),
            Self::InterruptLatency => interrupt::latency(bench),
            Self::ColdProcess => cold::process(bench),
            Self::Compile => compile::long_program(bench),
            Self::Density => density::kilobytes(),
            Self::InstancesMax => density::most(),
        }
    }
}

/// Measures and prints the figures, one JSON object a line. What fails is told and does not keep the rest from being
/// measured.
///
/// # Errors
///
/// When a family could not be measured.
pub fn figures(arguments: &FiguresArguments) -> Result<(), Failure> {
    let families = match &arguments.families[..] {
        [] => &ALL[..],
        named => named,
    };
    let bench = Bench::new(arguments.quick);
    let mut failed = Vec::new();
    for family in families {
        let measured = if family.wants_a_process() && families.len() > 1 {
            in_a_process(*family)
        } else {
            family.measure(&bench)
        };
        if let Err(error) = measured {
            eprintln!("{family:?}: {error}");
            failed.push(*family);
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("not measured: {failed:?}").into())
    }
}

fn in_a_process(family: Family) -> Result<(), Failure> {
    use clap::ValueEnum;
    let name = family
        .to_possible_value()
        .ok_or("every family has a name")?;
    let status = Command::new(std::env::current_exe()?)
        .args(["figures", name.get_name()])
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("its process ended with {status}").into())
    }
}
