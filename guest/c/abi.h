/* What the files that define the guest's exports share: see docs/guest-abi.md. */
#ifndef HATCHERY_ABI_H
#define HATCHERY_ABI_H

#include <stddef.h>
#include <stdint.h>

#include "abi_constants.h"
#include "output.h"

/* One of the names in abi_constants.h. */
#define EXPORT(name) \
    __attribute__((export_name(ABI_EXPORT_##name), visibility("default"), used))

enum { WASM_PAGE_BYTES = 64 << 10 };

static inline int32_t refuse(int32_t code) {
    run_report.exit_code = 1;
    return code;
}

static inline int32_t check_range(const void *bytes, size_t len) {
    uint64_t end = (uint64_t)(uintptr_t)bytes + len;
    if (end > (uint64_t)__builtin_wasm_memory_size(0) * WASM_PAGE_BYTES)
        return refuse(ABI_OUTSIDE_MEMORY);
    return len > ABI_INPUT_BYTES_MAX ? refuse(ABI_TOO_LONG) : ABI_OK;
}

#endif
