//! Names of exports and imports.

macro_rules! names {
    ($($(#[doc = $doc:literal])+ $name:ident = $value:literal;)+) => {
        $($(#[doc = $doc])+ pub const $name: &str = $value;)+

        /// All of these.
        pub const ALL: &[&str] = &[$($value),+];
    };
}

/// What the guest exports, beside its `memory`.
pub mod exports {
    names! {
        /// Runs the C start-up code.
        INITIALIZE = "_initialize";
        /// [`VERSION`](crate::VERSION).
        ABI_VERSION = "abi_version";
        /// Memory for the host.
        ALLOC = "alloc";
        /// Gives it back.
        DEALLOC = "dealloc";
        /// Runs a program.
        EXECUTE = "execute";
        /// Runs a program that has a name.
        EXECUTE_NAMED = "execute_named";
        /// The same, and leaves what its last expression gives.
        EXECUTE_CELL = "execute_cell";
        /// Leaves the value of an expression.
        EVALUATE = "evaluate";
        /// Leaves bytecode as the value.
        COMPILE = "compile";
        /// Writes bytecode to a buffer.
        COMPILE_SOURCE = "compile_source";
        /// Runs bytecode.
        LOAD_BYTECODE = "load_bytecode";
        /// Calls a function for what it does.
        EXECUTE_FUNCTION = "execute_function";
        /// Calls a function for what it returns.
        CALL_FUNCTION = "call_function";
        /// Settings of one sandbox.
        CONFIGURE = "configure";
        /// What is read from standard input.
        SET_STDIN = "set_stdin";
        /// The secret of string hashes.
        SET_HASH_SEED = "set_hash_seed";
        /// Runs source as a module.
        INSTALL_MODULE = "install_module";
        /// Removes such a module.
        UNINSTALL_MODULE = "uninstall_module";
        /// Bytes captured of standard output.
        GET_STDOUT_LEN = "get_stdout_len";
        /// Bytes captured of standard error.
        GET_STDERR_LEN = "get_stderr_len";
        /// Copies them.
        GET_STDOUT = "get_stdout";
        /// Copies them.
        GET_STDERR = "get_stderr";
        /// Where the [run report](crate::layout::report) lies.
        GET_RUN_REPORT = "get_run_report";
        /// Where the [map of memory](crate::layout::memory_map) lies.
        GET_MEMORY_MAP = "get_memory_map";
        /// What the guest keeps to.
        IMPOSE = "impose";
        /// The exit code of the last execution.
        GET_EXIT_CODE = "get_exit_code";
        /// Makes a file for the host to fill in.
        FILE_WRITE = "file_write";
        /// Lends a file's bytes.
        FILE_READ = "file_read";
        /// Leaves a listing.
        FILE_LIST = "file_list";
        /// Removes a file or a folder.
        FILE_REMOVE = "file_remove";
        /// Makes a folder.
        FILE_CREATE_DIR = "file_create_dir";
        /// Mounts a folder of the host's.
        FILE_MOUNT = "file_mount";
        /// Does what a process does at its end.
        FINALIZE = "finalize";
        /// Empties `__main__` and the captures.
        RESET_STATE = "reset_state";
        /// The last call before the first snapshot.
        PREPARE_SNAPSHOT = "prepare_snapshot";
        /// The last call before a snapshot of a live session.
        SETTLE_SNAPSHOT = "settle_snapshot";
        /// Whether the heap is sound.
        HEAP_CHECK = "heap_check";
        /// Size of memory in pages.
        GET_HEAP_PAGES = "get_heap_pages";
    }
}

/// What the guest imports from [`MODULE`](imports::MODULE).
pub mod imports {
    /// The module that these are imported from.
    pub const MODULE: &str = "hatchery";

    names! {
        /// Calls a host function.
        CALL = "call";
        /// Starts a host function.
        START = "start";
        /// Waits for one that was started.
        WAIT = "wait";
        /// Gives one up.
        CANCEL = "cancel";
        /// Takes the last reply.
        TAKE_REPLY = "take_reply";
        /// Writes to the host's log.
        LOG = "log";
        /// Output that the host wants to see as it comes.
        OUTPUT = "output";
        /// An operation on a path in a mounted folder.
        MOUNT_PATH = "mount_path";
        /// An operation on an open file there.
        MOUNT_FILE = "mount_file";
    }
}

/// What the guest imports from [`MODULE`](wasi::MODULE).
pub mod wasi {
    /// The module that these are imported from.
    pub const MODULE: &str = "wasi_snapshot_preview1";

    names! {
        /// Resolution of a clock.
        CLOCK_RES_GET = "clock_res_get";
        /// Time of a clock.
        CLOCK_TIME_GET = "clock_time_get";
        /// Sleeps.
        POLL_ONEOFF = "poll_oneoff";
        /// Ends the program.
        PROC_EXIT = "proc_exit";
        /// Random bytes.
        RANDOM_GET = "random_get";
        /// Gives way.
        SCHED_YIELD = "sched_yield";
    }
}
