//! What a live session holds when a snapshot is taken of it.

use hatchery_tests::stdout;

use crate::sandbox;

#[test]
fn objects_that_lie_deep_in_each_other_do_not_overflow_the_stack() {
    let mut session = sandbox();
    let output = session
        .execute(
            "
import gc
deep = None
gc.collect()
for _ in range(300_000):
    deep = (deep,)
    gc.collect(0)
assert not gc.is_tracked(deep), 'the collector would walk it'
import types
code = compile('1', 'x', 'eval')
for _ in range(2_000): code = code.replace(co_consts=(code,))
",
        )
        .unwrap();
    assert!(output.success(), "{output:?}");
    let golden = session.into_golden().expect("a snapshot of it");
    let program = "
depth, at = 0, deep
while at is not None: depth, at = depth + 1, at[0]
print(depth)
";
    let mut child = golden.sandbox().unwrap();
    assert_eq!(stdout(&mut child, program), "300000\n");
    assert_eq!(
        stdout(&mut child, "del deep, code; print('freed')"),
        "freed\n"
    );
}
