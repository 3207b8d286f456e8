//! What exports return.

use crate::table::constants;

constants! { "ABI_", i32;
    /// Done.
    OK = 0;
    /// A Python exception, or a `sys.exit` with a status other than 0.
    PYTHON_ERROR = 1;
    /// Not UTF-8; in `compile_source` also: does not compile.
    NOT_UTF8 = -1;
    /// A NUL byte in a text.
    NUL_BYTE = -2;
    /// Longer than [`INPUT_BYTES_MAX`], or more than the output buffer holds.
    TOO_LONG = -3;
    /// CPython did not start.
    NOT_STARTED = -4;
    /// No memory left.
    NO_MEMORY = -5;
    /// The range is not inside memory.
    OUTSIDE_MEMORY = -6;
    /// Bytecode that this very build did not make.
    FOREIGN_BYTECODE = -7;
    /// Of the `file_` exports: WASI's errno, added to this.
    WASI = 256;
    /// The longest text or bytecode that the guest takes.
    INPUT_BYTES_MAX = 64 << 20;
}
