/* What the calls that take a path share with those that take a descriptor. */
#ifndef HATCHERY_FILES_CALLS_H
#define HATCHERY_FILES_CALLS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether `flags` ask for another time of modification, and which: `*modified_ns` then. */
bool wants_modified(int32_t flags, uint64_t *modified_ns);

#endif
