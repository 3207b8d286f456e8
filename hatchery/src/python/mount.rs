//! The host's side of the guest's imports for mounted folders (`docs/guest-abi.md`).
//!
//! Both imports answer with a WASI errno. A guest that gets its own ABI wrong is ended, as with the other imports; one
//! that names a mount or a handle that it does not have learns that there is none.

use hatchery_abi::errno;
use hatchery_abi::mount::{file as file_operation, path as path_operation, target as target_field};
use hatchery_abi::names::imports;
use wasmtime::{Caller, Linker};

use super::Host;
use super::bridge::{BadRange, MODULE};
use super::memory::guest_bytes;
use crate::files::PATH_BYTES_MAX;
use crate::mount::{Errno, Mounts, Open, Stat, to_path};
use hatchery_engine::StoreData;

const SUCCESS: i32 = errno::SUCCESS;
const NAME_TOO_LONG: i32 = errno::NAMETOOLONG;
const FOLLOW_LINKS: i64 = 1;

type GuestCaller<'a> = Caller<'a, StoreData<Host>>;

pub(super) fn add_to_linker(linker: &mut Linker<StoreData<Host>>) -> wasmtime::Result<()> {
    linker.func_wrap(MODULE, imports::MOUNT_PATH, mount_path)?;
    linker.func_wrap(MODULE, imports::MOUNT_FILE, mount_file)?;
    Ok(())
}

/// What an operation leaves in the guest's memory.
enum Left {
    Nothing,
    U32(u32),
    Handle(i64),
    Stat(Stat),
}

fn mount_path(
    mut caller: GuestCaller<'_>,
    operation: i32,
    mount: i32,
    path: i32,
    len: i32,
    argument: i64,
    into: i32,
) -> wasmtime::Result<i32> {
    let Some(path) = take_path(&mut caller, path, len)? else {
        return Ok(NAME_TOO_LONG);
    };
    let path = to_path(&path);
    let target = if operation == path_operation::RENAME {
        let target = guest_bytes(&mut caller, into, target_field::BYTES).ok_or(BadRange)?;
        let field =
            |at: usize| i32::from_le_bytes(target[at..at + 4].try_into().expect("four bytes"));
        let (mount, address, len) = (
            field(target_field::MOUNT),
            field(target_field::PATH),
            field(target_field::LEN),
        );
        let Some(path) = take_path(&mut caller, address, len)? else {
            return Ok(NAME_TOO_LONG);
        };
        Some((mount, path))
    } else {
        None
    };
    let Some(mounts) = &mut caller.data_mut().data.mounts else {
        return Ok(Errno::NO_DEVICE.0);
    };
    let done = |done: Result<(), Errno>| done.map(|()| Left::Nothing);
    let left = match (operation, &target) {
        (path_operation::OPEN, _) => mounts.open(mount, path, Open(argument)).map(Left::Handle),
        (path_operation::STAT, _) => mounts
            .stat(mount, path, argument == FOLLOW_LINKS)
            .map(Left::Stat),
        (path_operation::LIST, _) => mounts.list(mount, path).map(Left::U32),
        (path_operation::READ_LINK, _) => mounts.read_link(mount, path).map(Left::U32),
        (path_operation::CREATE_DIRECTORY, _) => done(mounts.create_dir(mount, path)),
        (path_operation::UNLINK, _) => done(mounts.unlink(mount, path)),
        (path_operation::REMOVE_DIRECTORY, _) => done(mounts.remove_dir(mount, path)),
        (path_operation::SET_MODIFIED, _) => {
            done(mounts.set_modified(mount, path, argument.cast_unsigned()))
        }
        (path_operation::RENAME, Some((to_mount, to))) => {
            done(mounts.rename((mount, path), (*to_mount, to_path(to))))
        }
        _ => Err(Errno::INVALID),
    };
    leave(&mut caller, left, into)
}

fn mount_file(
    mut caller: GuestCaller<'_>,
    operation: i32,
    handle: i64,
    at: i64,
    bytes: i32,
    len: i32,
    moved: i32,
) -> wasmtime::Result<i32> {
    let len = len.cast_unsigned() as usize;
    let offset = at.cast_unsigned();
    // Out of the store for as long as it and the guest's memory are used together.
    let Some(mut mounts) = caller.data_mut().data.mounts.take() else {
        return Ok(Errno::BAD_HANDLE.0);
    };
    let left = file_operation(
        &mut caller,
        &mut mounts,
        operation,
        handle,
        offset,
        (bytes, len),
    );
    caller.data_mut().data.mounts = Some(mounts);
    let left = left?;
    let into = if matches!(left, Ok(Left::Stat(_))) {
        bytes
    } else {
        moved
    };
    leave(&mut caller, left, into)
}

fn file_operation(
    caller: &mut GuestCaller<'_>,
    mounts: &mut Mounts,
    operation: i32,
    handle: i64,
    offset: u64,
    (bytes, len): (i32, usize),
) -> Result<Result<Left, Errno>, BadRange> {
    let done = |done: Result<(), Errno>| done.map(|()| Left::Nothing);
    Ok(match operation {
        file_operation::CLOSE => done(mounts.close(handle)),
        file_operation::READ => {
            let into = guest_bytes(caller, bytes, len).ok_or(BadRange)?;
            mounts.read(handle, offset, len).map(|read| {
                into[..read.len()].copy_from_slice(read);
                Left::U32(u32::try_from(read.len()).unwrap_or(0))
            })
        }
        file_operation::WRITE => {
            let from = guest_bytes(caller, bytes, len).ok_or(BadRange)?;
            mounts
                .write(handle, offset, from)
                .map(|written| Left::U32(u32::try_from(written).unwrap_or(0)))
        }
        file_operation::RESIZE => done(mounts.set_len(handle, offset)),
        file_operation::STAT => mounts.stat_open(handle).map(Left::Stat),
        file_operation::SYNC => done(mounts.sync(handle)),
        file_operation::SET_MODIFIED => done(mounts.set_modified_open(handle, offset)),
        file_operation::TAKE => {
            let into = guest_bytes(caller, bytes, len).ok_or(BadRange)?;
            done(
                mounts
                    .take_parked(len)
                    .map(|parked| into.copy_from_slice(&parked)),
            )
        }
        _ => Err(Errno::INVALID),
    })
}

/// A path of the guest's; `None` when it is longer than any may be.
fn take_path(
    caller: &mut GuestCaller<'_>,
    path: i32,
    len: i32,
) -> Result<Option<Vec<u8>>, BadRange> {
    let len = len.cast_unsigned() as usize;
    let bytes = guest_bytes(caller, path, len).ok_or(BadRange)?;
    Ok((len <= PATH_BYTES_MAX).then(|| bytes.to_vec()))
}

fn leave(
    caller: &mut GuestCaller<'_>,
    left: Result<Left, Errno>,
    into: i32,
) -> wasmtime::Result<i32> {
    // The disk may have taken its time.
    caller.data().interrupter().check()?;
    let put = |caller: &mut GuestCaller<'_>, bytes: &[u8]| {
        guest_bytes(caller, into, bytes.len())
            .map(|room| room.copy_from_slice(bytes))
            .ok_or(BadRange)
    };
    match left {
        Ok(Left::Nothing) => {}
        Ok(Left::U32(number)) => put(caller, &number.to_le_bytes())?,
        Ok(Left::Handle(handle)) => put(caller, &handle.to_le_bytes())?,
        Ok(Left::Stat(stat)) => put(caller, &stat.to_bytes())?,
        Err(errno) => return Ok(errno.0),
    }
    Ok(SUCCESS)
}
