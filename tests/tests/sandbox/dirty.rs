use crate::{builder, sandbox};
use cow_memory::page_bytes;
use hatchery::{DirtyReport, Error, Mount, Owner};
use hatchery_tests::stdout;
use std::time::Duration;

fn pages(report: &DirtyReport, owner: Owner) -> usize {
    report.pages(owner).len_pages()
}

/// What one run has changed.
fn changed_by(sandbox: &mut hatchery::Sandbox, program: &str) -> DirtyReport {
    let before = sandbox.dirty_report().unwrap();
    stdout(sandbox, program);
    sandbox.dirty_report().unwrap().since(&before)
}

#[test]
fn no_page_is_without_an_owner_or_in_two_hands() {
    let mut sandbox = sandbox();
    assert_eq!(sandbox.dirty_report().unwrap().pages_total(), 0);
    stdout(
        &mut sandbox,
        "import json\nnames = json.dumps(list(range(1000)))\nprint(names)",
    );
    let report = sandbox.dirty_report().unwrap();
    let changed = sandbox.changed_pages().unwrap();
    assert_eq!(report.pages_total(), changed.len_pages());
    let mut sum = cow_memory::PageSet::new();
    for (owner, pages) in report.owners() {
        assert!(sum.intersection(&pages).is_empty(), "{owner} has another's");
        sum = sum.union(&pages);
    }
    assert_eq!(sum, changed);
    assert_eq!(pages(&report, Owner::Unknown), 0, "{report}");
    assert!(pages(&report, Owner::Stack) > 0, "{report}");
    assert!(pages(&report, Owner::StaticData) > 0, "{report}");
    assert!(pages(&report, Owner::NewHeap) > 0, "{report}");
    sandbox.reset().unwrap();
    assert_eq!(sandbox.dirty_report().unwrap().pages_total(), 0);
}

#[test]
fn a_list_of_ten_megabytes_is_new_heap() {
    let mut sandbox = sandbox();
    stdout(&mut sandbox, "pass");
    let report = changed_by(&mut sandbox, "numbers = [None] * (10 << 20 >> 2)");
    let list = (10 << 20) / page_bytes();
    let heap = pages(&report, Owner::NewHeap);
    assert!((list..list + 20).contains(&heap), "{report}");
    assert!(report.pages_total() < heap + 40, "{report}");
    assert!(report.pages_grown() > 0, "{report}");
    // The same run again writes nothing new to it.
    let again = changed_by(&mut sandbox, "numbers[7]");
    assert!(pages(&again, Owner::NewHeap) < 20, "{again}");
}

#[test]
fn deep_recursion_is_stack() {
    let mut sandbox = sandbox();
    stdout(
        &mut sandbox,
        "def deep(n): return max([n], key=lambda m: m and deep(m - 1))",
    );
    let shallow = changed_by(&mut sandbox, "deep(1)");
    let deep = changed_by(&mut sandbox, "deep(300)");
    let (few, many) = (pages(&shallow, Owner::Stack), pages(&deep, Owner::Stack));
    assert!(many > few + 20, "{few}, then\n{deep}");
    assert!(many > pages(&deep, Owner::StaticData), "{deep}");
}

#[test]
fn a_file_is_told_from_the_heap_it_lies_in() {
    let mut sandbox = sandbox();
    stdout(&mut sandbox, "pass");
    let whole = (1 << 20) / page_bytes();
    let program = "import os\nos.makedirs('/work/a/b')\nwith open('/work/a/b/c', 'wb') as f: f.write(b'x' * (1 << 20))";
    stdout(&mut sandbox, program);
    sandbox
        .write_file("/tmp/of-the-host's", vec![b'y'; 1 << 20])
        .unwrap();
    let report = sandbox.dirty_report().unwrap();
    assert!(report.tells_files());
    let files = pages(&report, Owner::Files);
    assert!((2 * whole - 2..=2 * whole + 2).contains(&files), "{report}");
    let gone = changed_by(&mut sandbox, "os.remove('/work/a/b/c')");
    let report = sandbox.dirty_report().unwrap();
    assert!(pages(&report, Owner::Files) <= whole + 1, "{gone}{report}");
    assert_eq!(
        sandbox.read_file("/tmp/of-the-host's").unwrap().len(),
        1 << 20,
        "asking changes nothing"
    );
}

#[test]
fn what_was_printed_is_output() {
    let mut sandbox = sandbox();
    stdout(&mut sandbox, "pass");
    stdout(&mut sandbox, "for _ in range(100): print('x' * 10_000)");
    let report = sandbox.dirty_report().unwrap();
    let printed = 1_000_000 / page_bytes();
    let output = pages(&report, Owner::Output);
    assert!((printed..printed + 3).contains(&output), "{report}");
    let output = stdout(&mut sandbox, "print('still the same')");
    assert_eq!(output, "still the same\n");
}

#[test]
fn asking_changes_nothing() {
    let mut sandbox = sandbox();
    stdout(
        &mut sandbox,
        "x = iter(range(9)); next(x)\nopen('/work/a', 'w').write('a')",
    );
    let before = (
        sandbox.memory().to_vec(),
        format!("{:?}", sandbox.globals()),
    );
    let report = sandbox.dirty_report().unwrap();
    assert_eq!(sandbox.dirty_report().unwrap(), report);
    let after = (
        sandbox.memory().to_vec(),
        format!("{:?}", sandbox.globals()),
    );
    assert!(before == after);
    assert_eq!(report.since(&report).pages_total(), 0);
}

#[test]
fn of_a_poisoned_sandbox_there_is_a_report_too() {
    let mut sandbox = builder()
        .timeout(Duration::from_millis(300))
        .build()
        .unwrap();
    stdout(
        &mut sandbox,
        "open('/work/a', 'wb').write(b'x' * (1 << 20))",
    );
    let filler = "kept = bytearray(b'ab') * (4 << 20)\nwhile True: pass";
    assert!(matches!(
        sandbox.execute(filler),
        Err(Error::Timeout { .. })
    ));
    let report = sandbox.dirty_report().unwrap();
    assert!(!report.tells_files());
    assert_eq!(pages(&report, Owner::Files), 0);
    let both = (9 << 20) / page_bytes();
    assert!(pages(&report, Owner::NewHeap) >= both, "{report}");
    assert!(
        report
            .to_string()
            .contains("files are not told from the heap")
    );
}

#[test]
fn a_mounted_folder_is_not_looked_into_and_settings_do_not_matter() {
    let host = tempfile::tempdir().unwrap();
    std::fs::write(host.path().join("large"), vec![b'z'; 1 << 20]).unwrap();
    let builder = builder().mount(Mount::new(host.path(), "/data"));
    let mut sandbox = builder
        .file("/work/a", vec![b'x'; 1 << 20])
        .build()
        .unwrap();
    assert_eq!(
        sandbox.dirty_report().unwrap().pages_total(),
        0,
        "not placed yet"
    );
    stdout(&mut sandbox, "pass");
    let report = sandbox.dirty_report().unwrap();
    let whole = (1 << 20) / page_bytes();
    assert!(report.tells_files());
    assert!(
        (whole - 1..=whole + 1).contains(&pages(&report, Owner::Files)),
        "{report}"
    );
}

#[test]
fn what_a_tenant_s_snapshot_holds_is_golden() {
    let mut sandbox = sandbox();
    stdout(&mut sandbox, "table = list(range(100_000))");
    let tenant = sandbox.into_golden().unwrap();
    let mut sandbox = tenant.sandbox().unwrap();
    stdout(&mut sandbox, "pass");
    let report = changed_by(&mut sandbox, "table[:] = [0] * len(table)");
    let list = 400_000 / page_bytes();
    assert!(pages(&report, Owner::GoldenHeap) >= list - 2, "{report}");
    let new = changed_by(&mut sandbox, "more = [1] * 100_000");
    assert!(pages(&new, Owner::NewHeap) >= list, "{new}");
}
