//! Where the threads of a build tell each other what is there and what has failed.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use hatchery_guest::stages::{Download, Stage};
use parking_lot::{Condvar, Mutex};

use crate::Error;

#[derive(Default)]
pub(crate) struct Board {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stages: HashMap<&'static str, Progress>,
    downloads: HashMap<Download, PathBuf>,
    failure: Option<Error>,
    /// Threads that have not ended.
    working: usize,
}

#[derive(Clone, Copy)]
enum Progress {
    /// It has printed so many lines.
    Running(u32),
    Done,
}

/// How far the build has come, for whoever shows it.
pub(crate) struct Picture {
    /// Of the expected time.
    pub(crate) fraction: f64,
    /// Stages that are being worked on, with `, ` between; `None` while none is.
    pub(crate) working_on: Option<String>,
    pub(crate) is_over: bool,
}

impl Board {
    /// One more thread works on the build.
    pub(crate) fn enlist(&self) {
        self.state.lock().working += 1;
    }

    /// A thread has ended; the first failure is the build's.
    pub(crate) fn leave(&self, outcome: Result<(), Error>) {
        let mut state = self.state.lock();
        state.working -= 1;
        if let Err(error) = outcome {
            state.failure.get_or_insert(error);
        }
        self.changed.notify_all();
    }

    pub(crate) fn has(&self, download: Download, file: PathBuf) {
        self.state.lock().downloads.insert(download, file);
        self.changed.notify_all();
    }

    pub(crate) fn printed(&self, stage: &Stage, lines: u32) {
        self.state
            .lock()
            .stages
            .insert(stage.name, Progress::Running(lines));
    }

    pub(crate) fn done(&self, stage: &Stage) {
        self.state.lock().stages.insert(stage.name, Progress::Done);
        self.changed.notify_all();
    }

    /// Waits for the stage's inputs and its download. `None` when something else has failed and nothing is to begin any
    /// more; the download's file, if it has one.
    pub(crate) fn await_inputs(&self, stage: &Stage) -> Option<Option<PathBuf>> {
        let mut state = self.state.lock();
        loop {
            if state.failure.is_some() {
                return None;
            }
            let is_done = |input: &&str| matches!(state.stages.get(input), Some(Progress::Done));
            let file = stage.download.map(|(download, _)| download);
            let file = file.map(|download| state.downloads.get(&download).cloned());
            if stage.inputs.iter().all(is_done) && !matches!(file, Some(None)) {
                return Some(file.flatten());
            }
            self.changed.wait(&mut state);
        }
    }

    /// What is to be seen after something has changed, or a while has passed.
    pub(crate) fn picture(&self, stages: &[Stage], patience: Duration) -> Picture {
        let mut state = self.state.lock();
        self.changed.wait_for(&mut state, patience);
        let seconds = |stage: &Stage| f64::from(stage.expected_secs);
        let part = |stage: &Stage| match state.stages.get(stage.name) {
            Some(Progress::Done) => 1.0,
            Some(Progress::Running(lines)) => {
                (f64::from(*lines) / f64::from(stage.expected_lines)).min(1.0)
            }
            None => 0.0,
        };
        let total: f64 = stages.iter().map(seconds).sum();
        let come: f64 = stages
            .iter()
            .map(|stage| part(stage) * seconds(stage))
            .sum();
        let working_on: Vec<_> = stages
            .iter()
            .map(|stage| stage.name)
            .filter(|name| matches!(state.stages.get(name), Some(Progress::Running(_))))
            .collect();
        Picture {
            fraction: come / total,
            working_on: (!working_on.is_empty()).then(|| working_on.join(", ")),
            is_over: state.working == 0,
        }
    }

    /// Why the build has failed, if it has.
    pub(crate) fn into_outcome(self) -> Result<(), Error> {
        self.state.into_inner().failure.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use hatchery_guest::stages::STAGES;

    use super::*;

    fn stage(name: &str) -> &'static Stage {
        STAGES.iter().find(|stage| stage.name == name).unwrap()
    }

    fn failure() -> Error {
        Error::BadArchive {
            path: PathBuf::from("x"),
            message: "for this test".to_owned(),
        }
    }

    #[test]
    fn a_stage_does_not_begin_before_its_inputs_and_its_download_are_there() {
        let board = Board::default();
        let guest = stage("guest");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| board.await_inputs(guest));
            for input in guest.inputs {
                std::thread::yield_now();
                assert!(!waiting.is_finished(), "before {input}");
                board.done(stage(input));
            }
            std::thread::sleep(Duration::from_millis(20));
            assert!(!waiting.is_finished(), "before its download");
            board.has(Download::TimeZones, PathBuf::from("zones"));
            let file = waiting.join().unwrap().expect("it begins");
            assert_eq!(file, Some(PathBuf::from("zones")));
        });
    }

    #[test]
    fn after_a_failure_nothing_begins_and_the_first_one_is_told() {
        let board = Board::default();
        let libs = stage("libs");
        board.enlist();
        board.enlist();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| board.await_inputs(libs));
            board.leave(Err(failure()));
            assert!(waiting.join().unwrap().is_none());
        });
        for input in libs.inputs {
            board.done(stage(input));
        }
        assert!(board.await_inputs(libs).is_none());
        assert!(!board.picture(STAGES, Duration::ZERO).is_over);
        board.leave(Ok(()));
        assert!(board.picture(STAGES, Duration::ZERO).is_over);
        assert!(matches!(
            board.into_outcome(),
            Err(Error::BadArchive { .. })
        ));
    }

    #[test]
    fn the_fraction_reaches_all_when_all_is_done() {
        let board = Board::default();
        assert!(board.picture(STAGES, Duration::ZERO).fraction.abs() < 1e-9);
        for stage in STAGES {
            board.printed(stage, u32::MAX);
            board.done(stage);
        }
        let picture = board.picture(STAGES, Duration::ZERO);
        assert!((picture.fraction - 1.0).abs() < 1e-9);
    }
}
