#include "ending.h"

#include "files/descriptor.h"
#include "objects.h"

/* Borrowed: types of _io's live as long as the guest. */
static PyTypeObject *io_base, *text_file, *buffered_writer, *buffered_random;

static bool know_types(void) {
    static const struct {
        PyTypeObject **type;
        const char *name;
    } types[] = {{&io_base, "_IOBase"},
                 {&text_file, "TextIOWrapper"},
                 {&buffered_writer, "BufferedWriter"},
                 {&buffered_random, "BufferedRandom"}};
    PyObject *io = PyImport_ImportModule("_io");
    for (size_t i = 0; io && i < sizeof types / sizeof *types; i++) {
        PyObject *type = PyObject_GetAttrString(io, types[i].name);
        if (!type || !PyType_Check(type)) {
            Py_XDECREF(type);
            Py_CLEAR(io);
            break;
        }
        *types[i].type = (PyTypeObject *)type;
        Py_DECREF(type);
    }
    Py_XDECREF(io);
    PyErr_Clear();
    return io != NULL;
}

/* Files that were open when a snapshot of a live session was taken; NULL where none was. Their
 * objects are the snapshot's, and nobody finds them later. */
static PyObject *settled_files;

static bool is_text_file(PyObject *object) { return PyObject_TypeCheck(object, text_file); }

static bool is_buffered(PyObject *object) {
    return PyObject_TypeCheck(object, buffered_writer) ||
           PyObject_TypeCheck(object, buffered_random);
}

/* Whether a question about a file has this answer. One that cannot be asked, as of a file that
 * was detached, is not answered so. */
static bool answers(PyObject *file, const char *question, PyObject *expected) {
    PyObject *answer = PyObject_GetAttrString(file, question);
    if (answer && PyCallable_Check(answer)) Py_SETREF(answer, PyObject_CallNoArgs(answer));
    PyErr_Clear();
    Py_XDECREF(answer);
    return answer == expected;
}

static void write_file(PyObject *file) {
    if (!answers(file, "closed", Py_False) || !answers(file, "writable", Py_True)) return;
    PyObject *done = PyObject_CallMethod(file, "flush", NULL);
    if (!done) PyErr_FormatUnraisable("Exception ignored while writing to %R", file);
    Py_XDECREF(done);
}

static void write_files(PyObject *files, bool (*wanted)(PyObject *)) {
    for (Py_ssize_t i = 0; files && i < PyList_GET_SIZE(files); i++)
        if (wanted(PyList_GET_ITEM(files, i))) write_file(PyList_GET_ITEM(files, i));
}

static bool is_file(PyObject *object) { return is_text_file(object) || is_buffered(object); }

void ending_write_files(void) {
    if (!descriptor_any_writable() || !know_types()) return;
    PyObject *files = objects_find(is_file);
    /* What is text goes into a buffer first. */
    write_files(settled_files, is_text_file);
    write_files(files, is_text_file);
    write_files(settled_files, is_buffered);
    write_files(files, is_buffered);
    Py_XDECREF(files);
    PyErr_Clear();
}

int ending_settle_files(void) {
    if (!descriptor_any_writable()) return 0;
    PyObject *files = know_types() ? objects_find(is_file) : NULL;
    if (!files) return PyErr_Occurred() ? -1 : 0;
    if (settled_files && PyList_SetSlice(files, 0, 0, settled_files) < 0) return -1;
    settled_files = files;
    return 0;
}

static bool has_finalizer(PyObject *object) {
    return Py_TYPE(object)->tp_finalize && !PyObject_GC_IsFinalized(object);
}

/* A generator that a thread is in the middle of cannot be closed. */
static bool is_running(PyObject *object) {
    const char *question = PyGen_CheckExact(object)        ? "gi_running"
                           : PyCoro_CheckExact(object)     ? "cr_running"
                           : PyAsyncGen_CheckExact(object) ? "ag_running"
                                                           : NULL;
    return question && answers(object, question, Py_True);
}

/* A file is finalized after whatever may still write to it. */
static int turn_of(PyObject *object) {
    if (!PyObject_TypeCheck(object, io_base)) return 0;
    if (PyType_HasFeature(Py_TYPE(object), Py_TPFLAGS_IMMUTABLETYPE) == 0) return 1;
    return is_text_file(object) ? 2 : is_buffered(object) ? 3 : 4;
}

void ending_finalize_objects(void) {
    PyObject *objects = know_types() ? objects_find(has_finalizer) : NULL;
    Py_ssize_t count = objects ? PyList_GET_SIZE(objects) : 0;
    for (int turn = 0; turn <= 4; turn++) {
        for (Py_ssize_t i = 0; i < count; i++) {
            PyObject *object = PyList_GET_ITEM(objects, i);
            if (turn_of(object) == turn && !is_running(object)) PyObject_CallFinalizer(object);
        }
    }
    Py_XDECREF(objects);
    PyErr_Clear();
}
