/* The last step of a bake: leave a heap that costs an instance few dirty pages. */
#ifndef HATCHERY_SETTLE_H
#define HATCHERY_SETTLE_H

/* Collects garbage, then
 *
 * - makes every object that is left immortal, so that using it no longer writes its
 *   reference count into a shared page;
 * - takes those objects out of the collector's sight, so that no collection writes
 *   their headers;
 * - seals the heap, so that what an instance creates lies together on fresh pages;
 * - draws the map of memory, which is part of the snapshot.
 *
 * 0, or -1 with a Python exception set. */
int settle(void);

#endif
