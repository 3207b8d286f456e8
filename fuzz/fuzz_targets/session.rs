//! See [`hatchery_fuzz::session`].
#![no_main]

use hatchery_fuzz::session::Plan;

libfuzzer_sys::fuzz_target!(|plan: Plan| plan.run());
