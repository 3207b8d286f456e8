use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hatchery_guest::pins::{TIME_ZONES, zig};
use hatchery_guest::recipe::{Recipe, is_complete};
use hatchery_guest::stages::{Download, GUEST, SOURCE, STAGES, Stage};
use hatchery_guest::{Guest, cache_dir, named_source};

use crate::board::Board;
use crate::prerequisites::missing_prerequisites;
use crate::script::Script;
use crate::stage::{self, BuildLock};
use crate::{Error, Progress, embedded, fetch};

const UPDATE_INTERVAL: Duration = Duration::from_millis(200);

/// Builds the guest, or finds it built. Takes five minutes or more on two cores and
/// 1.5 GB of the [cache folder](cache_dir); a finished stage is never done again,
/// and a build that was interrupted goes on from its last finished stages.
///
/// Downloads, and stages that do not need each other's results, go on side by side. Reads
/// `HATCHERY_CPYTHON_SOURCE` (a tarball to use in place of the release).
///
/// # Errors
///
/// What is missing on the machine, what could not be downloaded or was not the
/// expected file, or which stage failed with the end of its log. What goes on
/// beside it is let come to its end, and kept.
pub fn build(progress: &mut dyn Progress) -> Result<Guest, Error> {
    let cache = cache_dir()?;
    let source = named_source()?;
    let recipe = Recipe::new(source.as_deref())?;
    if let Some(guest) = recipe.built(&cache) {
        return Ok(guest);
    }
    let missing = missing_prerequisites();
    if !missing.is_empty() {
        let line = |p: &crate::Prerequisite| format!("\n  - {} is missing: {}", p.what, p.remedy);
        return Err(Error::MissingPrerequisites {
            missing: missing.iter().map(line).collect(),
        });
    }
    let _lock = BuildLock::acquire(&cache)?;
    let build = Build {
        recipe: &recipe,
        source,
        cache: &cache,
    };
    embedded::write_out(&build.recipe_dir())?;
    build.run(progress)?;
    Ok(recipe
        .built(&cache)
        .expect("the last stage has just been completed"))
}

struct Build<'a> {
    recipe: &'a Recipe,
    source: Option<PathBuf>,
    cache: &'a Path,
}

impl Build<'_> {
    fn recipe_dir(&self) -> PathBuf {
        let id = self.recipe.hash(GUEST);
        self.cache.join("guest").join(format!("recipe-{id}"))
    }

    fn downloads(&self) -> Result<PathBuf, Error> {
        let dir = self.cache.join("downloads");
        fs::create_dir_all(&dir).map_err(Error::io("creating", &dir))?;
        Ok(dir)
    }

    /// A thread for each stage and each download; this one shows how far they have come.
    fn run(&self, progress: &mut dyn Progress) -> Result<(), Error> {
        let board = Board::default();
        let todo: Vec<&'static Stage> = STAGES
            .iter()
            .filter(|stage| !is_complete(&self.recipe.dir(self.cache, stage.name)))
            .collect();
        for stage in STAGES {
            if !todo.iter().any(|other| other.name == stage.name) {
                board.done(stage);
            }
        }
        let downloads: BTreeSet<Download> = todo
            .iter()
            .filter_map(|stage| Some(stage.download?.0))
            .collect();
        std::thread::scope(|scope| {
            let board = &board;
            for download in downloads {
                board.enlist();
                scope.spawn(move || {
                    let file = self.fetch(download);
                    board.leave(file.map(|file| board.has(download, file)));
                });
            }
            for stage in todo {
                board.enlist();
                scope.spawn(move || board.leave(self.work(board, stage)));
            }
            let mut working_on = "downloads".to_owned();
            loop {
                let picture = board.picture(STAGES, UPDATE_INTERVAL);
                working_on = picture.working_on.unwrap_or(working_on);
                progress.update(picture.fraction, &working_on);
                if picture.is_over {
                    break;
                }
            }
        });
        board.into_outcome()
    }

    fn fetch(&self, download: Download) -> Result<PathBuf, Error> {
        let downloads = self.downloads()?;
        match (download, &self.source) {
            (Download::Source, Some(named)) => Ok(named.clone()),
            (Download::Source, None) => {
                let script = self.recipe_dir().join("recipe/fetch.py");
                fetch::cpython_source(&downloads, &script)
            }
            (Download::Zig, _) => {
                let wheel = zig().ok_or(Error::UnsupportedBuildMachine {
                    os: std::env::consts::OS,
                    arch: std::env::consts::ARCH,
                })?;
                fetch::wheel(&downloads, &wheel)
            }
            (Download::TimeZones, _) => fetch::wheel(&downloads, &TIME_ZONES),
        }
    }

    fn work(&self, board: &Board, stage: &'static Stage) -> Result<(), Error> {
        let Some(file) = board.await_inputs(stage) else {
            return Ok(());
        };
        board.printed(stage, 0);
        let dir = self.recipe.dir(self.cache, stage.name);
        stage::fill(&dir, |out| self.run_script(board, stage, file, out))?;
        board.done(stage);
        Ok(())
    }

    fn run_script(
        &self,
        board: &Board,
        stage: &'static Stage,
        file: Option<PathBuf>,
        out: &Path,
    ) -> Result<(), Error> {
        let mut variables = vec![
            ("RECIPE", self.recipe_dir().join("recipe")),
            ("OUT", out.to_owned()),
        ];
        if let (Some((_, variable)), Some(file)) = (stage.download, file) {
            if stage.name == SOURCE {
                fetch::unpack(&file, out)?;
            }
            variables.push((variable, file));
        }
        for input in STAGES
            .iter()
            .filter(|other| stage.inputs.contains(&other.name))
        {
            variables.push((input.variable, self.recipe.dir(self.cache, input.name)));
        }
        let jobs = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let settings = [
            ("JOBS", jobs.to_string()),
            ("BUILD_ID", self.recipe.hash(GUEST).to_owned()),
        ];
        let script = Script {
            stage: stage.name,
            path: self.recipe_dir().join(format!("recipe/{}.sh", stage.name)),
            variables: &variables,
            settings: &settings,
            log: out.with_extension("log"),
        };
        let mut lines = 0;
        script.run(|| {
            lines += 1;
            board.printed(stage, lines);
        })
    }
}
