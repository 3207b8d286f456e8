/* The guest's exports: the field's base ABI, as docs/guest-abi.md specifies it.
 *
 * Buffers belong to the host: it takes them with `alloc`, fills them, passes
 * (pointer, length), and gives them back with `dealloc`. No input may trap: what
 * lies outside memory, is too long, holds a NUL or is not UTF-8 gets a code. */
#include "abi.h"

#include <stdlib.h>
#include <string.h>

#include "ending.h"
#include "files/descriptor.h"
#include "files/streams.h"
#include "heap.h"
#include "interpreter.h"
#include "marshal.h"
#include "memory_map.h"
#include "output.h"
#include "settle.h"

/* What compile_source puts before the marshalled code: load_bytecode takes only
 * what this very build has made. */
static const char BYTECODE_MAGIC[] = "HPYC" GUEST_BUILD_ID;
enum { BYTECODE_HEADER_BYTES = sizeof BYTECODE_MAGIC - 1 };

static int32_t finish(int exit_code) {
    run_report.exit_code = exit_code;
    return exit_code == 0 ? ABI_OK : ABI_PYTHON_ERROR;
}

/* Every execution export starts here: fresh captures, an interpreter. */
static int32_t enter(void) {
    output_clear();
    run_report.exit_code = 0;
    descriptor_renew_streams();
    return interpreter_ensure() == 0 ? ABI_OK : refuse(ABI_NOT_STARTED);
}

/* A NUL-terminated copy of checked text; NULL with `*code` set. Freed by the caller. */
static char *take_text(const char *bytes, size_t len, int32_t *code) {
    *code = check_range(bytes, len);
    if (*code != ABI_OK) return NULL;
    PyObject *text = PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)len, "strict");
    if (!text) {
        bool is_memory = PyErr_ExceptionMatches(PyExc_MemoryError);
        PyErr_Clear();
        *code = refuse(is_memory ? ABI_NO_MEMORY : ABI_NOT_UTF8);
        return NULL;
    }
    Py_DECREF(text);
    if (memchr(bytes, 0, len)) {
        *code = refuse(ABI_NUL_BYTE);
        return NULL;
    }
    char *copy = malloc(len + 1);
    if (!copy) {
        *code = refuse(ABI_NO_MEMORY);
        return NULL;
    }
    memcpy(copy, bytes, len);
    copy[len] = 0;
    return copy;
}

EXPORT(abi_version) int32_t abi_version(void) { return ABI_VERSION; }

EXPORT(alloc) void *abi_alloc(size_t size) { return malloc(size ? size : 1); }

EXPORT(dealloc) void abi_dealloc(void *pointer, size_t size) {
    (void)size;
    free(pointer);
}

typedef int (*RunNamed)(const char *name, const char *source);

/* As take_text, for a program: one that is not UTF-8 is what its coding comment says, if it has one. */
static char *take_source(const char *source, size_t len, int32_t *code) {
    char *text = take_text(source, len, code);
    if (text || *code != ABI_NOT_UTF8) return text;
    text = interpreter_decode(source, len);
    if (text) *code = ABI_OK;
    if (!text && PyErr_Occurred()) *code = finish(interpreter_report_exception());
    return text;
}

static int32_t run_named(RunNamed run, const char *name, size_t name_len, const char *source,
                         size_t len) {
    int32_t code = enter();
    if (code != ABI_OK) return code;
    char *own_name = name_len ? take_text(name, name_len, &code) : NULL;
    char *text = code == ABI_OK ? take_source(source, len, &code) : NULL;
    if (text) code = finish(run(own_name, text));
    free(text);
    free(own_name);
    return code;
}

EXPORT(execute) int32_t abi_execute(const char *source, size_t len) {
    return run_named(interpreter_execute, NULL, 0, source, len);
}

EXPORT(execute_named)
int32_t abi_execute_named(const char *name, size_t name_len, const char *source, size_t len) {
    return run_named(interpreter_execute, name, name_len, source, len);
}

EXPORT(execute_cell)
int32_t abi_execute_cell(const char *name, size_t name_len, const char *source, size_t len) {
    return run_named(interpreter_execute_cell, name, name_len, source, len);
}

/* The bytecode of `source` as bytes; NULL after reporting why there is none. */
static PyObject *compile_to_bytes(const char *source, size_t len, int32_t *code) {
    char *text = take_text(source, len, code);
    if (!text) return NULL;
    PyObject *bytes = interpreter_compile(text);
    free(text);
    if (!bytes) *code = finish(1);
    return bytes;
}

EXPORT(compile_source)
int32_t abi_compile_source(const char *source, size_t len, uint8_t *into, size_t into_len) {
    int32_t code = enter();
    if (code != ABI_OK) return code;
    code = check_range(into, 0);
    if (code == ABI_OK && (uint64_t)(uintptr_t)into + into_len >
                          (uint64_t)__builtin_wasm_memory_size(0) * WASM_PAGE_BYTES)
        code = refuse(ABI_OUTSIDE_MEMORY);
    if (code != ABI_OK) return code;
    PyObject *bytes = compile_to_bytes(source, len, &code);
    if (!bytes) return code == ABI_PYTHON_ERROR ? refuse(ABI_NOT_UTF8) : code;
    size_t n = (size_t)PyBytes_GET_SIZE(bytes) + BYTECODE_HEADER_BYTES;
    if (n > into_len || n > ABI_INPUT_BYTES_MAX) {
        Py_DECREF(bytes);
        return refuse(ABI_TOO_LONG);
    }
    memcpy(into, BYTECODE_MAGIC, BYTECODE_HEADER_BYTES);
    memcpy(into + BYTECODE_HEADER_BYTES, PyBytes_AS_STRING(bytes),
           (size_t)PyBytes_GET_SIZE(bytes));
    Py_DECREF(bytes);
    return (int32_t)n;
}

/* As compile_source, with the bytecode left as the run's value. */
EXPORT(compile) int32_t abi_compile(const char *source, size_t len) {
    int32_t code = enter();
    if (code != ABI_OK) return code;
    PyObject *bytes = compile_to_bytes(source, len, &code);
    if (!bytes) return code;
    output_write(OUTPUT_VALUE, BYTECODE_MAGIC, BYTECODE_HEADER_BYTES);
    output_write(OUTPUT_VALUE, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
    Py_DECREF(bytes);
    return finish(0);
}

EXPORT(load_bytecode) int32_t abi_load_bytecode(const uint8_t *bytes, size_t len) {
    int32_t code = enter();
    if (code == ABI_OK) code = check_range(bytes, len);
    if (code != ABI_OK) return code;
    if (len < BYTECODE_HEADER_BYTES || memcmp(bytes, BYTECODE_MAGIC, BYTECODE_HEADER_BYTES) != 0)
        return refuse(ABI_FOREIGN_BYTECODE);
    PyObject *compiled = PyMarshal_ReadObjectFromString(
        (const char *)bytes + BYTECODE_HEADER_BYTES, (Py_ssize_t)(len - BYTECODE_HEADER_BYTES));
    if (compiled && !PyCode_Check(compiled)) {
        PyErr_SetString(PyExc_ValueError, "bytecode does not hold a code object");
        Py_CLEAR(compiled);
    }
    int exit_code =
        compiled ? interpreter_run_bytecode(compiled) : interpreter_report_exception();
    Py_XDECREF(compiled);
    return finish(exit_code);
}

/* Both texts checked and handed to a function of _hatchery.py. */
static int32_t call_with_texts(const char *function, const char *first, size_t first_len,
                               const char *second, size_t second_len) {
    int32_t code = enter();
    if (code != ABI_OK) return code;
    char *a = take_text(first, first_len, &code);
    char *b = a && second ? take_text(second, second_len, &code) : NULL;
    if (code == ABI_OK)
        code = finish(interpreter_call_support(
            function, second ? Py_BuildValue("(ss)", a, b) : Py_BuildValue("(s)", a)));
    free(a);
    free(b);
    return code;
}

EXPORT(execute_function)
int32_t abi_execute_function(const char *name, size_t name_len, const char *args,
                             size_t args_len) {
    return call_with_texts("execute_function", name, name_len, args_len ? args : "", args_len);
}

EXPORT(call_function)
int32_t abi_call_function(const char *name, size_t name_len, const char *args,
                          size_t args_len) {
    return call_with_texts("call_function", name, name_len, args_len ? args : "", args_len);
}

EXPORT(evaluate) int32_t abi_evaluate(const char *source, size_t len) {
    int32_t code = enter();
    if (code != ABI_OK) return code;
    char *text = take_text(source, len, &code);
    if (!text) return code;
    int exit_code = interpreter_evaluate(text);
    free(text);
    return finish(exit_code);
}

/* Settings of one sandbox, as a JSON object: see docs/guest-abi.md. */
EXPORT(configure) int32_t abi_configure(const char *settings, size_t len) {
    return call_with_texts("configure", settings, len, NULL, 0);
}

/* Before anything else: the snapshot of a guest with a seed is always the same. */
EXPORT(set_hash_seed) void abi_set_hash_seed(uint32_t seed) { interpreter_set_hash_seed(seed); }

/* What the next runs read from standard input, in place of what was left of it. */
EXPORT(set_stdin) int32_t abi_set_stdin(const uint8_t *bytes, size_t len) {
    int32_t code = enter();
    if (code == ABI_OK) code = check_range(bytes, len);
    if (code != ABI_OK) return code;
    uint8_t *copy = len ? malloc(len) : NULL;
    if (len && !copy) return refuse(ABI_NO_MEMORY);
    if (len) memcpy(copy, bytes, len);
    stdin_set(copy, len);
    return finish(interpreter_call_support("renew_stdin", PyTuple_New(0)));
}

EXPORT(install_module)
int32_t abi_install_module(const char *name, size_t name_len, const char *source,
                           size_t source_len) {
    return call_with_texts("install_module", name, name_len, source_len ? source : "",
                           source_len);
}

EXPORT(uninstall_module) int32_t abi_uninstall_module(const char *name, size_t name_len) {
    return call_with_texts("uninstall_module", name, name_len, NULL, 0);
}

EXPORT(finalize) int32_t abi_finalize(void) {
    int32_t code = enter();
    return code == ABI_OK ? finish(interpreter_finalize()) : code;
}

EXPORT(reset_state) void abi_reset_state(void) {
    if (enter() != ABI_OK) return;
    if (interpreter_clear_main() < 0) interpreter_report_exception();
    output_clear();
}

/* What the host has the guest keep to from now on: after every build, wake, rollback or
 * new snapshot, as these live in memory. `recursion_max` 0 is no limit of the host's. */
EXPORT(impose)
void abi_impose(uint32_t output_bytes_max, uint32_t open_files_max, uint32_t recursion_max,
                uint32_t streams) {
    output_set_limit(output_bytes_max);
    descriptor_limit(open_files_max > INT32_MAX ? INT32_MAX : (int32_t)open_files_max);
    interpreter_limit_recursion((int)recursion_max);
    output_stream_to_host(streams & 1 << OUTPUT_STDOUT, streams & 1 << OUTPUT_STDERR);
}

/* Last step of a bake of a live session: a heap that is cheap to share. */
EXPORT(settle_snapshot) int32_t abi_settle_snapshot(void) {
    int32_t code = enter();
    if (code != ABI_OK) return code;
    code = finish(interpreter_call_support("drop_caches", PyTuple_New(0)));
    /* Limits are those of whoever makes instances of the snapshot. */
    abi_impose(OUTPUT_BYTES_MAX_DEFAULT, UINT32_MAX, 0, 0);
    if (code == ABI_OK && (ending_settle_files() < 0 || settle() < 0)) code = finish(interpreter_report_exception());
    if (code == ABI_OK) output_clear();
    return code;
}

/* The same with __main__ as new: last step of the first bake. */
EXPORT(prepare_snapshot) int32_t abi_prepare_snapshot(void) {
    int32_t code = enter();
    if (code != ABI_OK) return code;
    if (interpreter_clear_main() < 0) return finish(interpreter_report_exception());
    return abi_settle_snapshot();
}

/* The status sys.exit() asked for in the last execution; 1 after an exception or a
 * refused input, 0 otherwise. */
EXPORT(get_exit_code) int32_t abi_get_exit_code(void) { return run_report.exit_code; }

EXPORT(get_heap_pages) int32_t abi_get_heap_pages(void) {
    return (int32_t)__builtin_wasm_memory_size(0);
}

/* 1 if the heap is sound, 0 if something has written over it. For tests. */
EXPORT(heap_check) int32_t abi_heap_check(void) { return heap_check(); }

static int32_t copy_out(OutputStream stream, uint8_t *into, size_t len) {
    if ((uint64_t)(uintptr_t)into + len >
        (uint64_t)__builtin_wasm_memory_size(0) * WASM_PAGE_BYTES)
        return ABI_OUTSIDE_MEMORY;
    const Capture *captured = &run_report.captures[stream];
    size_t n = captured->len < len ? captured->len : len;
    if (n) memcpy(into, captured->bytes, n);
    return (int32_t)n;
}

EXPORT(get_stdout_len) int32_t abi_get_stdout_len(void) {
    return (int32_t)run_report.captures[OUTPUT_STDOUT].len;
}
EXPORT(get_stderr_len) int32_t abi_get_stderr_len(void) {
    return (int32_t)run_report.captures[OUTPUT_STDERR].len;
}
EXPORT(get_stdout) int32_t abi_get_stdout(uint8_t *into, size_t len) {
    return copy_out(OUTPUT_STDOUT, into, len);
}
EXPORT(get_stderr) int32_t abi_get_stderr(uint8_t *into, size_t len) {
    return copy_out(OUTPUT_STDERR, into, len);
}

/* Where the report lies: the same address for the life of the module. */
EXPORT(get_run_report) const RunReport *abi_get_run_report(void) { return &run_report; }

EXPORT(get_memory_map) const MemoryMap *abi_get_memory_map(void) { return &memory_map; }
