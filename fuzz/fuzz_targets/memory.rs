//! See [`hatchery_fuzz::memory`].
#![no_main]

use hatchery_fuzz::memory::Plan;

libfuzzer_sys::fuzz_target!(|plan: Plan| plan.run());
