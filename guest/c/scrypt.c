/* The part of scrypt (RFC 7914) that is too slow in Python: mixing one block over much memory. The rest is in
 * python/_hatchery_kdf.py. */
#define PY_SSIZE_T_CLEAN
#include "scrypt.h"

#include <Python.h>
#include <stdint.h>
#include <string.h>

/* What Salsa20 works on: 64 bytes, little-endian words, as memory has them here. */
typedef struct {
    uint32_t words[16];
} Salsa;

static uint32_t rotate(uint32_t word, int bits) { return word << bits | word >> (32 - bits); }

static void quarter(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d) {
    *b ^= rotate(*a + *d, 7);
    *c ^= rotate(*b + *a, 9);
    *d ^= rotate(*c + *b, 13);
    *a ^= rotate(*d + *c, 18);
}

static void salsa20_8(Salsa *block) {
    Salsa mixed = *block;
    uint32_t *x = mixed.words;
    for (int round = 0; round < 8; round += 2) {
        for (int i = 0; i < 4; i++) /* Columns, each from the diagonal on. */
            quarter(&x[5 * i], &x[(5 * i + 4) % 16], &x[(5 * i + 8) % 16], &x[(5 * i + 12) % 16]);
        for (int i = 0; i < 4; i++) /* Rows, likewise. */
            quarter(&x[5 * i], &x[4 * i + (i + 1) % 4], &x[4 * i + (i + 2) % 4],
                    &x[4 * i + (i + 3) % 4]);
    }
    for (int i = 0; i < 16; i++) block->words[i] += x[i];
}

static void add_to(Salsa *into, const Salsa *other) {
    for (int i = 0; i < 16; i++) into->words[i] ^= other->words[i];
}

/* scryptBlockMix: `count` is 2 r. The even results come first in `into`, and then the odd ones. */
static void mix_block(Salsa *into, const Salsa *from, size_t count) {
    Salsa x = from[count - 1];
    for (size_t i = 0; i < count; i++) {
        add_to(&x, &from[i]);
        salsa20_8(&x);
        into[i / 2 + i % 2 * (count / 2)] = x;
    }
}

/* scryptROMix: `rows` is N, a power of two; `table` has room for as many blocks, `spare` for one. */
static void mix_over_memory(Salsa *block, Salsa *spare, Salsa *table, size_t count, size_t rows) {
    const size_t bytes = count * sizeof(Salsa);
    for (size_t i = 0; i < rows; i++) {
        memcpy(&table[i * count], block, bytes);
        mix_block(spare, block, count);
        memcpy(block, spare, bytes);
    }
    for (size_t i = 0; i < rows; i++) {
        const size_t row = block[count - 1].words[0] & (rows - 1);
        for (size_t at = 0; at < count; at++) add_to(&block[at], &table[row * count + at]);
        mix_block(spare, block, count);
        memcpy(block, spare, bytes);
    }
}

static PyObject *scrypt_mix(PyObject *self, PyObject *args) {
    (void)self;
    const char *bytes;
    Py_ssize_t len, rows;
    if (!PyArg_ParseTuple(args, "y#n", &bytes, &len, &rows)) return NULL;
    const size_t count = (size_t)len / sizeof(Salsa);
    if (len <= 0 || (size_t)len % (2 * sizeof(Salsa)) || rows < 1 || rows & (rows - 1))
        return PyErr_Format(PyExc_ValueError, "no block of scrypt's, or no power of two");
    if ((size_t)rows > (SIZE_MAX - 2 * (size_t)len) / (size_t)len) return PyErr_NoMemory();
    Salsa *block = PyMem_RawMalloc(((size_t)rows + 2) * (size_t)len);
    if (!block) return PyErr_NoMemory();
    memcpy(block, bytes, (size_t)len);
    mix_over_memory(block, block + count, block + 2 * count, count, (size_t)rows);
    PyObject *mixed = PyBytes_FromStringAndSize((const char *)block, len);
    PyMem_RawFree(block);
    return mixed;
}

static PyMethodDef methods[] = {{"mix", scrypt_mix, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};

static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "_hatchery_scrypt", .m_size = -1, .m_methods = methods};

static PyObject *create(void) { return PyModule_Create(&module); }

int scrypt_register(void) { return PyImport_AppendInittab("_hatchery_scrypt", create); }
