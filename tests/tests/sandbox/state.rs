use crate::{Outcome, builder, sandbox};
use hatchery::{Error, HostFunctions};
use hatchery_tests::{runtime, stdout};
use std::collections::HashSet;
use std::time::Duration;

/// Things that no serialiser of Python objects carries over.
const LIVE: &str = "
import sqlite3, itertools
def counter():
    n = 0
    while True:
        n += 1
        yield n
class Node:
    def __init__(self, parent): self.parent = parent
numbers = counter(); next(numbers); next(numbers)
half = iter(range(10)); next(half)
node = Node(None); node.parent = node
hidden = (lambda secret: lambda: secret)('closed over')
file = open('/work/notes', 'w+'); file.write('first line\\nsecond line\\n'); file.seek(0); file.readline()
db = sqlite3.connect(':memory:'); db.execute('create table t(x)'); db.execute('insert into t values (7)')
rows = db.execute('select x from t union all select 8')
cycle = itertools.cycle('ab'); next(cycle)
";
const ASK: &str = "
print(next(numbers), next(half), node.parent is node, hidden(), file.readline().strip(),
      rows.fetchone(), next(cycle), open('/work/notes').read().count('line'))";
const ANSWER: &str = "3 1 True closed over second line (7,) b 2\n";

#[test]
fn forks_go_on_from_here_each_on_its_own() {
    let mut parent = sandbox();
    stdout(&mut parent, LIVE);
    let mut forks = parent.fork(3).unwrap();
    for fork in &mut forks {
        assert_eq!(stdout(fork, ASK), ANSWER);
    }
    assert_eq!(stdout(&mut parent, ASK), ANSWER, "the parent has not moved");
    stdout(
        &mut forks[0],
        "numbers = None; open('/work/notes', 'w').close()",
    );
    assert_eq!(
        stdout(
            &mut forks[1],
            "print(next(numbers), len(open('/work/notes').read()))"
        ),
        "4 23\n"
    );
    drop(parent);
    forks[0].reset().unwrap();
    assert_eq!(
        forks[0].execute("numbers").unwrap().exit_code,
        1,
        "a reset goes to the golden state"
    );
    let mut grandchildren = forks[2].fork(2).unwrap();
    assert_eq!(stdout(&mut grandchildren[1], "print(next(numbers))"), "4\n");
    assert!(forks[2].fork(0).unwrap().is_empty());
}

#[test]
fn forks_draw_numbers_of_their_own_and_seeded_ones_the_same() {
    let draw = "import random\nprint(random.random(), random.gauss(0, 1))";
    let mut parent = sandbox();
    stdout(
        &mut parent,
        "import random\nrandom.random(), random.gauss(0, 1)",
    );
    let mut drawn = HashSet::new();
    for fork in &mut parent.fork(20).unwrap() {
        assert!(drawn.insert(stdout(fork, draw)));
    }
    assert!(drawn.insert(stdout(&mut parent, draw)));
    // A fork that has not run stays one when it sleeps, and is none any more when it becomes something else.
    let mut forks = parent.fork(2).unwrap();
    let asleep = forks[0].hibernate().unwrap();
    let after_fork = forks[0].checkpoint().unwrap();
    assert!(drawn.insert(stdout(&mut runtime().resume(&asleep).unwrap(), draw)));
    let checkpoint = parent.checkpoint().unwrap();
    let expected = stdout(&mut parent, draw);
    forks[1].rollback(&checkpoint).unwrap();
    assert_eq!(
        stdout(&mut forks[1], draw),
        expected,
        "what followed follows again"
    );
    forks[1].rollback(&after_fork).unwrap();
    assert!(drawn.insert(stdout(&mut forks[1], draw)));
    let mut seeded = builder().seed(5).build().unwrap();
    stdout(&mut seeded, draw);
    let mut forks = seeded.fork(2).unwrap();
    let expected = stdout(
        &mut seeded,
        "import random, uuid\nprint(random.random(), uuid.uuid4())",
    );
    for fork in &mut forks {
        assert_eq!(
            stdout(
                fork,
                "import random, uuid\nprint(random.random(), uuid.uuid4())"
            ),
            expected
        );
    }
}

#[test]
fn checkpoints_form_a_tree_and_rollbacks_find_everything_where_it_was() {
    let mut sandbox = sandbox();
    stdout(&mut sandbox, LIVE);
    let trunk = sandbox.checkpoint().unwrap();
    assert_eq!(stdout(&mut sandbox, ASK), ANSWER);
    let left = sandbox.checkpoint().unwrap();
    sandbox.rollback(&trunk).unwrap();
    assert_eq!(stdout(&mut sandbox, ASK), ANSWER);
    stdout(&mut sandbox, "x = bytearray(b'x') * (8 << 20)");
    let right = sandbox.checkpoint().unwrap();
    assert!(right.len_bytes() > trunk.len_bytes() + (8 << 20));
    for _ in 0..3 {
        sandbox.rollback(&left).unwrap();
        assert_eq!(
            stdout(&mut sandbox, "print(next(numbers), 'x' in globals())"),
            "4 False\n"
        );
        sandbox.rollback(&right).unwrap();
        assert_eq!(
            stdout(&mut sandbox, "print(next(numbers), len(x))"),
            "4 8388608\n"
        );
        sandbox.rollback(&trunk).unwrap();
        assert_eq!(stdout(&mut sandbox, ASK), ANSWER);
    }
    // Another sandbox can become it too.
    let mut other = crate::sandbox();
    stdout(&mut other, "y = 1");
    other.rollback(&left).unwrap();
    assert_eq!(
        stdout(&mut other, "print(next(numbers), 'y' in globals())"),
        "4 False\n"
    );
}

#[test]
fn a_rollback_is_byte_for_byte() {
    let mut sandbox = sandbox();
    stdout(&mut sandbox, LIVE);
    let (memory, globals) = (
        blake3::hash(sandbox.memory()),
        format!("{:?}", sandbox.globals()),
    );
    let checkpoint = sandbox.checkpoint().unwrap();
    assert_eq!(
        blake3::hash(sandbox.memory()),
        memory,
        "a checkpoint changes nothing"
    );
    stdout(
        &mut sandbox,
        "import random\nz = [random.random() for _ in range(100000)]",
    );
    sandbox.rollback(&checkpoint).unwrap();
    assert_eq!(blake3::hash(sandbox.memory()), memory);
    assert_eq!(format!("{:?}", sandbox.globals()), globals);
    let mut fork = sandbox.fork(1).unwrap().remove(0);
    assert_eq!(blake3::hash(fork.memory()), memory);
    assert_eq!(format!("{:?}", fork.globals()), globals);
}

#[test]
fn a_rollback_revives_and_a_poisoned_state_is_not_taken() {
    let mut sandbox = builder()
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    stdout(&mut sandbox, "kept = [1, 2]");
    let checkpoint = sandbox.checkpoint().unwrap();
    assert!(matches!(
        sandbox.execute("while True: kept.append(0)"),
        Err(Error::Timeout { .. })
    ));
    assert!(sandbox.checkpoint().is_err());
    assert!(sandbox.fork(1).is_err());
    sandbox.rollback(&checkpoint).unwrap();
    assert_eq!(stdout(&mut sandbox, "print(kept)"), "[1, 2]\n");
}

#[test]
fn forks_keep_host_functions_settings_and_limits() {
    let functions = HostFunctions::new().function("add", |(a, b): (i64, i64)| Outcome::Ok(a + b));
    let mut parent = builder()
        .functions(functions)
        .env("K", "v")
        .max_output_bytes(100)
        .module("m", "n = 1")
        .build()
        .unwrap();
    let mut fresh = parent.fork(1).unwrap().remove(0);
    let show = "import os, m\nprint(add(1, 2), os.environ['K'], m.n)";
    assert_eq!(
        stdout(&mut fresh, show),
        "3 v 1\n",
        "forked before it ever ran"
    );
    stdout(&mut parent, "m = __import__('m'); m.n = 9");
    let mut fork = parent.fork(1).unwrap().remove(0);
    assert_eq!(stdout(&mut fork, show), "3 v 9\n");
    assert!(fork.execute("print('x' * 1000)").unwrap().is_truncated());
    let small = builder().env("K", "small").max_memory_bytes(64 << 20);
    let small = small.build();
    stdout(&mut parent, "big = bytearray(64 << 20)");
    let checkpoint = parent.checkpoint().unwrap();
    let mut small = small.unwrap();
    let show = "import os\nprint(os.environ['K'])";
    assert_eq!(stdout(&mut small, show), "small\n");
    assert!(
        small.rollback(&checkpoint).is_err(),
        "it has no room for it"
    );
    assert_eq!(stdout(&mut small, show), "small\n", "golden, and set up");
}

#[test]
fn a_run_can_say_how_many_pages_it_has_changed() {
    let mut sandbox = builder().count_pages(true).build().unwrap();
    let first = sandbox.execute("x = 1").unwrap().pages_dirtied.unwrap();
    let second = sandbox
        .execute("y = bytes(1 << 20).replace(b'\\0', b'y')")
        .unwrap()
        .pages_dirtied
        .unwrap();
    assert!(first > 0 && second >= first + 256, "{first} {second}");
    sandbox.reset().unwrap();
    assert!(sandbox.changed_pages().unwrap().is_empty());
    assert_eq!(crate::sandbox().execute("").unwrap().pages_dirtied, None);
}

#[test]
fn a_live_sandbox_becomes_the_snapshot_of_many() {
    let mut first = builder().env("KEPT", "yes").build().unwrap();
    first
        .install_module(
            "prices",
            "table = {'pear': 3}\ndef price(name): return table[name]",
        )
        .unwrap();
    stdout(
        &mut first,
        "import prices, random, os
names = [f'name{i}' for i in range(50_000)]
gen = (n * n for n in range(10)); next(gen); next(gen)
open('/work/notes', 'w').write('kept')
random.random()",
    );
    let golden = runtime().golden().id();
    let tenant = first.into_golden().unwrap();
    assert_ne!(tenant.golden().id(), golden);

    let show = "print(prices.price('pear'), len(names), next(gen), open('/work/notes').read(), os.environ['KEPT'])";
    let mut drawn = HashSet::new();
    let mut sandboxes: Vec<_> = (0..3).map(|_| tenant.sandbox().unwrap()).collect();
    for sandbox in &mut sandboxes {
        assert_eq!(stdout(sandbox, show), "3 50000 4 kept yes\n");
        assert!(drawn.insert(stdout(sandbox, "print(random.random())")));
        stdout(sandbox, "names.clear(); prices.table.clear()");
        sandbox.reset().unwrap();
        assert_eq!(
            stdout(sandbox, show),
            "3 50000 4 kept yes\n",
            "its own golden state"
        );
    }
    let pages = sandboxes[0].changed_pages().unwrap().len_pages();
    assert!(pages < 500, "{pages}: the libraries are shared");
    assert_eq!(tenant.sandbox().unwrap().fork(1).unwrap().len(), 1);

    // Settings of a later builder come on top, and a snapshot of a snapshot works too.
    let functions = HostFunctions::new().function("add", |(a, b): (i64, i64)| Outcome::Ok(a + b));
    let mut later = tenant
        .sandbox_builder()
        .functions(functions)
        .env("MORE", "too")
        .build()
        .unwrap();
    assert_eq!(
        stdout(
            &mut later,
            "print(add(1, 2), os.environ['KEPT'], os.environ['MORE'])"
        ),
        "3 yes too\n"
    );
    let again = later.into_golden().unwrap();
    assert_eq!(
        stdout(
            &mut again.sandbox().unwrap(),
            "print(len(names), os.environ['MORE'])"
        ),
        "50000 too\n"
    );

    // Sessions belong to the snapshot that they began with.
    let asleep = sandboxes[1].hibernate().unwrap();
    assert!(matches!(runtime().resume(&asleep), Err(Error::Resume(_))));
    assert_eq!(
        stdout(&mut tenant.resume(&asleep).unwrap(), show),
        "3 50000 9 kept yes\n"
    );
    let checkpoint = sandboxes[1].checkpoint().unwrap();
    assert!(crate::sandbox().rollback(&checkpoint).is_err());
}
