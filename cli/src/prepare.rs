//! Getting a runtime: builds the guest and bakes the snapshot when they are missing.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use hatchery::Runtime;
use hatchery_guest_build::Progress;
use indicatif::{ProgressBar, ProgressStyle};

use crate::complain;
use crate::exit::EXIT_HOST_ERROR;

#[derive(clap::Args)]
pub(crate) struct BuildArguments {
    /// Bake the golden snapshot anew even if a good one is there.
    #[arg(long)]
    rebuild_snapshot: bool,
}

pub(crate) fn build(arguments: &BuildArguments) -> ExitCode {
    match runtime(arguments.rebuild_snapshot) {
        Ok(runtime) => {
            println!(
                "guest     {}",
                runtime
                    .guest()
                    .expect("it was built from one")
                    .wasm_path
                    .display()
            );
            if let Some(folder) = runtime.snapshot_dir() {
                println!("snapshot  {}", folder.display());
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&*error);
            ExitCode::from(EXIT_HOST_ERROR)
        }
    }
}

/// A runtime from the cache; builds first what the cache lacks.
pub(crate) fn runtime(rebuild_snapshot: bool) -> Result<Runtime, Box<dyn std::error::Error>> {
    if hatchery_guest::locate()?.is_none() {
        eprintln!("hatchery: building the CPython guest, once; this takes several minutes");
        let mut bar = Bar::new();
        let built = hatchery_guest_build::build(&mut bar);
        bar.bar.finish_and_clear();
        built?;
    }
    let mut builder = Runtime::builder().rebuild_snapshot(rebuild_snapshot);
    let spinner = ProgressBar::no_length().with_message("baking the golden snapshot, once");
    builder = builder.on_bake({
        let spinner = spinner.clone();
        move || {
            spinner.set_style(
                ProgressStyle::with_template("{spinner} {msg} ({elapsed})").expect("valid"),
            );
            spinner.enable_steady_tick(Duration::from_millis(100));
        }
    });
    let runtime = builder.build();
    spinner.finish_and_clear();
    Ok(runtime?)
}

/// A progress bar with an estimate; on something that is no terminal, a line a stage.
struct Bar {
    bar: ProgressBar,
    stage: String,
    begun: Instant,
}

const STEPS: u64 = 1000;

impl Bar {
    fn new() -> Self {
        let style = ProgressStyle::with_template(
            "{bar:40} {percent:>3} % {msg} ({elapsed}, about {eta} left)",
        )
        .expect("valid");
        Self {
            bar: ProgressBar::new(STEPS).with_style(style),
            stage: String::new(),
            begun: Instant::now(),
        }
    }
}

impl Progress for Bar {
    fn update(&mut self, fraction: f64, stage: &str) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 1000"
        )]
        let position = (fraction.clamp(0.0, 1.0) * STEPS as f64) as u64;
        self.bar.set_position(position);
        if self.stage == stage {
            return;
        }
        stage.clone_into(&mut self.stage);
        self.bar.set_message(self.stage.clone());
        if self.bar.is_hidden() {
            let elapsed = self.begun.elapsed().as_secs();
            eprintln!(
                "hatchery: {:3.0} % after {elapsed} s: {stage}",
                fraction * 100.0
            );
        }
    }
}
