#include "memory_map.h"

#include "heap.h"

_Static_assert(sizeof(MemoryMap) == 24, "docs/guest-abi.md");

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
