//! The unsafe part.

mod slots;

pub(super) use slots::Slots;
