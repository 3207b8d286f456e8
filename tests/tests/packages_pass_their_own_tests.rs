//! Packages' own tests end as the committed list says: a fast part of them, on every change. All of them:
//! `cargo run --release -p hatchery-tests --bin packages`.

use hatchery_tests::outcomes::{Expected, List, run_all};
use hatchery_tests::packages::{Cache, LIMITS, NATIVELY, Suite, Tally, parse};
use hatchery_tests::runtime;

const LIST: &str = include_str!("../packages/expected.txt");
const TABLE: &str = include_str!("../packages/packages.txt");

/// A second or two each.
const PACKAGES: &[&str] = &[
    "blinker",
    "h11",
    "inflection",
    "iniconfig",
    "itsdangerous",
    "markupsafe",
    "tomlkit",
    "toolz",
];

#[test]
fn packages_pass_their_own_tests() {
    let (list, table) = (List::parse(LIST).unwrap(), parse(TABLE).unwrap());
    let cache = Cache::open().unwrap();
    let fetched = cache.tools().and_then(|tools| {
        let folders = PACKAGES.iter().map(|&name| cache.package(&table[name]));
        Ok((tools, folders.collect::<Result<Vec<_>, _>>()?))
    });
    let (tools, folders) = match fetched {
        Ok(fetched) => fetched,
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{error}");
            eprintln!("not run: the packages cannot be had: {error}");
            return;
        }
    };
    let suite = Suite::prepare(runtime(), &tools, LIMITS).unwrap();
    let names: Vec<String> = PACKAGES.iter().map(|&name| name.to_owned()).collect();
    let mut differing = Vec::new();
    run_all(
        &names,
        2,
        |name| {
            let at = PACKAGES.iter().position(|&other| other == name).unwrap();
            let left_out = list.left_out(name);
            suite.run(&table[name], &folders[at], &left_out).unwrap()
        },
        |name, outcome| {
            let differences = list.differences(name, &outcome);
            differing.extend(differences.iter().map(|line| format!("{name}: {line}")));
        },
    );
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn no_package_is_in_the_list_without_a_reason() {
    let (list, table) = (List::parse(LIST).unwrap(), parse(TABLE).unwrap());
    assert!(!LIST.contains(": ? ") && !LIST.contains("left out, ?"));
    for (name, expected) in &list.modules {
        assert!(table.contains_key(name), "{name} is not in packages.txt");
        let Expected::Runs(expected) = expected else {
            continue;
        };
        assert!(expected.passed > 0, "no test of {name} passes");
    }
    for name in table.keys() {
        assert!(
            list.modules.contains_key(name),
            "{name} is not in expected.txt"
        );
    }
    for key in list.reasons.keys().filter(|&key| key != NATIVELY) {
        assert!(
            LIST.contains(&format!(": {key}\n")),
            "no test differs for the reason {key}"
        );
    }
    assert_eq!(
        list.to_string(),
        LIST,
        "the list is not as --record writes it"
    );
}

#[test]
fn the_document_has_the_counts_of_the_list() {
    let tally = Tally::of(&List::parse(LIST).unwrap());
    let thousands = format!("{},{:03}", tally.tests / 1000, tally.tests % 1000);
    let counts = format!(
        "{} packages, {thousands} tests, {:.2} % of them as natively",
        tally.packages,
        tally.percent_as_natively()
    );
    let document = include_str!("../../docs/packages.md");
    assert!(
        document.contains(&counts),
        "docs/packages.md does not say: {counts}"
    );
}
