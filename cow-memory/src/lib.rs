//! cow-memory
