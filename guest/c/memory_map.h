/* What lies where in the guest's memory, for a host that asks what a run has written to.
 *
 *     0      stack_start      stack_end  data_start     data_end heap_start   sealed_end
 *     ┌──────────┬────────────────┬───────────┬──────────────┬──────────┬──────────┬─ ─ ─
 *     │          │  ◄── C stack   │           │ static data  │          │ bake's   │ heap ─►
 *     └──────────┴────────────────┴───────────┴──────────────┴──────────┴──────────┴─ ─ ─
 */
#ifndef HATCHERY_MEMORY_MAP_H
#define HATCHERY_MEMORY_MAP_H

#include <stdint.h>

/* Addresses. Part of the ABI: see docs/guest-abi.md. */
typedef struct {
    uint32_t stack_start, stack_end;
    uint32_t data_start, data_end;
    uint32_t heap_start;
    uint32_t sealed_end; /* of the heap as it was when it was sealed; 0 before */
} MemoryMap;

extern MemoryMap memory_map;

/* Fills the map in, once the heap is sealed. */
void memory_map_draw(void);

#endif
