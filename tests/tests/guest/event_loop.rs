//! The event loop, and host functions that a run has left behind.

use std::time::Duration;

use hatchery::{HostError, HostFunctions};
use hatchery_tests::runtime;

#[test]
fn waiting_for_a_call_of_an_earlier_run_does_not_spin() {
    let functions = HostFunctions::new().async_function("never", |(): ()| async {
        std::future::pending::<()>().await;
        Ok::<_, HostError>(())
    });
    let mut sandbox = runtime()
        .sandbox_builder()
        .functions(functions)
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap();
    let output = sandbox
        .execute(
            "
import asyncio
loop = asyncio.EventLoop()
task = loop.create_task(never())
loop.run_until_complete(asyncio.sleep(0))
",
        )
        .unwrap();
    assert!(output.success(), "{output:?}");
    // A loop that spins would do so until the time limit.
    let output = sandbox.execute("loop.run_until_complete(task)").unwrap();
    let exception = output.exception.expect("the call is over");
    assert_eq!(exception.type_name, "hatchery.HostError");
    assert!(exception.message.contains("given up"), "{exception:?}");
}
