//! Programs to copy from; see `src/bin/`. Each is run by a test.

#![forbid(unsafe_code)]
