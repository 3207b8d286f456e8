/* What the guest and its hosts have agreed on: docs/guest-abi.md in numbers and names.
 *
 * Written from the crate hatchery-abi, and not to be changed here:
 *
 *     cargo run -p hatchery-abi --example header > guest/c/abi_constants.h */
#ifndef HATCHERY_ABI_CONSTANTS_H
#define HATCHERY_ABI_CONSTANTS_H

enum { ABI_VERSION = 3 };

enum {
    ABI_OK = 0,
    ABI_PYTHON_ERROR = 1,
    ABI_NOT_UTF8 = -1,
    ABI_NUL_BYTE = -2,
    ABI_TOO_LONG = -3,
    ABI_NOT_STARTED = -4,
    ABI_NO_MEMORY = -5,
    ABI_OUTSIDE_MEMORY = -6,
    ABI_FOREIGN_BYTECODE = -7,
    ABI_WASI = 256,
    ABI_INPUT_BYTES_MAX = 67108864,
};

enum {
    ABI_REPORT_STDOUT = 0,
    ABI_REPORT_STDERR = 24,
    ABI_REPORT_VALUE = 48,
    ABI_REPORT_EXCEPTION = 72,
    ABI_REPORT_EXIT_CODE = 96,
    ABI_REPORT_BYTES = 104,
};

enum {
    ABI_CAPTURE_ADDRESS = 0,
    ABI_CAPTURE_LEN = 4,
    ABI_CAPTURE_CAPACITY = 8,
    ABI_CAPTURE_DROPPED = 16,
    ABI_CAPTURE_BYTES = 24,
};

enum {
    ABI_MAP_STACK_START = 0,
    ABI_MAP_STACK_END = 4,
    ABI_MAP_DATA_START = 8,
    ABI_MAP_DATA_END = 12,
    ABI_MAP_HEAP_START = 16,
    ABI_MAP_SEALED_END = 20,
    ABI_MAP_BYTES = 24,
};

enum {
    ABI_ENTRY_SIZE = 0,
    ABI_ENTRY_NAME_LEN = 8,
    ABI_ENTRY_FILE_TYPE = 12,
    ABI_ENTRY_BYTES = 16,
};

enum {
    ABI_COMPLETION_TOKEN = 0,
    ABI_COMPLETION_OUTCOME = 4,
    ABI_COMPLETION_REPLY_LEN = 8,
    ABI_COMPLETION_BYTES = 12,
};

enum {
    ABI_OUTCOME_VALUE = 0,
    ABI_OUTCOME_EXCEPTION = 1,
};

enum {
    ABI_WAIT_COMPLETED = 1,
    ABI_WAIT_TIMED_OUT = 0,
    ABI_WAIT_NOTHING_STARTED = -1,
};

enum {
    ABI_MOUNT_FILE = 1073741824,
};

enum {
    ABI_PATH_OPEN = 0,
    ABI_PATH_STAT = 1,
    ABI_PATH_LIST = 2,
    ABI_PATH_READ_LINK = 3,
    ABI_PATH_CREATE_DIRECTORY = 4,
    ABI_PATH_UNLINK = 5,
    ABI_PATH_REMOVE_DIRECTORY = 6,
    ABI_PATH_SET_MODIFIED = 7,
    ABI_PATH_RENAME = 8,
};

enum {
    ABI_FILE_CLOSE = 0,
    ABI_FILE_READ = 1,
    ABI_FILE_WRITE = 2,
    ABI_FILE_RESIZE = 3,
    ABI_FILE_STAT = 4,
    ABI_FILE_SYNC = 5,
    ABI_FILE_SET_MODIFIED = 6,
    ABI_FILE_TAKE = 7,
};

enum {
    ABI_OPEN_READ = 1,
    ABI_OPEN_WRITE = 2,
    ABI_OPEN_CREATE = 4,
    ABI_OPEN_EXCLUSIVE = 8,
    ABI_OPEN_TRUNCATE = 16,
};

enum {
    ABI_STAT_INODE = 0,
    ABI_STAT_SIZE = 8,
    ABI_STAT_MODIFIED_NS = 16,
    ABI_STAT_FILE_TYPE = 24,
    ABI_STAT_LINKS = 28,
    ABI_STAT_READ_ONLY = 1073741824,
    ABI_STAT_BYTES = 32,
};

enum {
    ABI_LISTING_INODE = 0,
    ABI_LISTING_NAME_LEN = 8,
    ABI_LISTING_FILE_TYPE = 12,
    ABI_LISTING_BYTES = 16,
};

enum {
    ABI_TARGET_MOUNT = 0,
    ABI_TARGET_PATH = 4,
    ABI_TARGET_LEN = 8,
    ABI_TARGET_BYTES = 12,
};

enum {
    ABI_FILE_TYPE_UNKNOWN = 0,
    ABI_FILE_TYPE_CHARACTER_DEVICE = 2,
    ABI_FILE_TYPE_DIRECTORY = 3,
    ABI_FILE_TYPE_REGULAR_FILE = 4,
    ABI_FILE_TYPE_SYMBOLIC_LINK = 7,
};

/* Names, so that none is exported or imported that is not agreed on. */
#define ABI_EXPORT_abi_version "abi_version"
#define ABI_EXPORT_alloc "alloc"
#define ABI_EXPORT_dealloc "dealloc"
#define ABI_EXPORT_execute "execute"
#define ABI_EXPORT_execute_named "execute_named"
#define ABI_EXPORT_execute_cell "execute_cell"
#define ABI_EXPORT_evaluate "evaluate"
#define ABI_EXPORT_compile "compile"
#define ABI_EXPORT_compile_source "compile_source"
#define ABI_EXPORT_load_bytecode "load_bytecode"
#define ABI_EXPORT_execute_function "execute_function"
#define ABI_EXPORT_call_function "call_function"
#define ABI_EXPORT_configure "configure"
#define ABI_EXPORT_set_stdin "set_stdin"
#define ABI_EXPORT_set_hash_seed "set_hash_seed"
#define ABI_EXPORT_install_module "install_module"
#define ABI_EXPORT_uninstall_module "uninstall_module"
#define ABI_EXPORT_get_stdout_len "get_stdout_len"
#define ABI_EXPORT_get_stderr_len "get_stderr_len"
#define ABI_EXPORT_get_stdout "get_stdout"
#define ABI_EXPORT_get_stderr "get_stderr"
#define ABI_EXPORT_get_run_report "get_run_report"
#define ABI_EXPORT_get_memory_map "get_memory_map"
#define ABI_EXPORT_impose "impose"
#define ABI_EXPORT_get_exit_code "get_exit_code"
#define ABI_EXPORT_file_write "file_write"
#define ABI_EXPORT_file_read "file_read"
#define ABI_EXPORT_file_list "file_list"
#define ABI_EXPORT_file_remove "file_remove"
#define ABI_EXPORT_file_create_dir "file_create_dir"
#define ABI_EXPORT_file_mount "file_mount"
#define ABI_EXPORT_finalize "finalize"
#define ABI_EXPORT_reset_state "reset_state"
#define ABI_EXPORT_prepare_snapshot "prepare_snapshot"
#define ABI_EXPORT_settle_snapshot "settle_snapshot"
#define ABI_EXPORT_heap_check "heap_check"
#define ABI_EXPORT_get_heap_pages "get_heap_pages"
#define ABI_IMPORT_call "call"
#define ABI_IMPORT_start "start"
#define ABI_IMPORT_wait "wait"
#define ABI_IMPORT_cancel "cancel"
#define ABI_IMPORT_take_reply "take_reply"
#define ABI_IMPORT_log "log"
#define ABI_IMPORT_output "output"
#define ABI_IMPORT_mount_path "mount_path"
#define ABI_IMPORT_mount_file "mount_file"
#define ABI_IMPORT_MODULE "hatchery"

/* libc's numbers are the host's. */
#ifdef __WASI_ERRNO_SUCCESS
_Static_assert(__WASI_ERRNO_SUCCESS == 0, "WASI's errno");
_Static_assert(__WASI_ERRNO_ACCES == 2, "WASI's errno");
_Static_assert(__WASI_ERRNO_AGAIN == 6, "WASI's errno");
_Static_assert(__WASI_ERRNO_BADF == 8, "WASI's errno");
_Static_assert(__WASI_ERRNO_BUSY == 10, "WASI's errno");
_Static_assert(__WASI_ERRNO_DQUOT == 19, "WASI's errno");
_Static_assert(__WASI_ERRNO_EXIST == 20, "WASI's errno");
_Static_assert(__WASI_ERRNO_FAULT == 21, "WASI's errno");
_Static_assert(__WASI_ERRNO_FBIG == 22, "WASI's errno");
_Static_assert(__WASI_ERRNO_ILSEQ == 25, "WASI's errno");
_Static_assert(__WASI_ERRNO_INTR == 27, "WASI's errno");
_Static_assert(__WASI_ERRNO_INVAL == 28, "WASI's errno");
_Static_assert(__WASI_ERRNO_IO == 29, "WASI's errno");
_Static_assert(__WASI_ERRNO_ISDIR == 31, "WASI's errno");
_Static_assert(__WASI_ERRNO_LOOP == 32, "WASI's errno");
_Static_assert(__WASI_ERRNO_MFILE == 33, "WASI's errno");
_Static_assert(__WASI_ERRNO_MLINK == 34, "WASI's errno");
_Static_assert(__WASI_ERRNO_NAMETOOLONG == 37, "WASI's errno");
_Static_assert(__WASI_ERRNO_NFILE == 41, "WASI's errno");
_Static_assert(__WASI_ERRNO_NODEV == 43, "WASI's errno");
_Static_assert(__WASI_ERRNO_NOENT == 44, "WASI's errno");
_Static_assert(__WASI_ERRNO_NOMEM == 48, "WASI's errno");
_Static_assert(__WASI_ERRNO_NOSPC == 51, "WASI's errno");
_Static_assert(__WASI_ERRNO_NOSYS == 52, "WASI's errno");
_Static_assert(__WASI_ERRNO_NOTDIR == 54, "WASI's errno");
_Static_assert(__WASI_ERRNO_NOTEMPTY == 55, "WASI's errno");
_Static_assert(__WASI_ERRNO_NOTSUP == 58, "WASI's errno");
_Static_assert(__WASI_ERRNO_NXIO == 60, "WASI's errno");
_Static_assert(__WASI_ERRNO_OVERFLOW == 61, "WASI's errno");
_Static_assert(__WASI_ERRNO_PERM == 63, "WASI's errno");
_Static_assert(__WASI_ERRNO_PIPE == 64, "WASI's errno");
_Static_assert(__WASI_ERRNO_ROFS == 69, "WASI's errno");
_Static_assert(__WASI_ERRNO_SPIPE == 70, "WASI's errno");
_Static_assert(__WASI_ERRNO_STALE == 72, "WASI's errno");
_Static_assert(__WASI_ERRNO_TIMEDOUT == 73, "WASI's errno");
_Static_assert(__WASI_ERRNO_TXTBSY == 74, "WASI's errno");
_Static_assert(__WASI_ERRNO_XDEV == 75, "WASI's errno");
_Static_assert(__WASI_ERRNO_NOTCAPABLE == 76, "WASI's errno");
_Static_assert(__WASI_FILETYPE_UNKNOWN == 0, "WASI's file type");
_Static_assert(__WASI_FILETYPE_CHARACTER_DEVICE == 2, "WASI's file type");
_Static_assert(__WASI_FILETYPE_DIRECTORY == 3, "WASI's file type");
_Static_assert(__WASI_FILETYPE_REGULAR_FILE == 4, "WASI's file type");
_Static_assert(__WASI_FILETYPE_SYMBOLIC_LINK == 7, "WASI's file type");
#endif

#endif
