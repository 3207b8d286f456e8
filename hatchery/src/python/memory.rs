//! The guest's memory, as its host functions reach it.

use wasmtime::Caller;

use super::Host;
use hatchery_engine::StoreData;

/// `len` bytes of guest memory at `address`, if they are all there.
pub(super) fn guest_bytes<'a>(
    caller: &'a mut Caller<'_, StoreData<Host>>,
    address: i32,
    len: usize,
) -> Option<&'a mut [u8]> {
    let memory = caller.get_export("memory")?.into_memory()?;
    let start = address.cast_unsigned() as usize;
    memory
        .data_mut(caller)
        .get_mut(start..start.checked_add(len)?)
}
