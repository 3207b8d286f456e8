#define Py_BUILD_CORE 1
#include "settle.h"

#include "heap.h"
#include "memory_map.h"

#include <Python.h>

#include "internal/pycore_gc.h"
#include "internal/pycore_object.h"

static void immortalise(PyObject *object);

static int visit(PyObject *object, void *unused) {
    (void)unused;
    /* What the collector tracks is met by the walk over its lists. */
    if (object && !(PyObject_IS_GC(object) && PyObject_GC_IsTracked(object))) immortalise(object);
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

static void immortalise(PyObject *object) {
    if (_Py_IsImmortal(object)) return;
    object->ob_refcnt = _Py_IMMORTAL_INITIAL_REFCNT;
    visit_referents(object);
}

/* For what the collector tracks: the referents are walked even of an object that was
 * immortal before, such as a static type. */
static int immortalise_tracked(PyObject *object, void *unused) {
    (void)unused;
    if (!_Py_IsImmortal(object)) object->ob_refcnt = _Py_IMMORTAL_INITIAL_REFCNT;
    visit_referents(object);
    return 1;
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
    PyUnstable_GC_VisitObjects(immortalise_tracked, NULL);
    if (freeze_collector() < 0) return -1;
    /* Nothing is left to collect, but this also empties the interpreter's free lists,
     * whose blocks lie on old pages. No Python runs after it. */
    PyGC_Collect();
    heap_seal();
    memory_map_draw();
    return 0;
}
