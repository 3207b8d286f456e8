//! Measurements of Hatchery: the figures command and what the criterion benches share.

#![deny(unsafe_code)]

pub mod baseline;
pub mod contender;
pub mod dirty;
pub mod figure;
pub mod figures;
pub mod guest;
pub mod measure;
pub mod report;
#[allow(unsafe_code)]
mod sys;

/// Whatever went wrong: a bench has nobody to tell but its reader.
pub type Failure = Box<dyn std::error::Error>;
