//! The lower half as a whole, on small modules. Each test is named after the failure it forbids.

mod bake;
mod instance;
mod interrupt;
mod snapshot;
mod support;
