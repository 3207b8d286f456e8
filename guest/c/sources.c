#include "sources.h"

#include <string.h>

static const char EXPRESSION[] = "<expression>";

/* Texts whose definitions are gone are looked for whenever there is twice as much as after the
 * last look, so that looking costs little for each run. What is still too much then goes,
 * oldest first: tracebacks are without those lines. */
enum { KEPT_BYTES_MAX = 4 << 20, LOOK_BYTES_MIN = 64 << 10 };

static struct {
    PyObject *name; /* owned; NULL while nothing runs that has a source */
    const char *text;
    bool was_asked_for; /* linecache may hold its lines */
} current;

/* Name -> (text, list of code objects that something may still use). */
static PyObject *kept;
static size_t kept_bytes, look_at_bytes = LOOK_BYTES_MIN;
static unsigned unnamed_runs;

int sources_start(void) {
    kept = PyDict_New();
    return kept ? 0 : -1;
}

void sources_count_anew(void) { unnamed_runs = 0; }

PyObject *sources_current(void) { return current.name; }

/* What linecache holds of a run that is to be forgotten, or whose name another run takes. */
static void drop_lines(PyObject *name) {
    PyObject *linecache = PyImport_ImportModule("linecache");
    PyObject *cache = linecache ? PyObject_GetAttrString(linecache, "cache") : NULL;
    if (cache && PyDict_Check(cache) && PyDict_Pop(cache, name, NULL) < 0) PyErr_Clear();
    PyErr_Clear();
    Py_XDECREF(cache);
    Py_XDECREF(linecache);
}

static size_t text_bytes(PyObject *entry) {
    return (size_t)PyUnicode_GET_LENGTH(PyTuple_GET_ITEM(entry, 0));
}

static void forget(PyObject *name) {
    PyObject *entry = NULL;
    if (PyDict_Pop(kept, name, &entry) > 0) {
        kept_bytes -= text_bytes(entry);
        drop_lines(name);
    }
    Py_XDECREF(entry);
    PyErr_Clear();
}

static PyObject *name_of_run(RunKind kind, const char *name) {
    if (name && *name) return PyUnicode_FromString(name);
    if (kind == RUN_EXPRESSION) return PyUnicode_FromString(EXPRESSION);
    unsigned number = ++unnamed_runs;
    if (kind == RUN_SCRIPT && number == 1) return PyUnicode_FromString(SOURCES_SCRIPT);
    return PyUnicode_FromFormat("<cell %u>", number);
}

PyObject *sources_begin(RunKind kind, const char *name, const char *text) {
    PyObject *new_name = name_of_run(kind, name);
    if (!new_name) return NULL;
    if (PyDict_GET_SIZE(kept) && PyDict_Contains(kept, new_name) == 1) forget(new_name);
    Py_XSETREF(current.name, Py_NewRef(new_name));
    current.text = text;
    current.was_asked_for = false;
    return new_name;
}

void sources_begin_without_text(PyObject *name) {
    Py_XSETREF(current.name, Py_NewRef(name));
    current.text = NULL;
    current.was_asked_for = false;
}

/* Goes through the outermost code objects within `code` that something else refers to (a
 * function, a frame that waits, a traceback), and adds them to `into`, if that is not NULL.
 * Returns how many, or -1 with an exception set. A code object's constants are one reference. */
static Py_ssize_t collect_in_use(PyObject *code, PyObject *into) {
    if (Py_REFCNT(code) > 1) return into && PyList_Append(into, code) < 0 ? -1 : 1;
    PyObject *constants = ((PyCodeObject *)code)->co_consts;
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); i++) {
        PyObject *constant = PyTuple_GET_ITEM(constants, i);
        Py_ssize_t found = PyCode_Check(constant) ? collect_in_use(constant, into) : 0;
        if (found < 0) return -1;
        count += found;
    }
    return count;
}

/* Those of `codes` that something other than this list uses. */
static bool are_in_use(PyObject *codes) {
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(codes); i++)
        if (collect_in_use(PyList_GET_ITEM(codes, i), NULL) > 0) return true;
    return false;
}

static void forget_unused(void) {
    PyObject *names = PyDict_Keys(kept);
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        PyObject *entry = PyDict_GetItemWithError(kept, name);
        PyObject *codes = entry ? PyTuple_GET_ITEM(entry, 1) : NULL;
        if (!codes) continue;
        if (!are_in_use(codes)) forget(name);
    }
    for (Py_ssize_t i = 0; names && kept_bytes > KEPT_BYTES_MAX / 2; i++)
        forget(PyList_GET_ITEM(names, i));
    Py_XDECREF(names);
    PyErr_Clear();
    look_at_bytes = 2 * kept_bytes > LOOK_BYTES_MIN ? 2 * kept_bytes : LOOK_BYTES_MIN;
}

/* Keeps the run's text if something that it has defined is there. Whether it is kept. */
static bool keep(PyObject *code) {
    if (!code || !current.text || collect_in_use(code, NULL) == 0) return false;
    size_t bytes = strlen(current.text);
    if (bytes > KEPT_BYTES_MAX / 2) return false;
    PyObject *codes = PyList_New(0);
    if (codes && collect_in_use(code, codes) < 0) Py_CLEAR(codes);
    PyObject *text =
        codes ? PyUnicode_DecodeUTF8(current.text, (Py_ssize_t)bytes, "replace") : NULL;
    PyObject *entry = text ? PyTuple_Pack(2, text, codes) : NULL;
    bool is_kept = entry && PyDict_SetItem(kept, current.name, entry) == 0;
    if (is_kept) kept_bytes += text_bytes(entry);
    Py_XDECREF(entry);
    Py_XDECREF(text);
    Py_XDECREF(codes);
    PyErr_Clear();
    return is_kept;
}

void sources_end(PyObject *code) {
    bool is_kept = keep(code);
    if (!is_kept && current.was_asked_for) drop_lines(current.name);
    Py_CLEAR(current.name);
    current.text = NULL;
    if (kept_bytes > look_at_bytes) forget_unused();
}

static bool is_current(PyObject *name) {
    return current.name && PyUnicode_Check(name) && PyUnicode_Compare(current.name, name) == 0;
}

bool sources_has(PyObject *name) {
    if (is_current(name)) return current.text;
    bool has = PyUnicode_Check(name) && PyDict_Contains(kept, name) == 1;
    PyErr_Clear();
    return has;
}

PyObject *sources_text(PyObject *name) {
    if (is_current(name) && current.text) {
        current.was_asked_for = true;
        return PyUnicode_DecodeUTF8(current.text, (Py_ssize_t)strlen(current.text), "replace");
    }
    PyObject *entry = PyUnicode_Check(name) ? PyDict_GetItemWithError(kept, name) : NULL;
    if (entry) return Py_NewRef(PyTuple_GET_ITEM(entry, 0));
    if (PyErr_Occurred()) return NULL;
    Py_RETURN_NONE;
}

PyObject *sources_names(void) {
    PyObject *names = PyDict_Keys(kept);
    if (names && current.name && PyList_Append(names, current.name) < 0) Py_CLEAR(names);
    return names;
}
