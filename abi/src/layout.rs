//! Where things lie in what the guest leaves in memory, in bytes.

/// The run report, whose address `get_run_report` returns.
pub mod report {
    use crate::table::constants;

    constants! { "ABI_REPORT_", usize;
        /// The capture of standard output.
        STDOUT = 0;
        /// The capture of standard error.
        STDERR = 24;
        /// The capture of the value.
        VALUE = 48;
        /// The capture of the exception.
        EXCEPTION = 72;
        /// `i32`: the exit code.
        EXIT_CODE = 96;
        /// Its length.
        BYTES = 104;
    }
}

/// A capture in the report.
pub mod capture {
    use crate::table::constants;

    constants! { "ABI_CAPTURE_", usize;
        /// `u32`: address of the bytes.
        ADDRESS = 0;
        /// `u32`: how many there are.
        LEN = 4;
        /// `u32`: room at that address; 0 where the bytes are a file's own.
        CAPACITY = 8;
        /// `u64`: bytes that were dropped.
        DROPPED = 16;
        /// Its length.
        BYTES = 24;
    }
}

/// The map of memory, whose address `get_memory_map` returns: `u32` addresses.
pub mod memory_map {
    use crate::table::constants;

    constants! { "ABI_MAP_", usize;
        /// Begin of the C stack.
        STACK_START = 0;
        /// End of the C stack.
        STACK_END = 4;
        /// Begin of static data.
        DATA_START = 8;
        /// End of static data.
        DATA_END = 12;
        /// Begin of the heap.
        HEAP_START = 16;
        /// End of the heap's part that was there when the snapshot was taken.
        SEALED_END = 20;
        /// Its length.
        BYTES = 24;
    }
}

/// A record of a listing that `file_list` leaves; the name follows.
pub mod entry {
    use crate::table::constants;

    constants! { "ABI_ENTRY_", usize;
        /// `u64`: length of the file.
        SIZE = 0;
        /// `u32`: length of the name.
        NAME_LEN = 8;
        /// `u32`: WASI's file type.
        FILE_TYPE = 12;
        /// Its length without the name.
        BYTES = 16;
    }
}

/// What `call` and `wait` fill in: three `u32`.
pub mod completion {
    use crate::table::constants;

    constants! { "ABI_COMPLETION_", usize;
        /// The token of what was started; 0 after `call`.
        TOKEN = 0;
        /// One of [`outcome`](super::outcome).
        OUTCOME = 4;
        /// Length of the reply.
        REPLY_LEN = 8;
        /// Its length.
        BYTES = 12;
    }
}

/// How a host function ended.
pub mod outcome {
    use crate::table::constants;

    constants! { "ABI_OUTCOME_", u32;
        /// It returned: the reply is the value as JSON.
        VALUE = 0;
        /// It failed: the reply is `{"type": ..., "message": ...}`.
        EXCEPTION = 1;
    }
}

/// What `wait` returns.
pub mod wait {
    use crate::table::constants;

    constants! { "ABI_WAIT_", i32;
        /// A completion is filled in.
        COMPLETED = 1;
        /// The time ran out.
        TIMED_OUT = 0;
        /// Nothing was started.
        NOTHING_STARTED = -1;
    }
}
