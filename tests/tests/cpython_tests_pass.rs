//! CPython's own tests end as the committed list says: a fast part of them, on every change. All of them:
//! `cargo run --release -p hatchery-tests --bin cpython-tests`.

use hatchery_tests::cpython::{LIMITS, Suite};
use hatchery_tests::outcomes::{List, run_all};
use hatchery_tests::runtime;

const LIST: &str = include_str!("../cpython/expected.txt");

/// Few seconds together; between them they use the compiler, the built-in types, files, the C modules and asyncio.
const MODULES: &[&str] = &[
    "test_asyncio.test_locks",
    "test_asyncio.test_taskgroups",
    "test_asyncio.test_tasks",
    "test_builtin",
    "test_class",
    "test_collections",
    "test_contextlib",
    "test_dataclasses",
    "test_dict",
    "test_exceptions",
    "test_functools",
    "test_generators",
    "test_grammar",
    "test_hashlib",
    "test_io",
    "test_json",
    "test_list",
    "test_math",
    "test_os",
    "test_pathlib",
    "test_re",
    "test_shelve",
    "test_sqlite3",
    "test_struct",
    "test_zlib",
];

#[test]
fn cpython_tests_pass() {
    let runtime = runtime();
    let Some(source) = hatchery_guest::source_dir().unwrap() else {
        let built_elsewhere = std::env::var_os("HATCHERY_GUEST").is_some();
        assert!(built_elsewhere, "CPython's source is not in the cache");
        eprintln!("not run: HATCHERY_GUEST names a guest that was built elsewhere");
        return;
    };
    let list = List::parse(LIST).unwrap();
    let suite = Suite::prepare(runtime, &source, LIMITS).unwrap();
    let modules: Vec<String> = MODULES.iter().map(|&name| name.to_owned()).collect();
    let mut differing = Vec::new();
    run_all(
        &modules,
        2,
        |module| suite.run(module, &list.left_out(module)).unwrap(),
        |module, outcome| {
            let differences = list.differences(module, &outcome);
            differing.extend(differences.iter().map(|line| format!("{module}: {line}")));
        },
    );
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn no_failure_is_in_the_list_without_a_reason() {
    let list = List::parse(LIST).unwrap();
    assert!(!LIST.contains(": ? ") && !LIST.contains("left out, ?"));
    for key in list.reasons.keys() {
        assert!(
            LIST.contains(&format!(": {key}\n")) || LIST.contains(&format!("left out, {key}\n")),
            "no test fails for the reason {key}"
        );
    }
    assert_eq!(
        list.to_string(),
        LIST,
        "the list is not as --update writes it"
    );
}
