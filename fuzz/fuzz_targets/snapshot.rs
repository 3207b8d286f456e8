//! See [`hatchery_fuzz::snapshot`].
#![no_main]

use hatchery_fuzz::snapshot::Plan;

libfuzzer_sys::fuzz_target!(|plan: Plan| plan.run());
