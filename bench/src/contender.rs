//! One of those that are compared side by side: takes a task a line on standard input, answers with a line. The other
//! contenders are scripts in `bench/peers/contenders/`, which speak the same.

use crate::Failure;
use crate::baseline::python::{PythonEngine, PythonInstance, StockPython};
use crate::baseline::stock::Stock;
use crate::figure::PRINT;
use crate::figure::pool::{cycle as lease, strict_pool};
use crate::figure::threads::on_threads;
use crate::measure::{rate, time};
use crate::sys::thread_cpu_time;
use hatchery::{Runtime, Sandbox};
use hatchery_pool::Pool;
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::io::Write;
use std::time::Duration;

/// What the `contend` command takes.
#[derive(Debug, clap::Args)]
pub struct ContendArguments {
    /// Who does the work
    #[arg(value_name = "CONTENDER", default_value = "hatchery")]
    contender: Name,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Name {
    /// Hatchery's sandboxes
    Hatchery,
    /// wasmtime's pooling allocator, with the same guest and the same snapshot
    Pooling,
}

/// What there is to do.
#[derive(Debug, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
enum Task {
    /// Who this is.
    Version,
    /// Make a sandbox, and throw it away outside the time.
    Create { count: usize },
    /// Make one, print in it, throw it away.
    CreatePrintDrop { count: usize },
    /// Print in one that lives.
    PrintLive { count: usize },
    /// Make one that has printed like new.
    Reset { count: usize },
    /// Print from a clean state, the fastest way there is, for some time.
    Throughput { threads: usize, seconds: f64 },
    /// Lease one of a pool, print, and give it back to be reset strictly.
    LeaseCycle { count: usize },
    /// Keep this many that have printed: more than before, or fewer.
    Hold { count: usize },
    /// Run a program in a fresh one.
    Program { path: String },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Version(String),
    SamplesUs(Vec<f64>),
    PerSecond(f64),
    Held(usize),
    Program { cpu_s: f64, output: String },
    Unsupported,
    Error(String),
}

/// Answers tasks until there are none.
///
/// # Errors
///
/// When there is no contender, or standard input cannot be read.
pub fn contend(arguments: &ContendArguments) -> Result<(), Failure> {
    let runtime = Runtime::new()?;
    match arguments.contender {
        Name::Hatchery => serve(|| {
            Ok(Hatchery {
                runtime: runtime.clone(),
            })
        }),
        Name::Pooling => {
            let python = StockPython::new(&runtime)?;
            serve(|| {
                Ok(Pooling {
                    engine: python.engine(Stock::POOLING[0])?,
                })
            })
        }
    }
}

/// One that lives in this process.
trait Contender {
    type Session;
    /// How many it can have alive.
    const SESSIONS_MAX: usize;

    fn session(&self) -> Result<Self::Session, Failure>;
    fn execute(session: &mut Self::Session, code: &str) -> Result<String, Failure>;
    /// A session as new, out of one that has been used.
    fn renewed(&self, session: Self::Session) -> Result<Self::Session, Failure>;
    /// Whether that is more than throwing one away and making another.
    fn can_reset() -> bool;
    /// A pool of one, where there are pools.
    fn pool(&self) -> Result<Option<Pool>, Failure>;
}

struct Hatchery {
    runtime: Runtime,
}

impl Contender for Hatchery {
    type Session = Sandbox;
    const SESSIONS_MAX: usize = usize::MAX;

    fn session(&self) -> Result<Sandbox, Failure> {
        Ok(self.runtime.sandbox()?)
    }

    fn execute(session: &mut Sandbox, code: &str) -> Result<String, Failure> {
        let output = session.execute(code)?;
        if output.exit_code == 0 {
            Ok(output.stdout_text().into_owned())
        } else {
            Err(output.stderr_text().into())
        }
    }

    fn renewed(&self, mut session: Sandbox) -> Result<Sandbox, Failure> {
        session.reset()?;
        Ok(session)
    }

    fn can_reset() -> bool {
        true
    }

    fn pool(&self) -> Result<Option<Pool>, Failure> {
        strict_pool(&self.runtime, 1).map(Some)
    }
}

struct Pooling {
    engine: PythonEngine,
}

impl Contender for Pooling {
    type Session = PythonInstance;
    const SESSIONS_MAX: usize = Stock::POOL_SLOTS;

    fn session(&self) -> Result<PythonInstance, Failure> {
        self.engine.instance()
    }

    fn execute(session: &mut PythonInstance, code: &str) -> Result<String, Failure> {
        Ok(String::from_utf8(session.execute(code)?)?)
    }

    fn renewed(&self, session: PythonInstance) -> Result<PythonInstance, Failure> {
        drop(session);
        self.session()
    }

    fn can_reset() -> bool {
        false
    }

    fn pool(&self) -> Result<Option<Pool>, Failure> {
        Ok(None)
    }
}

fn serve<C: Contender>(make: impl Fn() -> Result<C, Failure> + Sync) -> Result<(), Failure> {
    let contender = make()?;
    let mut held = Vec::new();
    for line in std::io::stdin().lines() {
        let answer = serde_json::from_str(&line?)
            .map_err(Failure::from)
            .and_then(|task| answer(&contender, &make, &mut held, task))
            .unwrap_or_else(|error| Answer::Error(error.to_string()));
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", serde_json::to_string(&answer)?)?;
        out.flush()?;
    }
    Ok(())
}

fn answer<C: Contender>(
    contender: &C,
    make: &(impl Fn() -> Result<C, Failure> + Sync),
    held: &mut Vec<C::Session>,
    task: Task,
) -> Result<Answer, Failure> {
    match task {
        Task::Version => Ok(Answer::Version(env!("CARGO_PKG_VERSION").to_owned())),
        Task::Create { count } => samples(count, || {
            let (time, session) = time(|| contender.session())?;
            drop(black_box(session));
            Ok(time)
        }),
        Task::CreatePrintDrop { count } => samples(count, || {
            Ok(time(|| print::<C>(&mut contender.session()?))?.0)
        }),
        Task::PrintLive { count } => {
            let mut session = contender.session()?;
            print::<C>(&mut session)?;
            samples(count, || Ok(time(|| print::<C>(&mut session))?.0))
        }
        Task::Reset { count } if C::can_reset() => {
            let mut session = Some(contender.session()?);
            samples(count, || {
                let mut used = session.take().ok_or("the last reset failed")?;
                print::<C>(&mut used)?;
                let (time, renewed) = time(|| contender.renewed(used))?;
                session = Some(renewed);
                Ok(time)
            })
        }
        Task::Reset { .. } => Ok(Answer::Unsupported),
        Task::Throughput { threads, seconds } => {
            let length = Duration::from_secs_f64(seconds);
            on_threads(threads, || clean_prints(&make()?, length)).map(Answer::PerSecond)
        }
        Task::LeaseCycle { count } => match contender.pool()? {
            Some(pool) => {
                lease(&pool)?;
                samples(count, || Ok(time(|| lease(&pool))?.0))
            }
            None => Ok(Answer::Unsupported),
        },
        Task::Hold { count } => {
            let count = count.min(C::SESSIONS_MAX);
            held.truncate(count);
            while held.len() < count {
                let mut session = contender.session()?;
                print::<C>(&mut session)?;
                held.push(session);
            }
            Ok(Answer::Held(held.len()))
        }
        Task::Program { path } => {
            let source = std::fs::read_to_string(&path)?;
            let mut session = contender.session()?;
            let begun = thread_cpu_time();
            let output = C::execute(&mut session, &source)?;
            let cpu_s = (thread_cpu_time() - begun).as_secs_f64();
            Ok(Answer::Program { cpu_s, output })
        }
    }
}

fn samples(
    count: usize,
    mut work: impl FnMut() -> Result<Duration, Failure>,
) -> Result<Answer, Failure> {
    let times: Result<Vec<f64>, Failure> = (0..count)
        .map(|_| Ok(work()?.as_secs_f64() * 1e6))
        .collect();
    times.map(Answer::SamplesUs)
}

fn print<C: Contender>(session: &mut C::Session) -> Result<(), Failure> {
    match C::execute(session, PRINT)?.as_str() {
        "hello\n" => Ok(()),
        other => Err(format!("`{PRINT}` printed {other:?}").into()),
    }
}

fn clean_prints<C: Contender>(contender: &C, length: Duration) -> Result<f64, Failure> {
    let mut session = Some(contender.session()?);
    rate(length, || {
        let mut clean = session.take().ok_or("the last renewal failed")?;
        print::<C>(&mut clean)?;
        session = Some(contender.renewed(clean)?);
        Ok(())
    })
}
