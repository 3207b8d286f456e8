//! The guest's imports for mounts, where there are none.

use hatchery_abi::errno;
use hatchery_abi::names::imports;
use wasmtime::Linker;

use super::Host;
use super::bridge::MODULE;
use hatchery_engine::StoreData;

pub(super) fn add_to_linker(linker: &mut Linker<StoreData<Host>>) -> wasmtime::Result<()> {
    linker.func_wrap(
        MODULE,
        imports::MOUNT_PATH,
        |_operation: i32, _mount: i32, _path: i32, _len: i32, _argument: i64, _into: i32| {
            errno::NODEV
        },
    )?;
    linker.func_wrap(
        MODULE,
        imports::MOUNT_FILE,
        |_operation: i32, _handle: i64, _at: i64, _bytes: i32, _len: i32, _done: i32| errno::BADF,
    )?;
    Ok(())
}
