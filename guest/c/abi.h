/* What the files that define the guest's exports share: see docs/guest-abi.md. */
#ifndef HATCHERY_ABI_H
#define HATCHERY_ABI_H

#include <stddef.h>
#include <stdint.h>

#include "output.h"

#define EXPORT(name) __attribute__((export_name(name), visibility("default"), used))

enum {
    ABI_VERSION = 3,

    OK = 0,
    PYTHON_ERROR = 1,
    ERROR_NOT_UTF8 = -1, /* in compile_source also: did not compile */
    ERROR_NUL_BYTE = -2,
    ERROR_TOO_LONG = -3,
    ERROR_NOT_STARTED = -4,
    ERROR_NO_MEMORY = -5,
    ERROR_OUTSIDE_MEMORY = -6,
    ERROR_FOREIGN_BYTECODE = -7,
    ERROR_WASI = 256, /* plus a WASI errno: what became of a file */
};

enum {
    INPUT_BYTES_MAX = 64 << 20,
    WASM_PAGE_BYTES = 64 << 10,
};

static inline int32_t refuse(int32_t code) {
    run_report.exit_code = 1;
    return code;
}

static inline int32_t check_range(const void *bytes, size_t len) {
    uint64_t end = (uint64_t)(uintptr_t)bytes + len;
    if (end > (uint64_t)__builtin_wasm_memory_size(0) * WASM_PAGE_BYTES)
        return refuse(ERROR_OUTSIDE_MEMORY);
    return len > INPUT_BYTES_MAX ? refuse(ERROR_TOO_LONG) : OK;
}

#endif
