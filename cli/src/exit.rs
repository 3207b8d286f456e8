//! What the process exits with where the program's own exit code does not say it.

/// The command line makes no sense; what the parser of command lines exits with too.
pub(crate) const EXIT_USAGE: u8 = 2;
/// The program was stopped at its time limit; what `timeout(1)` exits with.
pub(crate) const EXIT_TIMEOUT: u8 = 124;
/// There was no program to run, or nothing to run it with.
pub(crate) const EXIT_HOST_ERROR: u8 = 125;
/// Ctrl-C stopped the program: 128 and the number of SIGINT, as a shell reports it.
pub(crate) const EXIT_INTERRUPTED: u8 = 130;
/// The sandbox was stopped by a trap: 128 and the number of SIGABRT.
pub(crate) const EXIT_TRAP: u8 = 134;
/// Nobody reads the output any more: 128 and the number of SIGPIPE.
pub(crate) const EXIT_BROKEN_PIPE: u8 = 141;
