//! What Python has and JSON has not, on its way to the host: by the rules of the guide, or refused with its place.

use crate::{Outcome, sandbox, with_functions};
use hatchery::{Arguments, Error, Exception, HostFunctions, Sandbox};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const TYPES: &str = r#"
import array, collections, dataclasses, datetime, decimal, enum, fractions, ipaddress, pathlib, types, typing, uuid

@dataclasses.dataclass
class Task:
    name: str
    due: object = None
    kind: typing.ClassVar[str] = "task"

@dataclasses.dataclass(slots=True, frozen=True)
class Point:
    x: int
    y: int = dataclasses.field(default=2, repr=False)

class Colour(enum.Enum):
    RED = "red"
    SINCE = datetime.date(2024, 1, 2)

class Level(enum.IntEnum):
    HIGH = 3

class Mode(enum.StrEnum):
    FAST = enum.auto()

class Right(enum.Flag):
    READ = 1
    WRITE = 2

class Size(typing.NamedTuple):
    width: int
    height: int

# As attrs makes them.
class Attribute:
    def __init__(self, name): self.name = name
class Ours:
    __attrs_attrs__ = (Attribute("a"), Attribute("b"))
    def __init__(self, a, b): self.a, self.b, self.c = a, b, 0

class Text(str): pass
class Whole(int): pass
class Dict(dict): pass
"#;

/// An expression and what the host gets of it.
fn rules() -> Vec<(&'static str, Value)> {
    vec![
        ("datetime.date(2024, 1, 2)", json!("2024-01-02")),
        (
            "datetime.datetime(2024, 1, 2, 3, 4, 5, 6)",
            json!("2024-01-02T03:04:05.000006"),
        ),
        (
            "datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone.utc)",
            json!("2024-01-02T00:00:00+00:00"),
        ),
        ("datetime.time(3, 4)", json!("03:04:00")),
        (
            "datetime.timedelta(days=1, milliseconds=500)",
            json!(86400.5),
        ),
        ("decimal.Decimal('1.10')", json!("1.10")),
        ("fractions.Fraction(1, 3)", json!("1/3")),
        (
            "uuid.UUID(int=1)",
            json!("00000000-0000-0000-0000-000000000001"),
        ),
        ("pathlib.Path('a/b.txt')", json!("a/b.txt")),
        (r"pathlib.PureWindowsPath('a\\b')", json!(r"a\b")),
        ("ipaddress.ip_address('::1')", json!("::1")),
        ("ipaddress.ip_network('10.0.0.0/8')", json!("10.0.0.0/8")),
        (r"b'\xff\x00'", json!("/wA=")),
        ("bytearray(b'a')", json!("YQ==")),
        ("memoryview(b'abcd')[::2]", json!("YWM=")),
        ("{1}", json!([1])),
        (
            "frozenset([datetime.date(2024, 1, 2)])",
            json!(["2024-01-02"]),
        ),
        ("(1, (2,))", json!([1, [2]])),
        ("Size(3, 4)", json!([3, 4])),
        ("range(3)", json!([0, 1, 2])),
        ("collections.deque([1, {2}])", json!([1, [2]])),
        ("array.array('i', [1, 2])", json!([1, 2])),
        ("{'a': 1}.keys()", json!(["a"])),
        ("{'a': 1}.values()", json!([1])),
        ("{'a': 1}.items()", json!([["a", 1]])),
        ("collections.Counter('aab')", json!({"a": 2, "b": 1})),
        ("collections.OrderedDict(a=1)", json!({"a": 1})),
        (
            "collections.ChainMap({'a': 1}, {'b': {2}})",
            json!({"a": 1, "b": [2]}),
        ),
        ("types.MappingProxyType({'a': 1})", json!({"a": 1})),
        (
            "types.SimpleNamespace(a=1, b={2})",
            json!({"a": 1, "b": [2]}),
        ),
        (
            "Task('write', datetime.date(2024, 1, 2))",
            json!({"name": "write", "due": "2024-01-02"}),
        ),
        ("[Point(1)]", json!([{"x": 1, "y": 2}])),
        ("Ours(1, {2})", json!({"a": 1, "b": [2]})),
        ("Colour.RED", json!("red")),
        ("Colour.SINCE", json!("2024-01-02")),
        ("Level.HIGH", json!(3)),
        ("Mode.FAST", json!("fast")),
        ("Right.READ | Right.WRITE", json!(3)),
        (
            "[Text('a'), Whole(1), Dict(a={1})]",
            json!(["a", 1, {"a": [1]}]),
        ),
        (
            "{1: 'int', 1.5: 'float', False: 'bool', None: 'none', Level.HIGH: 'enum'}",
            json!({"1": "int", "1.5": "float", "false": "bool", "null": "none", "3": "enum"}),
        ),
        (
            "{datetime.date(2024, 1, 2): [{1}], Colour.RED: b'a', decimal.Decimal('1.0'): 1, uuid.UUID(int=1): 2}",
            json!({"2024-01-02": [[1]], "red": "YQ==", "1.0": 1, "00000000-0000-0000-0000-000000000001": 2}),
        ),
        (
            "{pathlib.Path('a'): 1, b'a': 2, datetime.timedelta(1): 3, Mode.FAST: 4}",
            json!({"a": 1, "YQ==": 2, "86400.0": 3, "fast": 4}),
        ),
        // Of two keys with the same text the host gets the last.
        ("{1: 'a', '1': 'b'}", json!({"1": "b"})),
        (
            "{datetime.date(2024, 1, 2): 'a', '2024-01-02': 'b'}",
            json!({"2024-01-02": "b"}),
        ),
    ]
}

fn echoing() -> HostFunctions {
    HostFunctions::new()
        .function("echo", |(value,): (Value,)| Outcome::Ok(value))
        .async_function("later", |(value,): (Value,)| async { Outcome::Ok(value) })
        .fallback(|_, arguments: Arguments| Outcome::Ok(arguments.kwargs))
}

#[test]
fn each_kind_of_value_crosses_by_its_rule_on_every_way_out() {
    let mut sandbox = with_functions(echoing());
    sandbox.execute(TYPES).unwrap();
    sandbox
        .execute("import hatchery\ndef give(text): return eval(text)")
        .unwrap();
    for (expression, expected) in rules() {
        let value = sandbox
            .eval::<Value>(expression)
            .map(|returned| returned.value);
        assert_eq!(value.unwrap(), expected, "{expression}");
        let returned = sandbox.call::<Value>("give", (expression,)).unwrap();
        assert_eq!(returned.value, expected, "{expression}");
        for call in ["echo(value)", "await later(value)"] {
            let call = call.replace("value", expression);
            let echoed = sandbox.eval::<Value>(&call).unwrap().value;
            assert_eq!(echoed, expected, "{call}");
        }
        let named = format!("hatchery.call('any', value={expression})");
        let echoed = sandbox.eval::<Value>(&named).unwrap().value;
        assert_eq!(echoed, json!({"value": expected}), "{named}");
    }
}

#[test]
fn what_crosses_as_text_is_read_by_types_of_rust_that_read_text() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Task {
        name: String,
        due: Option<std::path::PathBuf>,
        tags: std::collections::BTreeSet<String>,
        host: std::net::IpAddr,
    }
    let mut sandbox = sandbox();
    sandbox
        .execute(
            "import dataclasses, ipaddress, pathlib
@dataclasses.dataclass
class Task:
    name: str
    due: object
    tags: set
    host: object",
        )
        .unwrap();
    let task = "Task('a', pathlib.Path('/b'), {'x', 'y'}, ipaddress.ip_address('10.0.0.1'))";
    let task: Task = sandbox.eval(task).unwrap().value;
    let expected = Task {
        name: "a".to_owned(),
        due: Some("/b".into()),
        tags: ["x".to_owned(), "y".to_owned()].into(),
        host: [10, 0, 0, 1].into(),
    };
    assert_eq!(task, expected);
}

#[test]
fn what_the_host_sends_arrives_as_its_serde_says() {
    #[derive(Serialize)]
    enum Event {
        Start,
        Move { by: i8 },
        Say(String),
    }
    let mut sandbox = sandbox();
    sandbox.execute("def shown(x): return repr(x)").unwrap();
    let mut shown = |value: &dyn erased::Sent| value.send(&mut sandbox);
    for (value, expected) in [
        (&vec![1_u8, 2] as &dyn erased::Sent, "[1, 2]"),
        (&u128::MAX, "340282366920938463463374607431768211455"),
        (&i128::MIN, "-170141183460469231731687303715884105728"),
        (&(0.1 + 0.2), "0.30000000000000004"),
        (&5e-324, "5e-324"),
        (&f64::MAX, "1.7976931348623157e+308"),
        (&1.0, "1.0"),
        (&'x', "'x'"),
        (&None::<i32>, "None"),
        (
            &BTreeMap::from([(1, 'a'), (2, 'b')]),
            "{'1': 'a', '2': 'b'}",
        ),
        (&BTreeMap::from([(true, 1)]), "{'true': 1}"),
        (
            &std::time::Duration::from_millis(1500),
            "{'secs': 1, 'nanos': 500000000}",
        ),
        (&Event::Start, "'Start'"),
        (&Event::Move { by: -1 }, "{'Move': {'by': -1}}"),
        (
            &Event::Say("é\0\u{1F600}".to_owned()),
            "{'Say': 'é\\x00😀'}",
        ),
    ] {
        assert_eq!(shown(value), expected);
    }
}

/// Values of different types in one list.
mod erased {
    use hatchery::Sandbox;

    pub(super) trait Sent {
        fn send(&self, sandbox: &mut Sandbox) -> String;
    }

    impl<T: serde::Serialize> Sent for T {
        fn send(&self, sandbox: &mut Sandbox) -> String {
            sandbox.call::<String>("shown", (self,)).unwrap().value
        }
    }
}

fn refused(sandbox: &mut Sandbox, expression: &str) -> Exception {
    match sandbox.eval::<Value>(expression) {
        Err(Error::Python { exception, .. }) => *exception,
        other => panic!("{expression}: {other:?}"),
    }
}

#[test]
fn what_does_not_cross_is_named_with_its_place() {
    let mut sandbox = with_functions(echoing());
    sandbox.execute(TYPES).unwrap();
    sandbox
        .execute(
            "
class Thing: pass
task = Task('t'); task.due = [1, {'x': Thing()}]
ring = [1]; ring.append({'a': ring})
knot = Task('k'); knot.due = {'tasks': (knot,)}
unset = Task('u'); del unset.name
def letters(): yield 1
",
        )
        .unwrap();
    for (expression, kind, expected) in [
        (
            "Thing()",
            "TypeError",
            "the value is of type 'Thing', which cannot cross to the host",
        ),
        (
            "task",
            "TypeError",
            "the value at due[1].x is of type 'Thing'",
        ),
        (
            "{'due date': {\"it's\": [1j]}}",
            "TypeError",
            "the value at ['due date'][\"it's\"][0] is of type 'complex'",
        ),
        (
            "[0, letters()]",
            "TypeError",
            "the value at [1] is of type 'generator'",
        ),
        ("letters", "TypeError", "the value is of type 'function'"),
        ("Thing", "TypeError", "the value is of type 'type'"),
        ("Task", "TypeError", "the value is of type 'type'"),
        (
            "ValueError('x')",
            "TypeError",
            "the value is of type 'ValueError'",
        ),
        (
            "{Colour.SINCE: {3: datetime}}",
            "TypeError",
            "the value at ['2024-01-02']['3'] is of type 'module'",
        ),
        (
            "{'a': {(1, 2): 3}}",
            "TypeError",
            "the value at a has the key (1, 2) of type 'tuple'",
        ),
        (
            "[{Point(1): 3}]",
            "TypeError",
            "the value at [0] has the key Point(x=1) of type 'Point'",
        ),
        (
            "[{float('nan'): 3}]",
            "TypeError",
            "the value at [0] has the key nan of type 'float'",
        ),
        (
            "[1.0, {'a': float('nan')}]",
            "ValueError",
            "the value at [1].a is nan",
        ),
        ("-float('inf')", "ValueError", "the value is -inf"),
        (
            "[datetime.timedelta(1), float('inf')]",
            "ValueError",
            "the value at [1] is inf",
        ),
        (
            "ring",
            "ValueError",
            "the value at [1].a is of type 'list' and contains itself",
        ),
        (
            "knot",
            "ValueError",
            "the value at due.tasks[0] is of type 'Task' and contains itself",
        ),
        (
            "unset",
            "TypeError",
            "the value is of type 'Task', which cannot cross to the host: reading it raised AttributeError",
        ),
        (
            "{'n': [10**5000]}",
            "ValueError",
            "the value at n[0] cannot cross to the host: Exceeds the limit (4300 digits)",
        ),
        (
            "echo(Thing())",
            "TypeError",
            "echo() argument 1 is of type 'Thing'",
        ),
        (
            "echo(value=task)",
            "TypeError",
            "echo() argument 'value': due[1].x is of type 'Thing'",
        ),
        (
            "await later(task)",
            "TypeError",
            "later() argument 1: due[1].x is of type 'Thing'",
        ),
        (
            "hatchery.call('some.name', 1, [float('nan')])",
            "ValueError",
            "some.name() argument 2: [0] is nan",
        ),
    ] {
        let expression = expression.replace("hatchery.", "__import__('hatchery').");
        let exception = refused(&mut sandbox, &expression);
        let message = &exception.message;
        assert!(message.starts_with(expected), "{expression}: {message}");
        assert_eq!(exception.type_name, kind, "{expression}");
        let hint = exception.hint.unwrap_or_default();
        assert!(
            message.contains("digits") || !hint.is_empty(),
            "{expression}: no hint"
        );
    }
    assert_eq!(sandbox.eval::<i32>("echo(1)").unwrap().value, 1);
}

#[test]
fn what_the_host_cannot_read_or_send_is_named_with_its_place() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Task {
        due: Vec<BTreeMap<String, u8>>,
    }
    let functions = echoing()
        .function("bad", |(): ()| {
            Outcome::Ok(BTreeMap::from([("rates", [Some(1.0), Some(f64::NAN)])]))
        })
        .function("keys", |(): ()| {
            Outcome::Ok([BTreeMap::from([((1, 2), 3)])])
        });
    let mut sandbox = with_functions(functions);
    for (expression, expected) in [
        ("{'due': [{}, {'x': 300}]}", "due[1].x"),
        ("{'due': [{}, {'the x': 2**70}]}", "due[1]['the x']"),
        ("{'due': 1}", "due"),
        ("[]", ""),
    ] {
        let Err(Error::Value { place, .. }) = sandbox.eval::<Task>(expression) else {
            panic!("{expression} is no task");
        };
        assert_eq!(place, expected, "{expression}");
    }
    let wrong = sandbox.eval::<(i32, bool)>("(1, 2)").unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "the value cannot be read as (i32, bool), because of what is at [1]"
    );
    for (expression, expected) in [
        (
            "echo(10**30)",
            "echo() argument 1 is 1000000000000000000000000000000, which does not fit 64 bits",
        ),
        ("echo([{'n': 10**30}])", "echo() argument 1: [0].n is 1000"),
        (
            "__import__('hatchery').call('any', 0, x=[2**64])",
            "any() argument 'x': [0] is 18446744073709551616",
        ),
        (
            "__import__('hatchery').call('any', 0, [2**64])",
            "any() argument 2: [0] is 18446744073709551616",
        ),
        (
            "bad()",
            "bad() returned what has no JSON: the value at rates[1] is NaN or infinite",
        ),
        (
            "keys()",
            "keys() returned what has no JSON: the map at [0] has a key",
        ),
    ] {
        let message = refused(&mut sandbox, expression).message;
        assert!(message.starts_with(expected), "{expression}: {message}");
    }
    let arguments = sandbox.call::<i32>("echo", ([1.0, f64::NAN],)).unwrap_err();
    let why = std::error::Error::source(&arguments).unwrap().to_string();
    assert!(why.starts_with("the value at [0][1] is NaN"), "{why}");
}

#[test]
fn values_that_fight_back_are_errors_and_the_sandbox_lives_on() {
    let mut sandbox = with_functions(echoing());
    sandbox.execute(TYPES).unwrap();
    sandbox
        .execute(
            r#"
class Day(datetime.date):
    def isoformat(self): raise KeyError("day")
class Days(datetime.date):
    def isoformat(self): return Days(1, 1, 1)
class Road(pathlib.PurePosixPath):
    def __str__(self): return self.__str__()
class Bag(set):
    def __iter__(self): raise OSError("bag")
class Box(dict):
    def items(self): return [1, 2]
class Row(list):
    def __iter__(self): raise OSError("not asked")
class Name(str):
    def __str__(self): raise OSError("not asked")
    def __eq__(self, other): raise OSError("not asked")
    __hash__ = str.__hash__
class Number(int):
    def __repr__(self): return "nonsense]"
class Part(float):
    def __repr__(self): return "nonsense]"
class Liar:
    __class__ = str
class Meta(type):
    @property
    def __module__(cls): raise OSError("meta")
class Strange(metaclass=Meta): pass
class Endless(enum.Enum):
    ONE = 1
    @property
    def value(self): return [self]
class Loud:
    def __repr__(self): raise OSError("loud")
    __hash__ = object.__hash__
class Quits(datetime.date):
    def isoformat(self): raise SystemExit(7)
def deep(depth, inner=0):
    for _ in range(depth): inner = [inner]
    return inner
"#,
        )
        .unwrap();
    for (expression, expected) in [
        (
            "[Day(1, 1, 1)]",
            "the value at [0] is of type 'Day', which cannot cross to the host: reading it raised KeyError",
        ),
        ("Days(1, 1, 1)", "the value is nested too deep"),
        ("{'r': Road('a')}", "the value at r is nested too deep"),
        (
            "Bag([1])",
            "the value is of type 'Bag', which cannot cross to the host: reading it raised OSError: bag",
        ),
        (
            "Box(a=1)",
            "the value is of type 'Box', which cannot cross to the host: reading it raised TypeError",
        ),
        ("[Liar()]", "the value at [0] is of type 'Liar'"),
        ("Strange()", "the value is of type without a name"),
        (
            "Endless.ONE",
            "the value at [0] is of type 'Endless' and contains itself",
        ),
        ("{Endless.ONE: 1}", "the value has the key <Endless.ONE: 1>"),
        (
            "{Loud(): 1}",
            "the value has the key <OSError while reading it> of type 'Loud'",
        ),
        ("deep(100_000)", "the value at [0][0]"),
        ("deep(100_000, 1j)", "the value at [0][0]"),
        ("{'k' * 1_000_000: 1j}", "the value at kkkkkkkk"),
    ] {
        let message = refused(&mut sandbox, expression).message;
        assert!(message.starts_with(expected), "{expression}: {message}");
        assert!(message.len() < 1000, "{expression}");
        let message = refused(&mut sandbox, &format!("echo({expression})")).message;
        assert!(
            message.starts_with("echo() argument 1"),
            "{expression}: {message}"
        );
    }
    // What the encoder does not ask cannot mislead it.
    let plain = "[Row([1]), Name('a'), {Name('b'): Number(5)}, Part(0.5), {Number(6): 1, decimal.Decimal(7): 1}]";
    assert_eq!(
        sandbox.eval::<Value>(plain).unwrap().value,
        json!([[1], "a", {"b": 5}, 0.5, {"6": 1, "7": 1}])
    );
    let exited = sandbox.eval::<Value>("[Quits(1, 1, 1)]");
    assert!(
        matches!(exited, Err(Error::Exited { code: 7, .. })),
        "{exited:?}"
    );
    // As deep as the host reads, and not deeper; a text of JSON is not read.
    assert!(sandbox.eval::<Value>("deep(127)").is_ok());
    assert!(matches!(
        sandbox.eval::<Value>("deep(128)"),
        Err(Error::Value { .. })
    ));
    let raw = sandbox
        .eval::<Box<RawValue>>("deep(2000, {1})")
        .unwrap()
        .value;
    assert_eq!(raw.get().len(), 4003);
    let many = sandbox
        .eval::<Vec<i64>>("set(range(300_000))")
        .unwrap()
        .value;
    assert_eq!(many.len(), 300_000);
}

#[test]
fn a_program_that_changes_json_does_not_change_what_crosses() {
    let mut sandbox = with_functions(echoing());
    sandbox
        .execute(
            "import json
json.JSONEncoder.default = lambda self, value: 'hooked'
json.dumps = json.loads = None",
        )
        .unwrap();
    assert_eq!(sandbox.eval::<Value>("{1}").unwrap().value, json!([1]));
    assert_eq!(
        sandbox.eval::<Value>("echo({1})").unwrap().value,
        json!([1])
    );
    let message = refused(&mut sandbox, "[1j]").message;
    assert!(message.starts_with("the value at [0]"), "{message}");
}
