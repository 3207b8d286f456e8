//! Whole programs, of the kind that people and models write: `tests/programs`, a folder for each theme. Beside each
//! is what CPython prints natively. `python3 tests/programs/record.py` writes it anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use hatchery_tests::runtime;

fn programs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    let mut programs: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|theme| theme.unwrap().path())
        .filter(|theme| theme.is_dir())
        .flat_map(|theme| fs::read_dir(theme).unwrap())
        .map(|program| program.unwrap().path())
        .filter(|program| {
            program
                .extension()
                .is_some_and(|extension| extension == "py")
        })
        .collect();
    programs.sort();
    programs
}

/// What is wrong with what the program does here.
fn difference(program: &Path) -> Option<String> {
    let source = fs::read_to_string(program).unwrap();
    let expected = fs::read_to_string(program.with_extension("out")).unwrap();
    let mut sandbox = runtime()
        .sandbox_builder()
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap();
    let name = program.file_name().unwrap().to_str().unwrap();
    let ran = match sandbox.execute_named(name, &source) {
        Ok(output) => output,
        Err(error) => return Some(format!("{error}")),
    };
    let ended = match sandbox.finalize() {
        Ok(output) => output,
        Err(error) => return Some(format!("at the end: {error}")),
    };
    let printed = ran.stdout_text().to_string() + &ended.stdout_text();
    if ran.success() && printed == expected {
        return None;
    }
    Some(format!(
        "exit code {}\n--- expected\n{expected}--- printed\n{printed}--- errors\n{}{}",
        ran.exit_code,
        ran.stderr_text(),
        ended.stderr_text()
    ))
}

#[test]
fn all_of_them_do() {
    let programs = programs();
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(program) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(difference) = difference(program) {
                        let mut wrong = wrong.lock().unwrap();
                        wrong.push(format!("== {}\n{difference}", program.display()));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(
        programs.len() >= 155,
        "only {} programs were found",
        programs.len()
    );
    assert!(
        wrong.is_empty(),
        "{} of {} programs:\n{}",
        wrong.len(),
        programs.len(),
        wrong.join("\n")
    );
}
