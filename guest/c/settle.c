#define Py_BUILD_CORE 1
#include "settle.h"

#include "heap.h"
#include "memory_map.h"

#include <Python.h>

#include "internal/pycore_gc.h"
#include "internal/pycore_object.h"

/* Objects that are immortal already and whose referents have still to be visited. A list, as
 * how deep objects lie in each other is the program's choice, and how deep the stack is is not. */
static struct {
    PyObject **objects;
    size_t len, capacity;
    bool is_short_of_memory;
} pending;

static void add_pending(PyObject *object) {
    if (pending.len == pending.capacity) {
        size_t capacity = pending.capacity ? 2 * pending.capacity : 1024;
        PyObject **objects = reallocarray(pending.objects, capacity, sizeof *objects);
        if (!objects) {
            pending.is_short_of_memory = true;
            return;
        }
        pending.objects = objects;
        pending.capacity = capacity;
    }
    pending.objects[pending.len++] = object;
}

static int visit(PyObject *object, void *unused) {
    (void)unused;
    /* What the collector tracks is met by the walk over its lists. */
    if (!object || (PyObject_IS_GC(object) && PyObject_GC_IsTracked(object))) return 0;
    if (_Py_IsImmortal(object)) return 0;
    object->ob_refcnt = _Py_IMMORTAL_INITIAL_REFCNT;
    add_pending(object);
    return 0;
}

/* Code objects are not the collector's and have no tp_traverse. */
static void visit_code(PyCodeObject *code) {
    PyObject *const parts[] = {
        code->co_consts,          code->co_names,    code->co_exceptiontable,
        code->co_localsplusnames, code->co_filename, code->co_localspluskinds,
        code->co_name,            code->co_qualname, code->co_linetable,
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) visit(parts[i], NULL);
}

static void visit_referents(PyObject *object) {
    if (Py_TYPE(object)->tp_traverse) Py_TYPE(object)->tp_traverse(object, visit, NULL);
    if (PyCode_Check(object)) visit_code((PyCodeObject *)object);
    if (PyDict_Check(object)) {
        /* The traversal of a dict passes over keys that are strings. */
        PyObject *key, *value;
        Py_ssize_t position = 0;
        while (PyDict_Next(object, &position, &key, &value)) visit(key, NULL);
    }
}

/* For what the collector tracks: the referents are walked even of an object that was
 * immortal before, such as a static type. */
static int immortalise_tracked(PyObject *object, void *unused) {
    (void)unused;
    if (!_Py_IsImmortal(object)) object->ob_refcnt = _Py_IMMORTAL_INITIAL_REFCNT;
    visit_referents(object);
    while (pending.len && !pending.is_short_of_memory)
        visit_referents(pending.objects[--pending.len]);
    return !pending.is_short_of_memory;
}

static int immortalise_all(void) {
    pending.is_short_of_memory = false;
    PyUnstable_GC_VisitObjects(immortalise_tracked, NULL);
    free(pending.objects);
    pending.objects = NULL;
    pending.len = pending.capacity = 0;
    if (!pending.is_short_of_memory) return 0;
    PyErr_NoMemory();
    return -1;
}

static int freeze_collector(void) {
    PyObject *gc = PyImport_ImportModule("gc");
    PyObject *done = gc ? PyObject_CallMethod(gc, "freeze", NULL) : NULL;
    Py_XDECREF(gc);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

int settle(void) {
    PyGC_Collect();
    if (immortalise_all() < 0 || freeze_collector() < 0) return -1;
    /* Nothing is left to collect, but this also empties the interpreter's free lists,
     * whose blocks lie on old pages. No Python runs after it. */
    PyGC_Collect();
    heap_seal();
    memory_map_draw();
    return 0;
}
