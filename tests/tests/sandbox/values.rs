//! Values on their way out of a sandbox and into it: whole, or refused with the reason.

use crate::{Outcome, builder, sandbox, with_functions};
use hatchery::{Arguments, Error, FromJsonError, HostFunctions, ToJsonError};
use hatchery_tests::stdout;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A few bytes of JSON become many of the host's, and the program chooses how many.
#[test]
fn a_value_takes_no_more_of_the_host_than_its_sandbox_may_have() {
    let mut sandbox = builder().max_memory_bytes(256 << 20).build().unwrap();
    let decoded = sandbox.eval::<Value>("[0] * 10_000_000").unwrap_err();
    assert!(
        matches!(&decoded, Error::ValueTooLarge { max, .. } if *max == 256 << 20),
        "{decoded}"
    );
    let mut small = builder().max_value_bytes(1000).build().unwrap();
    let json = small
        .eval::<Value>("print('said') or 'x' * 1000")
        .unwrap_err();
    assert!(
        matches!(&json, Error::ValueTooLarge { bytes: 1002, max: 1000, output } if output.stdout_text() == "said\n"),
        "{json}"
    );
    assert_eq!(small.eval::<String>("'x' * 900").unwrap().value.len(), 900);
    small.execute("def f(): return 'x' * 1000").unwrap();
    let returned = small.call::<Value>("f", ());
    assert!(matches!(returned, Err(Error::ValueTooLarge { .. })));
    let bytecode = small.compile(&"x = 1\n".repeat(1000));
    assert!(matches!(bytecode, Err(Error::ValueTooLarge { .. })));
    assert_eq!(stdout(&mut small, "print('alive')"), "alive\n");
}

#[test]
fn whole_numbers_past_64_bits_are_exact_or_an_error() {
    let mut sandbox = sandbox();
    let number = "2**64";
    assert_eq!(sandbox.eval::<i128>(number).unwrap().value, 1 << 64);
    for wrong in [
        sandbox.eval::<Value>(number).map(drop),
        sandbox.eval::<Vec<Value>>("[1, -2**63 - 1]").map(drop),
        sandbox
            .eval::<BTreeMap<String, Value>>("{'a': [2**70]}")
            .map(drop),
    ] {
        assert!(
            matches!(
                &wrong,
                Err(Error::Value {
                    source: FromJsonError::NumberTooLarge { .. },
                    ..
                })
            ),
            "{wrong:?}"
        );
    }
    sandbox.execute("def same(x): return x").unwrap();
    let large = 1_i128 << 100;
    let same = sandbox.call::<i128>("same", (large,)).unwrap();
    assert_eq!(same.value, large);

    let functions = HostFunctions::new()
        .function("exact", |(x,): (i128,)| Outcome::Ok(x))
        .fallback(|_, arguments: Arguments| Outcome::Ok(arguments.args));
    let mut sandbox = with_functions(functions);
    assert_eq!(
        stdout(
            &mut sandbox,
            "print(exact(2**64) == 2**64, exact(-2**100) == -2**100)"
        ),
        "True True\n"
    );
    let refused = "
import hatchery
try: hatchery.call('any', 2**64)
except OverflowError as error: print(error)
print(hatchery.call('any', 2**64 - 1, -2**63))";
    let said = stdout(&mut sandbox, refused);
    assert!(said.contains("18446744073709551616"), "{said}");
    assert!(
        said.ends_with("[18446744073709551615, -9223372036854775808]\n"),
        "{said}"
    );
}

#[test]
fn what_is_not_a_number_is_not_none() {
    let functions = HostFunctions::new()
        .function("bad", |(): ()| Outcome::Ok((f64::NAN, Some(1.0))))
        .async_function("later", |(): ()| async { Outcome::Ok(f64::INFINITY) })
        .function("none", |(): ()| Outcome::Ok(None::<f64>));
    let mut sandbox = with_functions(functions);
    let program = "
for call in (bad, later):
    try:
        result = call()
        print(await result if hasattr(result, '__await__') else result)
    except ValueError as error: print('ValueError', 'NaN' in str(error))
print(none())";
    assert_eq!(
        stdout(&mut sandbox, program),
        "ValueError True\nValueError True\nNone\n"
    );
    sandbox.execute("def f(*a, **k): return 1").unwrap();
    for refused in [
        sandbox.call::<i32>("f", (f64::NAN,)),
        sandbox.call::<i32>("f", BTreeMap::from([("x", vec![f32::INFINITY])])),
    ] {
        assert!(matches!(
            refused,
            Err(Error::Arguments(ToJsonError::NotFinite { .. }))
        ));
    }
    let keys = sandbox.call::<i32>("f", BTreeMap::from([((1, 2), 3)]));
    assert!(matches!(
        keys,
        Err(Error::Arguments(ToJsonError::Key { .. }))
    ));
}

#[test]
fn a_value_that_cannot_be_read_says_why() {
    let mut sandbox = sandbox();
    let why = |sandbox: &mut hatchery::Sandbox, expression: &str| {
        let wrong = sandbox.eval::<Value>(expression).unwrap_err();
        let message = wrong.to_string();
        assert!(
            message.starts_with("the value cannot be read as serde_json::value::Value"),
            "{message}"
        );
        std::error::Error::source(&wrong).unwrap().to_string()
    };
    let deep = "__import__('functools').reduce(lambda x, _: [x], range(200), 0)";
    assert!(why(&mut sandbox, deep).contains("nested deeper"));
    assert!(why(&mut sandbox, r"'\ud800'").contains("surrogate"));
    assert!(why(&mut sandbox, "10**400").contains("too large"));
}

/// A whole number of up to 200 digits, as its text.
fn whole() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<u64>().prop_map(|number| number.to_string()),
        any::<i128>().prop_map(|number| number.to_string()),
        ("-?", vec(0_u8..10, 1..200)).prop_map(|(sign, digits)| {
            let digits: String = digits
                .iter()
                .map(|digit| char::from(b'0' + digit))
                .collect();
            let digits = digits.trim_start_matches('0');
            if digits.is_empty() {
                "0".to_owned()
            } else {
                format!("{sign}{digits}")
            }
        }),
    ]
}

/// The JSON of a plain value.
fn plain() -> impl Strategy<Value = String> {
    let finite = any::<f64>().prop_filter("finite", |float| float.is_finite());
    let text = "\\PC{0,8}|[\\x00-\\x7f]{0,8}";
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        whole(),
        finite.prop_map(|float| serde_json::to_string(&float).unwrap()),
        text.prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            btree_map(text, inner, 0..6).prop_map(|entries| {
                let entry = |(key, value)| {
                    let key: String = key;
                    let value: String = value;
                    format!("{}:{value}", serde_json::to_string(&key).unwrap())
                };
                let entries: Vec<String> = entries.into_iter().map(entry).collect();
                format!("{{{}}}", entries.join(","))
            }),
        ]
    })
}

/// Every plain value arrives in Python as what `json` of Python's reads, and comes back as it was.
#[test]
fn plain_values_go_round_exactly() {
    let functions =
        HostFunctions::new().function_with("echo", json!({"type": "array"}), |_| Outcome::Ok(()));
    let mut sandbox = with_functions(functions);
    sandbox
        .execute("import json\ndef same(value, text):\n    assert repr(value) == repr(json.loads(text)), text\n    return value")
        .unwrap();
    let sandbox = std::cell::RefCell::new(sandbox);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&plain(), |text| {
            let sent = RawValue::from_string(text.clone()).unwrap();
            let mut sandbox = sandbox.borrow_mut();
            let back = sandbox.call::<Box<RawValue>>("same", (sent, text.as_str()));
            let back = back.map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
            // Python writes numbers and escapes in its own way: both are read as one thing.
            let again = sandbox.call::<Box<RawValue>>("same", (&back.value, back.value.get()));
            let again = again.unwrap().value;
            prop_assert_eq!(again.get(), back.value.get());
            if let (Ok(was), Ok(is)) = (
                serde_json::from_str::<Value>(&text),
                serde_json::from_str::<Value>(back.value.get()),
            ) {
                prop_assert_eq!(was, is);
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn floats_and_whole_numbers_are_the_same_on_both_sides() {
    let mut sandbox = sandbox();
    sandbox
        .execute("import struct\ndef bits(x): return struct.unpack('<Q', struct.pack('<d', x))[0]\ndef same(x): return x")
        .unwrap();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 30,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let sandbox = std::cell::RefCell::new(sandbox);
    let finite = any::<f64>().prop_filter("finite", |float| float.is_finite());
    runner
        .run(
            &(vec(finite, 50), vec(any::<i128>(), 20)),
            |(floats, wholes)| {
                let mut sandbox = sandbox.borrow_mut();
                let back: Vec<f64> = sandbox.call("same", (&floats,)).unwrap().value;
                for (was, is) in floats.iter().zip(back) {
                    prop_assert_eq!(was.to_bits(), is.to_bits());
                }
                let bits: u64 = sandbox.call("bits", (floats[0],)).unwrap().value;
                prop_assert_eq!(bits, floats[0].to_bits());
                let back: Vec<i128> = sandbox.call("same", (&wholes,)).unwrap().value;
                prop_assert_eq!(back, wholes);
                Ok(())
            },
        )
        .unwrap();
}
