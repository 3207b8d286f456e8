/* The module `_hatchery_host`: the host's functions as Python calls them. */
#ifndef HATCHERY_BRIDGE_H
#define HATCHERY_BRIDGE_H

#include <stdbool.h>

/* Makes the module importable. Before CPython starts; 0 or -1. */
int bridge_register(void);

/* Whether sys.stdin was closed since this was asked last. */
bool bridge_take_stdin_was_closed(void);

#endif
