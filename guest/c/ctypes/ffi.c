#include "ffi.h"

#include <Python.h>
#include <stdlib.h>
#include <string.h>

#define TYPE(name, c_type, kind) \
    ffi_type ffi_type_##name = {sizeof(c_type), _Alignof(c_type), FFI_TYPE_##kind, NULL}

ffi_type ffi_type_void = {1, 1, FFI_TYPE_VOID, NULL};
TYPE(float, float, FLOAT);
TYPE(double, double, DOUBLE);
TYPE(longdouble, long double, LONGDOUBLE);
TYPE(uint8, uint8_t, UINT8);
TYPE(sint8, int8_t, SINT8);
TYPE(uint16, uint16_t, UINT16);
TYPE(sint16, int16_t, SINT16);
TYPE(uint32, uint32_t, UINT32);
TYPE(sint32, int32_t, SINT32);
TYPE(uint64, uint64_t, UINT64);
TYPE(sint64, int64_t, SINT64);
TYPE(pointer, void *, POINTER);
TYPE(complex_float, float _Complex, COMPLEX);
TYPE(complex_double, double _Complex, COMPLEX);
TYPE(complex_longdouble, long double _Complex, COMPLEX);

/* Functions have small numbers, and data lie above the stack. */
enum { MARK = 0x68666669, WORDS_MAX = 3, CALLBACK_ARGUMENTS_MAX = 1024, FUNCTIONS_MAX = 1 << 16 };

ffi_status ffi_prep_cif(ffi_cif *cif, ffi_abi abi, unsigned count, ffi_type *result, ffi_type **types) {
    (void)abi;
    *cif = (ffi_cif){count, types, result};
    return FFI_OK;
}

void *ffi_closure_alloc(size_t size, void **code) { return *code = calloc(1, size); }

void ffi_closure_free(void *closure) {
    ((ffi_closure *)closure)->mark = 0;
    free(closure);
}

ffi_status ffi_prep_closure_loc(ffi_closure *closure, ffi_cif *cif, ffi_callback callback, void *data,
                                void *code) {
    (void)code;
    *closure = (ffi_closure){MARK, cif, callback, data};
    return FFI_OK;
}

/* The callback that has this address, or NULL. */
static ffi_closure *closure_at(void *function) {
    size_t address = (size_t)function, memory_bytes = __builtin_wasm_memory_size(0) << 16;
    if (address % _Alignof(ffi_closure) || address > memory_bytes - sizeof(ffi_closure)) return NULL;
    ffi_closure *closure = function;
    return closure->mark == MARK ? closure : NULL;
}

static void call_closure(ffi_closure *closure, const ffi_cif *cif, void *result, void **values) {
    unsigned wanted = closure->cif->count;
    if (cif->count >= wanted) {
        closure->callback(closure->cif, result, values, closure->data);
        return;
    }
    /* Natively it finds what lies on the stack there. */
    static long double nothing[2];
    void *filled[CALLBACK_ARGUMENTS_MAX];
    for (unsigned i = 0; i < wanted && i < CALLBACK_ARGUMENTS_MAX; i++)
        filled[i] = i < cif->count ? values[i] : nothing;
    closure->callback(closure->cif, result, filled, closure->data);
}

static bool is_word(const ffi_type *type) {
    switch (type->type) {
    case FFI_TYPE_UINT8:
    case FFI_TYPE_SINT8:
    case FFI_TYPE_UINT16:
    case FFI_TYPE_SINT16:
    case FFI_TYPE_UINT32:
    case FFI_TYPE_SINT32:
    case FFI_TYPE_POINTER: return true;
    default: return false;
    }
}

static int32_t word_at(const ffi_type *type, const void *value) {
    switch (type->type) {
    case FFI_TYPE_UINT8: return *(const uint8_t *)value;
    case FFI_TYPE_SINT8: return *(const int8_t *)value;
    case FFI_TYPE_UINT16: return *(const uint16_t *)value;
    case FFI_TYPE_SINT16: return *(const int16_t *)value;
    default: return *(const int32_t *)value;
    }
}

/* Those of _ctypes itself: memmove, memset, cast and the like take and give words. A number that
 * is not a function's is a trap, where it would be a segmentation fault natively. */
static bool call_own(const ffi_cif *cif, void *function, void *result, void **values) {
    size_t index = (size_t)function;
    if (index == 0 || index >= FUNCTIONS_MAX || !is_word(cif->result)) return false;
    int32_t words[WORDS_MAX];
    if (cif->count > WORDS_MAX) return false;
    for (unsigned i = 0; i < cif->count; i++) {
        if (!is_word(cif->types[i])) return false;
        words[i] = word_at(cif->types[i], values[i]);
    }
    typedef int32_t Two(int32_t, int32_t);
    typedef int32_t Three(int32_t, int32_t, int32_t);
    int32_t given;
    switch (cif->count) {
    case 2: given = ((Two *)function)(words[0], words[1]); break;
    case 3: given = ((Three *)function)(words[0], words[1], words[2]); break;
    default: return false;
    }
    memcpy(result, &given, sizeof given);
    return true;
}

void ffi_call(ffi_cif *cif, void *function, void *result, void **values) {
    ffi_closure *closure = closure_at(function);
    if (closure) {
        call_closure(closure, cif, result, values);
        return;
    }
    if (call_own(cif, function, result, values)) return;
    /* The caller has let go of the interpreter. */
    PyGILState_STATE state = PyGILState_Ensure();
    PyErr_SetString(PyExc_RuntimeError, "a sandbox has no native functions that ctypes could call");
    PyGILState_Release(state);
}
