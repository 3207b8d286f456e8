use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::locate::named_file;
use crate::prerequisites::missing_prerequisites;
use crate::recipe::{self, FILES, Recipe, STAGES, Stage, StagePlan};
use crate::stage::{self, BuildLock, Script};
use crate::{Error, Guest, Progress, cache_dir, fetch};

const UPDATE_INTERVAL: Duration = Duration::from_millis(200);

/// Builds the guest, or finds it built. Takes about ten minutes on two cores and
/// 1.5 GB of the [cache folder](cache_dir); a finished stage is never done again,
/// and a build that was interrupted goes on from its last finished stage.
///
/// Reads `HATCHERY_CPYTHON_SOURCE` (a tarball to use in place of the release).
///
/// # Errors
///
/// What is missing on the machine, what could not be downloaded or was not the
/// expected file, or which stage failed with the end of its log.
pub fn build(progress: &mut dyn Progress) -> Result<Guest, Error> {
    let cache = cache_dir()?;
    let source = named_file("HATCHERY_CPYTHON_SOURCE")?;
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
    let mut build = Build {
        recipe: &recipe,
        source,
        meter: Meter::new(progress),
        cache,
    };
    build.write_out_recipe()?;
    for plan in STAGES {
        build.meter.start(plan);
        let dir = recipe.dir(&build.cache, plan.stage);
        stage::ensure(&dir, |out| build.run(plan, out))?;
        build.meter.finish(plan);
    }
    Ok(recipe
        .built(&build.cache)
        .expect("the last stage has just been completed"))
}

struct Build<'a> {
    recipe: &'a Recipe,
    source: Option<PathBuf>,
    meter: Meter<'a>,
    cache: PathBuf,
}

impl Build<'_> {
    fn recipe_dir(&self) -> PathBuf {
        let id = self.recipe.hash(Stage::Link);
        self.cache.join("guest").join(format!("recipe-{id}"))
    }

    fn downloads(&self) -> Result<PathBuf, Error> {
        let dir = self.cache.join("downloads");
        fs::create_dir_all(&dir).map_err(Error::io("creating", &dir))?;
        Ok(dir)
    }

    /// The scripts work from files: the embedded ones are written beside the stages.
    fn write_out_recipe(&self) -> Result<(), Error> {
        let root = self.recipe_dir();
        for (name, dir) in FILES {
            let into = root.join(name);
            fs::create_dir_all(&into).map_err(Error::io("creating", &into))?;
            dir.extract(&into).map_err(Error::io("writing", &into))?;
        }
        Ok(())
    }

    fn run(&mut self, plan: &StagePlan, out: &Path) -> Result<(), Error> {
        let mut variables = Vec::new();
        match plan.stage {
            Stage::Zig => {
                let wheel = fetch::wheel(&self.downloads()?, plan.name, &recipe::zig()?)?;
                variables.push(("ZIG_WHEEL", wheel));
            }
            Stage::Link => {
                let wheel = fetch::wheel(&self.downloads()?, plan.name, &recipe::TIME_ZONES)?;
                variables.push(("TIME_ZONES_WHEEL", wheel));
            }
            Stage::Source => {
                let tarball = match &self.source {
                    Some(path) => path.clone(),
                    None => {
                        let script = self.recipe_dir().join("recipe/fetch.py");
                        fetch::cpython_source(&self.downloads()?, &script)?
                    }
                };
                fetch::unpack(&tarball, out)?;
            }
            _ => {}
        }
        for earlier in &STAGES[..plan.stage as usize] {
            variables.push((
                earlier.variable,
                self.recipe.dir(&self.cache, earlier.stage),
            ));
        }
        variables.push(("RECIPE", self.recipe_dir().join("recipe")));
        variables.push(("OUT", out.to_owned()));
        let jobs = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let settings = [
            ("JOBS", jobs.to_string()),
            ("BUILD_ID", self.recipe.hash(Stage::Link).to_owned()),
        ];
        let script = Script {
            stage: plan.name,
            path: self.recipe_dir().join(format!("recipe/{}.sh", plan.name)),
            variables: &variables,
            settings: &settings,
            log: out.with_extension("log"),
        };
        let mut lines = 0;
        script.run(|| {
            lines += 1;
            self.meter.line(plan, lines);
        })
    }
}

/// Turns lines of build output into a fraction of the expected time.
struct Meter<'a> {
    progress: &'a mut dyn Progress,
    done_secs: f64,
    last: Instant,
}

impl<'a> Meter<'a> {
    fn new(progress: &'a mut dyn Progress) -> Self {
        Self {
            progress,
            done_secs: 0.0,
            last: Instant::now(),
        }
    }

    fn report(&mut self, stage: &str, within_secs: f64) {
        let total: f64 = STAGES
            .iter()
            .map(|plan| f64::from(plan.expected_secs))
            .sum();
        self.progress
            .update((self.done_secs + within_secs) / total, stage);
        self.last = Instant::now();
    }

    fn start(&mut self, plan: &StagePlan) {
        self.report(plan.name, 0.0);
    }

    fn line(&mut self, plan: &StagePlan, lines: u32) {
        if self.last.elapsed() >= UPDATE_INTERVAL {
            let part = (f64::from(lines) / f64::from(plan.expected_lines)).min(1.0);
            self.report(plan.name, part * f64::from(plan.expected_secs));
        }
    }

    fn finish(&mut self, plan: &StagePlan) {
        self.done_secs += f64::from(plan.expected_secs);
        self.report(plan.name, 0.0);
    }
}
