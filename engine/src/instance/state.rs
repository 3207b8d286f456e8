//! An instance's state as a value: what differs from its golden snapshot.

use super::{Body, Instance, InstanceError, PoisonReason, Status};
use crate::freeze::ResetKind;
use crate::golden::{GlobalValue, Golden, GoldenId};
use bytes::Bytes;
use cow_memory::PageSet;

/// All that an instance is between two calls, beside its golden snapshot. Cloning is cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub(crate) golden: GoldenId,
    /// Length of linear memory.
    pub(crate) memory_bytes: usize,
    /// Pages that differ from the image, or are not empty past its end.
    pub(crate) pages: PageSet,
    /// Their bytes, one page after the other.
    pub(crate) bytes: Bytes,
    /// Of the mutable globals, in the order of their indexes.
    pub(crate) globals: Vec<GlobalValue>,
}

impl<T: 'static> Instance<T> {
    /// Takes the state, and leaves it as it is. Costs what the instance has written.
    ///
    /// # Errors
    ///
    /// - [`InstanceError::Poisoned`] when it was stopped in the middle: such a state is of no use.
    /// - [`InstanceError::NotAValue`] when the module keeps state elsewhere than in its memory and globals.
    /// - [`InstanceError::Memory`] when the kernel does not say which pages those are.
    pub fn state(&mut self) -> Result<State, InstanceError> {
        let globals = self.value_of_globals()?;
        let pages = self.changed_pages()?;
        let Body::Live(live) = &self.body else {
            return Err(InstanceError::NotAValue);
        };
        let bytes = live.slot.read_pages(&live.store, &live.memory, &pages)?;
        Ok(State {
            golden: self.prepared.golden.id(),
            memory_bytes: live.slot.len_bytes(),
            pages,
            bytes: bytes.into(),
            globals,
        })
    }

    /// Becomes what another instance of the same snapshot was, whatever it is now. Costs what differs.
    ///
    /// # Errors
    ///
    /// - [`InstanceError::ForeignState`] when the state is another snapshot's, or not one that this snapshot can have:
    ///   nothing has changed then.
    /// - Those of [`Instance::reset`], and [`InstanceError::Restore`] when its memory limit is below the state's: the
    ///   instance is then in the golden state, or poisoned.
    pub fn restore(&mut self, state: &State) -> Result<(), InstanceError> {
        state.check(&self.prepared.golden)?;
        self.reset()?;
        let Body::Live(live) = &mut self.body else {
            return Err(InstanceError::NotAValue);
        };
        let State { pages, bytes, .. } = state;
        live.grow_to(state.memory_bytes)?;
        // Until the globals are there too, the state is neither the golden one nor the one wanted.
        self.status = Status::Poisoned {
            reason: PoisonReason::ResetFailed,
        };
        live.slot
            .write_pages(&mut live.store, &live.memory, pages, bytes)?;
        live.set_globals(&state.globals)?;
        self.status = Status::Ready;
        Ok(())
    }

    /// Makes `copies`, which are all in the golden state of the same snapshot, what this instance is. As
    /// [`Instance::restore`] of its [`Instance::state`], without the state in between.
    ///
    /// # Errors
    ///
    /// As those; a copy that failed is of no use.
    pub fn copy_to<'a>(
        &mut self,
        copies: impl Iterator<Item = &'a mut Self>,
    ) -> Result<(), InstanceError> {
        let globals = self.value_of_globals()?;
        let pages = self.changed_pages()?;
        for copy in copies {
            let is_alike = copy.prepared.golden.id() == self.prepared.golden.id();
            let Body::Live(live) = &mut copy.body else {
                return Err(InstanceError::NotAValue);
            };
            if !is_alike {
                return Err(InstanceError::ForeignState);
            }
            let memory = self.memory();
            copy.status = Status::Poisoned {
                reason: PoisonReason::ResetFailed,
            };
            live.grow_to(memory.len())?;
            live.slot
                .copy_pages(&mut live.store, &live.memory, &pages, memory)?;
            live.set_globals(&globals)?;
            copy.status = Status::Ready;
        }
        Ok(())
    }

    /// The globals, of an instance whose state is a value.
    fn value_of_globals(&mut self) -> Result<Vec<GlobalValue>, InstanceError> {
        if let Status::Poisoned { reason } = self.status {
            return Err(InstanceError::Poisoned { reason });
        }
        if self.prepared.golden.reset_kind() != ResetKind::InPlace {
            return Err(InstanceError::NotAValue);
        }
        let globals = self.globals();
        let globals: Option<Vec<GlobalValue>> = globals.iter().map(GlobalValue::from_val).collect();
        globals.ok_or(InstanceError::NotAValue)
    }
}

impl State {
    /// Bytes that the state holds, mostly pages of memory.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The values of the module's mutable globals, in the order of their indexes.
    #[must_use]
    pub fn globals(&self) -> &[GlobalValue] {
        &self.globals
    }

    /// Fails if no instance of `golden` can have this state.
    ///
    /// # Errors
    ///
    /// [`InstanceError::NotAValue`] when the module keeps state elsewhere than in its memory and globals, and
    /// [`InstanceError::ForeignState`].
    pub fn check(&self, golden: &Golden) -> Result<(), InstanceError> {
        if golden.reset_kind() != ResetKind::InPlace {
            return Err(InstanceError::NotAValue);
        }
        let page = cow_memory::page_bytes();
        let is_sound = self.golden == golden.id()
            && self.memory_bytes >= golden.image().len_bytes()
            && self.memory_bytes.is_multiple_of(WASM_PAGE_BYTES)
            && self.pages.end() as usize * page <= self.memory_bytes
            && self.pages.len_pages() * page == self.bytes.len()
            && self.globals.len() == golden.globals().len()
            && (golden.globals().iter())
                .zip(&self.globals)
                .all(|((_, golden), own)| own.is_of_type_of(golden));
        if is_sound {
            Ok(())
        } else {
            Err(InstanceError::ForeignState)
        }
    }
}

/// Bytes in a WebAssembly page.
pub(super) const WASM_PAGE_BYTES: usize = 64 << 10;
