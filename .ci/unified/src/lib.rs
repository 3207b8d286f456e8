//! No code. Programs of the workspace depend on this crate, and the tests of its libraries do, so that cargo asks for
//! one set of features of what others wrote whatever is built, and builds it once; `.ci/one-build` writes its manifest.
//! The libraries themselves do not: whoever depends on them gets what they ask for and no more.
