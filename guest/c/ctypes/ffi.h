/* What CPython's _ctypes takes of libffi. It describes types by it, and calls functions.
 *
 * Here the only functions that can be called are Python ones, which _ctypes has made callbacks of, and the few that
 * _ctypes has itself, as memmove: a sandbox loads no native code. */
#ifndef HATCHERY_FFI_H
#define HATCHERY_FFI_H

#include <stddef.h>
#include <stdint.h>

/* As wide as the narrowest thing that a call passes. */
typedef uint32_t ffi_arg;

/* CPython asks for some of them by name; the others are told apart only. */
enum {
    FFI_TYPE_VOID,
    FFI_TYPE_FLOAT,
    FFI_TYPE_DOUBLE,
    FFI_TYPE_LONGDOUBLE,
    FFI_TYPE_UINT8,
    FFI_TYPE_SINT8,
    FFI_TYPE_UINT16,
    FFI_TYPE_SINT16,
    FFI_TYPE_UINT32,
    FFI_TYPE_SINT32,
    FFI_TYPE_UINT64,
    FFI_TYPE_SINT64,
    FFI_TYPE_STRUCT,
    FFI_TYPE_POINTER,
    FFI_TYPE_COMPLEX,
};

typedef struct ffi_type {
    size_t size;
    unsigned short alignment;
    unsigned short type;
    struct ffi_type **elements; /* of a structure, up to NULL */
} ffi_type;

extern ffi_type ffi_type_void, ffi_type_float, ffi_type_double, ffi_type_longdouble, ffi_type_uint8, ffi_type_sint8,
    ffi_type_uint16, ffi_type_sint16, ffi_type_uint32, ffi_type_sint32, ffi_type_uint64, ffi_type_sint64,
    ffi_type_pointer, ffi_type_complex_float, ffi_type_complex_double, ffi_type_complex_longdouble;

#define ffi_type_uchar ffi_type_uint8
#define ffi_type_schar ffi_type_sint8
#define ffi_type_ushort ffi_type_uint16
#define ffi_type_sshort ffi_type_sint16
#define ffi_type_uint ffi_type_uint32
#define ffi_type_sint ffi_type_sint32
#define ffi_type_ulong ffi_type_uint32
#define ffi_type_slong ffi_type_sint32

typedef enum { FFI_DEFAULT_ABI } ffi_abi;
typedef enum { FFI_OK } ffi_status;

/* What a function takes and gives. */
typedef struct {
    unsigned count;
    ffi_type **types;
    ffi_type *result;
} ffi_cif;

typedef void (*ffi_callback)(ffi_cif *, void *result, void **values, void *data);

typedef struct {
    uint32_t mark; /* tells it from any other address that is called */
    ffi_cif *cif;
    ffi_callback callback;
    void *data;
} ffi_closure;

ffi_status ffi_prep_cif(ffi_cif *cif, ffi_abi abi, unsigned count, ffi_type *result, ffi_type **types);

/* With an exception set if there is no such function. */
void ffi_call(ffi_cif *cif, void *function, void *result, void **values);

/* `code` is what the callback's address is from then on. */
void *ffi_closure_alloc(size_t size, void **code);
void ffi_closure_free(void *closure);
ffi_status ffi_prep_closure_loc(ffi_closure *closure, ffi_cif *cif, ffi_callback callback, void *data, void *code);

/* The name that older releases have, which CPython compiles a call of too. */
static inline ffi_status ffi_prep_closure(ffi_closure *closure, ffi_cif *cif, ffi_callback callback, void *data) {
    return ffi_prep_closure_loc(closure, cif, callback, data, closure);
}

#endif
