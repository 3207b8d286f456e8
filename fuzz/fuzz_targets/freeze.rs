//! See [`hatchery_fuzz::freeze`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hatchery_fuzz::freeze::run(data));
