#include "memory_map.h"

#include <stddef.h>

#include "abi_constants.h"
#include "heap.h"

_Static_assert(offsetof(MemoryMap, stack_end) == ABI_MAP_STACK_END &&
                   offsetof(MemoryMap, data_start) == ABI_MAP_DATA_START &&
                   offsetof(MemoryMap, data_end) == ABI_MAP_DATA_END &&
                   offsetof(MemoryMap, heap_start) == ABI_MAP_HEAP_START &&
                   offsetof(MemoryMap, sealed_end) == ABI_MAP_SEALED_END &&
                   sizeof(MemoryMap) == ABI_MAP_BYTES,
               "hatchery-abi");

MemoryMap memory_map;

/* The linker's. */
extern char __stack_low, __stack_high, __global_base, __data_end, __heap_base;

static uint32_t address(const void *p) { return (uint32_t)(uintptr_t)p; }

void memory_map_draw(void) {
    memory_map = (MemoryMap){
        .stack_start = address(&__stack_low),
        .stack_end = address(&__stack_high),
        .data_start = address(&__global_base),
        .data_end = address(&__data_end),
        .heap_start = address(&__heap_base),
        .sealed_end = address(heap_sealed_end()),
    };
}
