//! Values on their way out of a sandbox and into it: whole, or refused with the reason.

use crate::{Outcome, builder, sandbox, with_functions};
use hatchery::{Arguments, Error, FromJsonError, HostFunctions, ToJsonError};
use hatchery_tests::stdout;
use serde_json::Value;
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
