use super::*;
use serde_json::json;

fn reply(functions: &HostFunctions, name: &str, arguments: &str) -> (bool, serde_json::Value) {
    let reply = match functions.call(name, arguments.as_bytes()) {
        Called::Finished(reply) => reply,
        Called::Started(future) => future.now_or_never().expect("it waits for nothing"),
    };
    (
        reply.is_exception,
        serde_json::from_slice(&reply.json).expect("replies are JSON"),
    )
}

#[derive(serde::Deserialize, JsonSchema)]
struct Point {
    /// Across.
    x: i64,
    #[serde(default)]
    y: i64,
}

fn functions() -> HostFunctions {
    HostFunctions::new()
        .function("named", |point: Point| {
            Ok::<_, HostError>((point.x, point.y))
        })
        .function("placed", |(a, b): (i64, String)| {
            Ok::<_, HostError>(format!("{a}{b}"))
        })
        .function("single", |text: String| Ok::<_, HostError>(text.len()))
        .function("nothing", |(): ()| Ok::<_, HostError>(()))
        .function("parse", |text: String| text.parse::<i64>())
        .function("panics", |(): ()| -> Result<(), HostError> {
            std::panic::panic_any(1)
        })
        .async_function(
            "later",
            |text: String| async move { Ok::<_, HostError>(text) },
        )
        .async_function("late_panic", |(): ()| async move {
            if true {
                std::panic::panic_any(2);
            }
            Ok::<_, HostError>(())
        })
}

#[test]
fn arguments_reach_the_closures_type_by_name_and_by_position() {
    let functions = functions();
    for (name, arguments, expected) in [
        ("named", r#"{"args":[1],"kwargs":{"y":2}}"#, json!([1, 2])),
        ("named", r#"{"args":[1,2],"kwargs":{}}"#, json!([1, 2])),
        ("named", r#"{"args":[],"kwargs":{"x":3}}"#, json!([3, 0])),
        ("placed", r#"{"args":[1,"b"],"kwargs":{}}"#, json!("1b")),
        ("single", r#"{"args":["four"],"kwargs":{}}"#, json!(4)),
        ("nothing", r#"{"args":[],"kwargs":{}}"#, json!(null)),
        ("later", r#"{"args":["x"],"kwargs":{}}"#, json!("x")),
    ] {
        assert_eq!(
            reply(&functions, name, arguments),
            (false, expected),
            "{name}"
        );
    }
}

#[test]
fn what_does_not_fit_is_a_type_error_that_names_the_function() {
    let functions = functions();
    for (name, arguments, expected) in [
        (
            "named",
            r#"{"args":[],"kwargs":{}}"#,
            "named() missing 1 required positional argument: 'x'",
        ),
        (
            "named",
            r#"{"args":[1,2,3],"kwargs":{}}"#,
            "named() takes from 1 to 2 positional arguments but 3 were given",
        ),
        (
            "named",
            r#"{"args":[1],"kwargs":{"x":1}}"#,
            "named() got multiple values for argument 'x'",
        ),
        (
            "named",
            r#"{"args":[1],"kwargs":{"z":1}}"#,
            "named() got an unexpected keyword argument 'z'",
        ),
        (
            "named",
            r#"{"args":["one"],"kwargs":{}}"#,
            "named() argument 'x' must be int, not str",
        ),
        (
            "nothing",
            r#"{"args":[1],"kwargs":{}}"#,
            "nothing() takes 0 positional arguments but 1 was given",
        ),
        (
            "placed",
            r#"{"args":[1,"b"],"kwargs":{"c":1}}"#,
            "placed() takes no keyword arguments",
        ),
        (
            "placed",
            r#"{"args":[1],"kwargs":{}}"#,
            "placed() missing 1 required positional argument",
        ),
        (
            "placed",
            r#"{"args":[1,[2]],"kwargs":{}}"#,
            "placed() argument 2 must be str, not list",
        ),
        (
            "single",
            r#"{"args":[],"kwargs":{}}"#,
            "single() missing 1 required positional argument",
        ),
        (
            "single",
            r#"{"args":[null],"kwargs":{}}"#,
            "single() argument 1 must be str, not None",
        ),
    ] {
        let (is_exception, error) = reply(&functions, name, arguments);
        assert!(is_exception);
        assert_eq!(error["type"], "TypeError", "{name}");
        assert_eq!(error["message"], expected);
    }
}

#[test]
fn functions_known_at_run_time_take_arguments_as_python_s_do() {
    let schema = json!({
        "description": "Looks up.",
        "properties": { "word": {}, "limit": {} },
        "required": ["word"],
    });
    let functions = HostFunctions::new()
        .function_with("lookup", schema.clone(), |arguments| {
            Ok::<_, HostError>((arguments.args, arguments.kwargs))
        })
        .async_function_with("later", schema, |arguments| async move {
            Ok::<_, HostError>((arguments.args, arguments.kwargs))
        })
        .async_fallback(|name, arguments| {
            let name = name.to_owned();
            async move { Ok::<_, HostError>((name, arguments.args)) }
        });
    for name in ["lookup", "later"] {
        for arguments in [
            r#"{"args":["a",3],"kwargs":{}}"#,
            r#"{"args":["a"],"kwargs":{"limit":3}}"#,
            r#"{"args":[],"kwargs":{"limit":3,"word":"a"}}"#,
        ] {
            let expected = json!([[], {"word": "a", "limit": 3}]);
            assert_eq!(reply(&functions, name, arguments), (false, expected));
        }
        let (_, error) = reply(&functions, name, r#"{"args":[],"kwargs":{"limit":3}}"#);
        let expected = format!("{name}() missing 1 required positional argument: 'word'");
        assert_eq!(error["message"], expected);
    }
    let arguments = r#"{"args":[1],"kwargs":{}}"#;
    assert_eq!(
        reply(&functions, "other", arguments),
        (false, json!(["other", [1]]))
    );
    assert_eq!(functions.to_description()[0]["description"], "Looks up.");
}

#[test]
fn errors_keep_their_type_and_panics_are_errors() {
    let functions = functions();
    let (_, error) = reply(&functions, "parse", r#"{"args":["x"],"kwargs":{}}"#);
    assert_eq!(error["type"], "ParseIntError");
    assert_eq!(error["message"], "invalid digit found in string");
    for name in ["panics", "late_panic"] {
        let (is_exception, error) = reply(&functions, name, r#"{"args":[],"kwargs":{}}"#);
        assert!(is_exception);
        assert_eq!(error["type"], "HostError");
        assert_eq!(
            error["message"],
            format!("the host function {name}() panicked")
        );
    }
    let (_, error) = reply(&functions, "absent", r#"{"args":[],"kwargs":{}}"#);
    assert_eq!(error["type"], "NameError");
}

#[test]
fn names_that_python_cannot_have_are_refused() {
    for name in ["", "a-b", "1a", "a..b", "class", "a.def"] {
        let functions = HostFunctions::new().function(name, |(): ()| Ok::<_, HostError>(()));
        assert!(functions.check().is_err(), "{name:?}");
    }
    let clash = functions().function("named.x", |(): ()| Ok::<_, HostError>(()));
    assert!(clash.check().is_err());
    assert!(functions().check().is_ok());
    assert!(functions().describe("absent", "x").check().is_err());
}

#[test]
fn the_schema_and_the_docstring_come_from_the_type() {
    let description = functions().describe("single", "Measures.").to_description();
    let of = |name: &str| {
        let mut functions = description.as_array().unwrap().iter();
        functions.find(|function| function["name"] == name).unwrap()
    };
    let named = of("named");
    assert_eq!(
        named["parameters"]["properties"]["x"]["description"],
        "Across."
    );
    assert_eq!(named["parameters"]["required"], json!(["x"]));
    assert_eq!(of("single")["description"], "Measures.");
}
