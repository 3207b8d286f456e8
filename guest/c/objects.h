/* What the collector knows of the objects that programs have made. */
#ifndef HATCHERY_OBJECTS_H
#define HATCHERY_OBJECTS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* A new list of the wanted ones, in the order in which they were made; NULL with an exception. What
 * is in the snapshot is not among them. `wanted` makes no objects and drops none. */
PyObject *objects_find(bool (*wanted)(PyObject *object));

#endif
