#include "interpreter.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge.h"
#include "ending.h"
#include "files/stdlib.h"
#include "hashes.h"
#include "marshal.h"
#include "output.h"
#include "posix/process.h"
#include "posix/timers.h"
#include "scrypt.h"
#include "sources.h"
#include "threads.h"

/* CPython's own, which its configure leaves out on WASI. */
PyMODINIT_FUNC PyInit__ctypes(void);
PyMODINIT_FUNC PyInit_fcntl(void);
PyMODINIT_FUNC PyInit_grp(void);
PyMODINIT_FUNC PyInit_mmap(void);
PyMODINIT_FUNC PyInit_pwd(void);
PyMODINIT_FUNC PyInit_resource(void);

static struct _inittab left_out[] = {
    {"_ctypes", PyInit__ctypes}, {"fcntl", PyInit_fcntl}, {"grp", PyInit_grp},
    {"mmap", PyInit_mmap},       {"pwd", PyInit_pwd},     {"resource", PyInit_resource},
    {NULL, NULL},
};

static const char LIBRARY[] = "/usr/lib/python3.14";
static const char BRIDGE[] = "/usr/lib/python3.14/hatchery.py";

static struct {
    bool is_set;
    uint32_t value;
} hash_seed;

void interpreter_set_hash_seed(uint32_t seed) {
    hash_seed.is_set = true;
    hash_seed.value = seed;
}

static PyObject *main_globals; /* borrowed: __main__ lives as long as the guest */
static PyObject *library_prefix, *bridge_path, *file_key, *cell_value_key;

static void complain(const char *text) { output_write(OUTPUT_STDERR, text, strlen(text)); }

static int fail(const char *what, const char *why) {
    complain("hatchery: CPython did not start: ");
    complain(what ? what : "unknown step");
    complain(": ");
    complain(why ? why : "unknown error");
    complain("\n");
    return -1;
}

static PyStatus configure(PyConfig *config) {
    config->site_import = 1; /* exit(), quit(), help() */
    config->user_site_directory = 0;
    config->install_signal_handlers = 1; /* SIGINT is a KeyboardInterrupt */
    config->pathconfig_warnings = 0;
    config->write_bytecode = 0;
    config->parse_argv = 0;
    config->buffered_stdio = 1;
    config->use_hash_seed = hash_seed.is_set;
    config->hash_seed = hash_seed.value;
    PyStatus status = PyConfig_SetBytesString(config, &config->program_name, "python3");
    if (!PyStatus_Exception(status))
        status = PyConfig_SetBytesString(config, &config->home, "/usr");
    /* What gives os and other frozen modules their __file__. */
    if (!PyStatus_Exception(status))
        status = PyConfig_SetBytesString(config, &config->stdlib_dir, "/usr/lib/python3.14");
    /* stdout and stderr are replaced later; stdin stays CPython's own. */
    if (!PyStatus_Exception(status))
        status = PyConfig_SetBytesString(config, &config->stdio_encoding, "utf-8");
    static const wchar_t *const paths[] = {L"/usr/lib/python3.14", L"/lib", L"/work"};
    config->module_search_paths_set = 1;
    for (size_t i = 0; i < 3 && !PyStatus_Exception(status); i++)
        status = PyWideStringList_Append(&config->module_search_paths, paths[i]);
    return status;
}

static int start(void) {
    int error = stdlib_mount();
    if (error) return fail("mounting the standard library", strerror(error));
    if (chdir("/work") != 0) return fail("entering /work", "no such directory");

    setenv("HOME", USER_HOME, 1);
    setenv("USER", USER_NAME, 1);
    setenv("LOGNAME", USER_NAME, 1);
    setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
    setenv("LANG", "C.UTF-8", 1);
    PyPreConfig preconfig;
    PyPreConfig_InitIsolatedConfig(&preconfig);
    preconfig.utf8_mode = 1;
    /* Straight to heap.c: pymalloc keeps a page for each size class, and what an
     * instance creates is to lie together. */
    preconfig.allocator = PYMEM_ALLOCATOR_MALLOC;
    PyStatus status = Py_PreInitialize(&preconfig);
    if (PyStatus_Exception(status)) return fail(status.func, status.err_msg);

    if (bridge_register() < 0) return fail("the bridge to the host", "no memory");
    if (scrypt_register() < 0 || hashes_register() < 0) return fail("hashes", "no memory");
    if (PyImport_ExtendInittab(left_out) < 0)
        return fail("modules that CPython leaves out", "no memory");
    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    status = configure(&config);
    if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status)) return fail(status.func, status.err_msg);

    PyObject *module = PyImport_AddModule("__main__");
    if (!module || output_install() < 0) {
        PyErr_Print();
        return fail("standard output", "see above");
    }
    main_globals = PyModule_GetDict(module);
    library_prefix = PyUnicode_FromString(LIBRARY);
    bridge_path = PyUnicode_FromString(BRIDGE);
    file_key = PyUnicode_InternFromString("__file__");
    /* Not a name that a program could use. */
    cell_value_key = PyUnicode_InternFromString("<value>");
    if (!library_prefix || !bridge_path || !file_key || !cell_value_key || sources_start() < 0)
        return fail("a name", "no memory");
    PyObject *support = PyImport_ImportModule("_hatchery");
    if (!support) {
        PyErr_Print();
        return fail("importing _hatchery", LIBRARY);
    }
    Py_DECREF(support);
    return 0;
}

int interpreter_ensure(void) {
    static enum { NOT_STARTED, RUNNING, FAILED } state;
    if (state == NOT_STARTED) state = start() == 0 ? RUNNING : FAILED;
    if (state == RUNNING) return 0;
    return -1;
}

void interpreter_limit_recursion(int depth) {
    static int imposed, before;
    if (depth == imposed || interpreter_ensure() < 0) return;
    if (!imposed) before = Py_GetRecursionLimit();
    if (depth)
        Py_SetRecursionLimit(depth);
    else if (Py_GetRecursionLimit() == imposed)
        Py_SetRecursionLimit(before);
    imposed = depth;
}

static const char *without_mark(const char *source) {
    return strncmp(source, "\xef\xbb\xbf", 3) == 0 ? source + 3 : source;
}

static PyObject *compile_as(const char *source, PyObject *name, int start) {
    PyCompilerFlags flags = _PyCompilerFlags_INIT;
    flags.cf_flags = PyCF_SOURCE_IS_UTF8 | PyCF_IGNORE_COOKIE | PyCF_ALLOW_TOP_LEVEL_AWAIT;
    return Py_CompileStringObject(source, name, start, &flags, -1);
}

/* sys.exit(): None is 0, a number is itself, anything else is printed and is 1. */
static int exit_code_of(PyObject *exception) {
    PyObject *code = PyObject_GetAttrString(exception, "code");
    if (!code) {
        PyErr_Clear();
        return 1;
    }
    int exit_code = 1;
    if (code == Py_None) {
        exit_code = 0;
    } else if (PyLong_Check(code)) {
        int overflow;
        long value = PyLong_AsLongAndOverflow(code, &overflow);
        exit_code = overflow ? 255 : (int)value;
    } else {
        PyObject *text = PyObject_Str(code);
        Py_ssize_t len = 0;
        const char *utf8 = text ? PyUnicode_AsUTF8AndSize(text, &len) : NULL;
        if (utf8) {
            output_write(OUTPUT_STDERR, utf8, (size_t)len);
            complain("\n");
        }
        PyErr_Clear();
        Py_XDECREF(text);
    }
    Py_DECREF(code);
    return exit_code;
}

static bool is_in(PyTracebackObject *traceback, PyObject *prefix) {
    PyCodeObject *code = PyFrame_GetCode(traceback->tb_frame);
    bool is_in = PyUnicode_Tailmatch(code->co_filename, prefix, 0, PY_SSIZE_T_MAX, -1) == 1;
    Py_DECREF(code);
    return is_in;
}

/* A traceback shows the program's own frames: not those of the library that called
 * it, nor what a host function goes through. */
static void show_own_frames(PyObject *exception) {
    PyTracebackObject *first = (PyTracebackObject *)PyException_GetTraceback(exception);
    PyTracebackObject *at = first;
    while (at && is_in(at, library_prefix)) at = at->tb_next;
    if (at && at != first) PyException_SetTraceback(exception, (PyObject *)at);
    for (; at && at->tb_next; at = at->tb_next)
        if (is_in(at->tb_next, bridge_path)) Py_CLEAR(at->tb_next);
    Py_XDECREF(first);
}

/* As data, for the host. What fails here only makes the report poorer. */
static void describe(PyObject *exception) {
    PyObject *module = PyImport_ImportModule("_hatchery_errors");
    PyObject *text = module ? PyObject_CallMethod(module, "describe", "O", exception) : NULL;
    Py_ssize_t len;
    const char *utf8 = text ? PyUnicode_AsUTF8AndSize(text, &len) : NULL;
    if (utf8) output_write(OUTPUT_EXCEPTION, utf8, (size_t)len);
    Py_XDECREF(text);
    Py_XDECREF(module);
    PyErr_Clear();
}

/* Through sys.excepthook, which may be the program's own. PyErr_Print is not for
 * here: on a SystemExit of the hook's it would end the process. Returns the exit code. */
static int print_exception(PyObject *exception) {
    PyObject *hook = Py_XNewRef(PySys_GetObject("excepthook"));
    PyObject *traceback = PyException_GetTraceback(exception);
    PyObject *done = hook && hook != Py_None
                         ? PyObject_CallFunctionObjArgs(hook, (PyObject *)Py_TYPE(exception),
                                                        exception,
                                                        traceback ? traceback : Py_None, NULL)
                         : NULL;
    int exit_code = 1;
    if (!done) {
        if (PyErr_ExceptionMatches(PyExc_SystemExit)) {
            PyObject *exit = PyErr_GetRaisedException();
            exit_code = exit_code_of(exit);
            Py_DECREF(exit);
        } else {
            PyErr_Clear();
            PyErr_DisplayException(exception);
        }
    }
    PyErr_Clear();
    Py_XDECREF(done);
    Py_XDECREF(traceback);
    Py_XDECREF(hook);
    return exit_code;
}

static bool stdin_is_closed;

/* exit() closes sys.stdin, also one that the program has put in its place. */
static void look_after_stdin(void) {
    PyObject *stream = Py_XNewRef(PySys_GetObject("stdin"));
    PyObject *closed = stream ? PyObject_GetAttrString(stream, "closed") : NULL;
    if (closed == Py_True) stdin_is_closed = true;
    Py_XDECREF(closed);
    Py_XDECREF(stream);
    PyErr_Clear();
}

/* A SyntaxError that the compiler found after parsing comes without its line. */
static void quote_line(PyObject *exception) {
    if (!PyErr_GivenExceptionMatches(exception, PyExc_SyntaxError) || !sources_current()) return;
    PyObject *module = PyImport_ImportModule("_hatchery_sources");
    PyObject *done = module ? PyObject_CallMethod(module, "quote_line", "O", exception) : NULL;
    Py_XDECREF(done);
    Py_XDECREF(module);
    PyErr_Clear();
}

int interpreter_report_exception(void) {
    PyObject *exception = PyErr_GetRaisedException();
    int exit_code = 1;
    if (PyErr_GivenExceptionMatches(exception, PyExc_SystemExit)) {
        exit_code = exit_code_of(exception);
        look_after_stdin();
    } else {
        show_own_frames(exception);
        quote_line(exception);
        exit_code = print_exception(exception);
        describe(exception);
    }
    Py_DECREF(exception);
    return exit_code;
}

/* A program may have put its own object in place of sys.stdout: what that one
 * still buffers is output too. */
static void flush_replaced_streams(void) {
    static const char *const names[] = {"stdout", "stderr"};
    static const char *const originals[] = {"__stdout__", "__stderr__"};
    for (int i = 0; i < 2; i++) {
        PyObject *stream = PySys_GetObject(names[i]);
        if (!stream || stream == Py_None || stream == PySys_GetObject(originals[i])) continue;
        PyObject *keep = Py_NewRef(stream);
        PyObject *done = PyObject_CallMethod(keep, "flush", NULL);
        if (!done) PyErr_Clear();
        Py_XDECREF(done);
        Py_DECREF(keep);
    }
}

/* What was written in a run is where it was written to when the run has ended. */
static void end_run(void) {
    threads_finish_run();
    flush_replaced_streams();
    ending_write_files();
    timers_clear();
}

/* Calls a function of _hatchery.py; steals `args`. NULL with an exception set. */
static PyObject *call_support(const char *function, PyObject *args) {
    PyObject *module = args ? PyImport_ImportModule("_hatchery") : NULL;
    PyObject *callable = module ? PyObject_GetAttrString(module, function) : NULL;
    PyObject *result = callable ? PyObject_CallObject(callable, args) : NULL;
    Py_XDECREF(args);
    Py_XDECREF(callable);
    Py_XDECREF(module);
    return result;
}

char *interpreter_decode(const char *source, size_t len) {
    PyObject *decoded = call_support("decode_source", Py_BuildValue("(y#)", source, (Py_ssize_t)len));
    const char *text = decoded && decoded != Py_None ? PyUnicode_AsUTF8(decoded) : NULL;
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy) PyErr_NoMemory();
    Py_XDECREF(decoded);
    return copy;
}

/* Runs a code object in __main__; steals nothing. What awaits at its top level is a
 * coroutine, which an event loop runs to its end. */
static PyObject *run_code(PyObject *code) {
    PyObject *result = PyEval_EvalCode(code, main_globals, main_globals);
    if (!result || !(((PyCodeObject *)code)->co_flags & CO_COROUTINE)) return result;
    PyObject *args = PyTuple_Pack(1, result);
    Py_DECREF(result);
    return call_support("run_coroutine", args);
}

/* A run has its own standard input, even after one that has closed it, as exit() does. */
static void renew_stdin_if_closed(void) {
    if (!bridge_take_stdin_was_closed() && !stdin_is_closed) return;
    stdin_is_closed = false;
    Py_XDECREF(call_support("renew_stdin", PyTuple_New(0)));
    PyErr_Clear();
}

/* A program finds its name where a file's would be; the snapshot has the first run's there. */
static int set_file(PyObject *name) {
    PyObject *file = PyDict_GetItemWithError(main_globals, file_key);
    if (file && PyUnicode_Check(file) && PyUnicode_Compare(file, name) == 0) return 0;
    return PyErr_Occurred() ? -1 : PyDict_SetItem(main_globals, file_key, name);
}

static int finish_run(PyObject *result) {
    int exit_code = result ? 0 : interpreter_report_exception();
    Py_XDECREF(result);
    end_run();
    return exit_code;
}

int interpreter_execute(const char *name, const char *source) {
    renew_stdin_if_closed();
    source = without_mark(source);
    PyObject *run = sources_begin(RUN_SCRIPT, name, source);
    PyObject *code = run && set_file(run) == 0 ? compile_as(source, run, Py_file_input) : NULL;
    int exit_code = finish_run(code ? run_code(code) : NULL);
    sources_end(code);
    Py_XDECREF(code);
    Py_XDECREF(run);
    return exit_code;
}

PyObject *interpreter_compile(const char *source) {
    source = without_mark(source);
    PyObject *name = sources_begin(RUN_SCRIPT, SOURCES_SCRIPT, source);
    PyObject *code = name ? compile_as(source, name, Py_file_input) : NULL;
    PyObject *bytes = code ? PyMarshal_WriteObjectToString(code, Py_MARSHAL_VERSION) : NULL;
    if (!bytes) interpreter_report_exception();
    sources_end(NULL);
    Py_XDECREF(code);
    Py_XDECREF(name);
    return bytes;
}

int interpreter_run_bytecode(PyObject *code) {
    renew_stdin_if_closed();
    sources_begin_without_text(((PyCodeObject *)code)->co_filename);
    int exit_code = finish_run(run_code(code));
    sources_end(NULL);
    return exit_code;
}

/* Leaves a text as the run's value. `result` is stolen; NULL is an exception set. */
static int finish_with(PyObject *result) {
    Py_ssize_t len;
    const char *utf8 = NULL;
    if (result && PyUnicode_Check(result)) utf8 = PyUnicode_AsUTF8AndSize(result, &len);
    if (utf8) output_write(OUTPUT_VALUE, utf8, (size_t)len);
    int exit_code = result && !PyErr_Occurred() ? 0 : interpreter_report_exception();
    Py_XDECREF(result);
    end_run();
    return exit_code;
}

int interpreter_evaluate(const char *source) {
    renew_stdin_if_closed();
    source = without_mark(source);
    PyObject *run = sources_begin(RUN_EXPRESSION, NULL, source);
    PyObject *code = run ? compile_as(source, run, Py_eval_input) : NULL;
    PyObject *value = code ? run_code(code) : NULL;
    PyObject *text = value ? call_support("to_json", PyTuple_Pack(1, value)) : NULL;
    Py_XDECREF(value);
    int exit_code = finish_with(text);
    sources_end(code);
    Py_XDECREF(code);
    Py_XDECREF(run);
    return exit_code;
}

/* What the last expression of a cell gave, as a notebook shows it: JSON of its repr, or null. */
static PyObject *cell_value(PyObject *result) {
    PyObject *value = NULL;
    if (!result || PyDict_Pop(main_globals, cell_value_key, &value) < 0) return NULL;
    PyObject *args = PyTuple_Pack(1, value ? value : Py_None);
    Py_XDECREF(value);
    return call_support("display", args);
}

static PyObject *compile_cell(const char *source, PyObject *name) {
    PyObject *args = Py_BuildValue("sOO", source, name, cell_value_key);
    PyObject *code = call_support("compile_cell", args);
    if (code) return code;
    /* A SyntaxError as of any other program: without the frame that called the compiler. */
    PyObject *exception = PyErr_GetRaisedException();
    PyException_SetTraceback(exception, Py_None);
    PyErr_SetRaisedException(exception);
    return NULL;
}

int interpreter_execute_cell(const char *name, const char *source) {
    renew_stdin_if_closed();
    source = without_mark(source);
    PyObject *run = sources_begin(RUN_CELL, name, source);
    PyObject *code = run && set_file(run) == 0 ? compile_cell(source, run) : NULL;
    PyObject *result = code ? run_code(code) : NULL;
    PyObject *text = cell_value(result);
    Py_XDECREF(result);
    int exit_code = finish_with(text);
    sources_end(code);
    Py_XDECREF(code);
    Py_XDECREF(run);
    return exit_code;
}

int interpreter_call_support(const char *function, PyObject *args) {
    renew_stdin_if_closed();
    return finish_with(call_support(function, args));
}

int interpreter_finalize(void) {
    Py_XDECREF(call_support("run_exit_functions", PyTuple_New(0)));
    if (PyErr_Occurred()) interpreter_report_exception();
    end_run();
    ending_finalize_objects();
    if (interpreter_clear_main() < 0) interpreter_report_exception();
    PyGC_Collect();
    Py_XDECREF(call_support("begin_anew", PyTuple_New(0)));
    PyErr_Clear();
    end_run();
    return 0;
}

int interpreter_clear_main(void) {
    static const char *const kept[] = {"__name__",   "__doc__",  "__package__",
                                       "__loader__", "__spec__", "__builtins__"};
    PyObject *fresh = PyDict_New();
    if (!fresh) return -1;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        PyObject *value = PyDict_GetItemString(main_globals, kept[i]);
        if (value && PyDict_SetItemString(fresh, kept[i], value) < 0) {
            Py_DECREF(fresh);
            return -1;
        }
    }
    PyObject *file = PyUnicode_FromString(SOURCES_SCRIPT);
    int result = file ? PyDict_SetItem(fresh, file_key, file) : -1;
    Py_XDECREF(file);
    if (result == 0) {
        PyDict_Clear(main_globals);
        result = PyDict_Update(main_globals, fresh);
        sources_count_anew();
    }
    Py_DECREF(fresh);
    return result;
}
