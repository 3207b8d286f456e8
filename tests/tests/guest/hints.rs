//! Hints that lead nowhere are worse than none.

use hatchery_tests::stdout;

use crate::sandbox;

fn hint(program: &str) -> String {
    let output = sandbox().execute(program).unwrap();
    let exception = output.exception.expect("it fails");
    exception.hint.unwrap_or_default()
}

#[test]
fn what_a_sandbox_does_not_have_is_not_called_a_spelling_mistake() {
    for program in [
        "import os; os.pipe()",
        "import os; os.get_terminal_size(0)",
        "import os; os.fork()",
        "import os; os.getuid()",
        "from os import fork",
        "import signal; signal.alarm(1)",
        "import socket; socket.AF_UNIX",
        "import time; time.thread_time()",
        "import select; select.epoll()",
        "import shutil; shutil.disk_usage('/')",
        "import threading; threading.get_native_id()",
        "import multiprocessing; multiprocessing.Process().start()",
    ] {
        let hint = hint(program);
        assert!(
            hint.contains("not available in a sandbox"),
            "{program}: {hint}"
        );
    }
    assert_eq!(hint("import os; os.lisdir()"), "did you mean 'listdir'?");
    assert!(hint("import threading; threading.Thread(target=print).start()").contains("asyncio"));
}

#[test]
fn no_name_is_said_to_be_missing_that_is_there() {
    let program = "
import _hatchery_missing, importlib
for module, names in _hatchery_missing.MISSING.items():
    there = dir(importlib.import_module(module))
    wrong = [name for name in names.split() if name in there]
    if wrong: print(module, wrong)
";
    assert_eq!(stdout(&mut sandbox(), program), "");
}
