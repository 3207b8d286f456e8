//! A write in one sandbox is never seen in another, nor in the golden image.

use hatchery_tests::{repetitions, runtime, stdout};

#[test]
fn instantiation_copies_no_data_segment() {
    let sandbox = runtime().sandbox().unwrap();
    let dirty = sandbox.private_dirty_pages().unwrap();
    assert!(
        dirty < 16,
        "{dirty} private dirty pages before the first call"
    );
}

#[test]
fn two_alive_do_not_see_each_other() {
    let (mut a, mut b) = (runtime().sandbox().unwrap(), runtime().sandbox().unwrap());
    stdout(
        &mut a,
        "import json; secret = json.secret = 'of a'; open('/work/f', 'w').write('a')",
    );
    let seen = "import json, os; print('secret' in globals(), hasattr(json, 'secret'), os.listdir('/work'))";
    assert_eq!(stdout(&mut b, seen), "False False []\n");
    assert_eq!(stdout(&mut a, seen), "True True ['f']\n");
    let mut c = runtime().sandbox().unwrap();
    assert_eq!(stdout(&mut c, seen), "False False []\n");
}

#[test]
fn the_image_is_unchanged_after_a_thousand_runs() {
    let image = runtime().golden().image().clone();
    let before = blake3::hash(image.as_bytes());
    let mut sandbox = runtime().sandbox().unwrap();
    for run in 0..repetitions("HATCHERY_TEST_RUNS", 1000) {
        let printed = stdout(
            &mut sandbox,
            "import json; print(json.dumps({'a': [1, 2]})); x = bytearray(100_000)",
        );
        assert_eq!(printed, "{\"a\": [1, 2]}\n");
        match run % 10 {
            0 => drop(sandbox.reset_strict().unwrap()),
            1 => sandbox = runtime().sandbox().unwrap(),
            _ => drop(sandbox.reset().unwrap()),
        }
    }
    assert_eq!(blake3::hash(image.as_bytes()), before);
}
