#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "bridge.h"
#include "host.h"
#include "posix/posix.h"
#include "posix/timers.h"
#include "sources.h"
#include "threads.h"

enum { NS_PER_S = 1000000000 };

static PyObject *take_reply(const HostCompletion *completion) {
    PyObject *reply = PyBytes_FromStringAndSize(NULL, completion->reply_len);
    if (reply) host_take_reply(PyBytes_AS_STRING(reply), completion->reply_len);
    return reply;
}

static PyObject *is_exception(const HostCompletion *completion) {
    return PyBool_FromLong(completion->outcome != ABI_OUTCOME_VALUE);
}

static PyObject *bridge_call(PyObject *self, PyObject *args) {
    (void)self;
    const char *name, *payload;
    Py_ssize_t name_len, payload_len;
    if (!PyArg_ParseTuple(args, "s#s#", &name, &name_len, &payload, &payload_len)) return NULL;
    HostCompletion completion = {0};
    host_call(name, (size_t)name_len, payload, (size_t)payload_len, &completion);
    PyObject *reply = take_reply(&completion);
    return reply ? Py_BuildValue("NN", is_exception(&completion), reply) : NULL;
}

static PyObject *bridge_start(PyObject *self, PyObject *args) {
    (void)self;
    const char *name, *payload;
    Py_ssize_t name_len, payload_len;
    if (!PyArg_ParseTuple(args, "s#s#", &name, &name_len, &payload, &payload_len)) return NULL;
    return PyLong_FromUnsignedLong(
        host_start(name, (size_t)name_len, payload, (size_t)payload_len));
}

/* (token, is_exception, reply); None when the time ran out; False when nothing was
 * started that could complete. */
static PyObject *bridge_wait(PyObject *self, PyObject *timeout) {
    (void)self;
    long long timeout_ns = PyLong_AsLongLong(timeout);
    if (timeout_ns == -1 && PyErr_Occurred()) return NULL;
    HostCompletion completion = {0};
    uint64_t rest_ns = timers_rest_ns();
    if (rest_ns < (uint64_t)timeout_ns) timeout_ns = (long long)rest_ns;
    int32_t outcome = host_wait(timeout_ns, &completion);
    if (hatchery_timers_set && timers_ring() && outcome == ABI_WAIT_TIMED_OUT &&
        PyErr_CheckSignals() < 0)
        return NULL;
    switch (outcome) {
    case ABI_WAIT_TIMED_OUT: Py_RETURN_NONE;
    case ABI_WAIT_NOTHING_STARTED: Py_RETURN_FALSE;
    case ABI_WAIT_COMPLETED: break;
    }
    PyObject *reply = take_reply(&completion);
    return reply ? Py_BuildValue("INN", completion.token, is_exception(&completion), reply)
                 : NULL;
}

/* Sleeps so many nanoseconds, or until a signal's handler has run. */
static PyObject *bridge_nap(PyObject *self, PyObject *time) {
    (void)self;
    long long ns = PyLong_AsLongLong(time);
    if (ns == -1 && PyErr_Occurred()) return NULL;
    struct timespec wait = {.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &wait, NULL);
    if (PyErr_CheckSignals() < 0) return NULL;
    Py_RETURN_NONE;
}

static PyObject *bridge_cancel(PyObject *self, PyObject *token) {
    (void)self;
    unsigned long number = PyLong_AsUnsignedLong(token);
    if (PyErr_Occurred()) return NULL;
    host_cancel((uint32_t)number);
    Py_RETURN_NONE;
}

static PyObject *bridge_log(PyObject *self, PyObject *args) {
    (void)self;
    int level;
    const char *text;
    Py_ssize_t len;
    if (!PyArg_ParseTuple(args, "is#", &level, &text, &len)) return NULL;
    host_log(level, text, (size_t)len);
    Py_RETURN_NONE;
}

static bool stdin_is_closed;

static PyObject *bridge_stdin_was_closed(PyObject *self, PyObject *unused) {
    (void)self, (void)unused;
    stdin_is_closed = true;
    Py_RETURN_NONE;
}

bool bridge_take_stdin_was_closed(void) {
    bool was_closed = stdin_is_closed;
    if (was_closed) stdin_is_closed = false;
    return was_closed;
}

/* time.get_clock_info, which knows no thread_time of its own on WASI: all threads share one processor. */
static PyObject *get_clock_info(PyObject *original, PyObject *args) {
    PyObject *name = PyTuple_GET_SIZE(args) == 1 ? PyTuple_GET_ITEM(args, 0) : NULL;
    if (name && PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "thread_time") == 0)
        return PyObject_CallFunction(original, "s", "process_time");
    return PyObject_CallObject(original, args);
}

static PyMethodDef clock_info = {"get_clock_info", get_clock_info, METH_VARARGS,
                                 "get_clock_info(name: str) -> dict\n\n"
                                 "Get information of the specified clock."};

static PyObject *bridge_with_thread_time(PyObject *self, PyObject *original) {
    (void)self;
    PyObject *module = PyUnicode_FromString("time");
    PyObject *function = module ? PyCFunction_NewEx(&clock_info, original, module) : NULL;
    Py_XDECREF(module);
    return function;
}

static PyObject *bridge_run_thread(PyObject *self, PyObject *unused) {
    (void)self, (void)unused;
    return PyLong_FromLongLong(threads_run_one());
}

static PyObject *bridge_run_name(PyObject *self, PyObject *unused) {
    (void)self, (void)unused;
    PyObject *name = sources_current();
    return Py_NewRef(name ? name : Py_None);
}

static PyObject *bridge_run_names(PyObject *self, PyObject *unused) {
    (void)self, (void)unused;
    return sources_names();
}

static PyObject *bridge_has_source(PyObject *self, PyObject *name) {
    (void)self;
    return PyBool_FromLong(sources_has(name));
}

static PyObject *bridge_source(PyObject *self, PyObject *name) {
    (void)self;
    return sources_text(name);
}

static PyMethodDef methods[] = {
    {"stdin_was_closed", bridge_stdin_was_closed, METH_NOARGS, NULL},
    {"call", bridge_call, METH_VARARGS, NULL},
    {"start", bridge_start, METH_VARARGS, NULL},
    {"wait", bridge_wait, METH_O, NULL},
    {"nap", bridge_nap, METH_O, NULL},
    {"cancel", bridge_cancel, METH_O, NULL},
    {"log", bridge_log, METH_VARARGS, NULL},
    {"with_thread_time", bridge_with_thread_time, METH_O, NULL},
    {"run_thread", bridge_run_thread, METH_NOARGS, NULL},
    {"run_name", bridge_run_name, METH_NOARGS, NULL},
    {"run_names", bridge_run_names, METH_NOARGS, NULL},
    {"has_source", bridge_has_source, METH_O, NULL},
    {"source", bridge_source, METH_O, NULL},
    {NULL, NULL, 0, NULL}};

static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "_hatchery_host", .m_size = -1, .m_methods = methods};

static PyObject *create(void) { return PyModule_Create(&module); }

int bridge_register(void) { return PyImport_AppendInittab("_hatchery_host", create); }
