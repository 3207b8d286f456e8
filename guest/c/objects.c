#define Py_BUILD_CORE 1
#include "objects.h"

#include "heap.h"

#include "internal/pycore_gc.h"
#include "internal/pycore_interp.h"
#include "internal/pycore_pystate.h"

/* Not by PyUnstable_GC_VisitObjects, which goes through the snapshot's objects too: those are
 * many, and on pages that a small program never reads. */
PyObject *objects_find(bool (*wanted)(PyObject *object)) {
    PyObject *found = PyList_New(0);
    if (!found) return NULL;
    struct _gc_runtime_state *collector = &_PyInterpreterState_GET()->gc;
    int enabled = collector->enabled;
    collector->enabled = 0;
    /* The oldest first. */
    for (int i = NUM_GENERATIONS - 1; i >= 0; i--) {
        PyGC_Head *head = &collector->generations[i].head;
        for (PyGC_Head *at = _PyGCHead_NEXT(head); at != head; at = _PyGCHead_NEXT(at)) {
            PyObject *object = _Py_FROM_GC(at);
            if ((const void *)object < heap_sealed_end() || !wanted(object)) continue;
            if (PyList_Append(found, object) < 0) {
                Py_CLEAR(found);
                goto done;
            }
        }
    }
done:
    collector->enabled = enabled;
    return found;
}
