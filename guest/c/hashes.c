/* RIPEMD-160 and SM3 (GB/T 32905), and SHA-512's mixing for the hashes that begin it with other words: what is too slow
 * in Python. The rest is in python/_hatchery_hashlib.py. */
#define PY_SSIZE_T_CLEAN
#include "hashes.h"

#include <Python.h>
#include <stdint.h>
#include <string.h>

/* CPython's own SHA-512: mixes whole blocks into a state. Its header does not go with this libc's endian.h. */
void _Py_LibHacl_Hacl_Hash_SHA2_sha512_update_nblocks(uint32_t bytes, uint8_t *blocks, uint64_t *state);

static uint32_t turn(uint32_t word, int bits) {
    bits &= 31;
    return bits ? word << bits | word >> (32 - bits) : word;
}

/* The function of a round of RIPEMD-160's left line, and of the right line's round from the end. */
static uint32_t ripemd_choose(int round, uint32_t x, uint32_t y, uint32_t z) {
    switch (round) {
    case 0: return x ^ y ^ z;
    case 1: return (x & y) | (~x & z);
    case 2: return (x | ~y) ^ z;
    case 3: return (x & z) | (y & ~z);
    default: return x ^ (y | ~z);
    }
}

typedef struct {
    uint32_t added[5];
    uint8_t word[80], bits[80];
} RipemdLine;

static const RipemdLine left = {
    {0, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e},
    {0, 1, 2,  3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 7,  4,  13, 1,  10, 6,  15, 3,  12, 0, 9,
     5, 2, 14, 11, 8, 3, 10, 14, 4, 9, 15, 8, 1, 2, 7, 0, 6, 13, 11, 5, 12, 1, 9, 11, 10, 0, 8, 12, 4,
     13, 3, 7, 15, 14, 5, 6, 2, 4, 0, 5, 9, 7, 12, 2, 10, 14, 1, 3, 8, 11, 6, 15, 13},
    {11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8, 7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15,
     9, 11, 7, 13, 12, 11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5, 11, 12, 14, 15, 14, 15,
     9, 8, 9, 14, 5, 6, 8, 6, 5, 12, 9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6},
};
static const RipemdLine right = {
    {0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0},
    {5, 14, 7, 0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12, 6, 11, 3, 7, 0, 13, 5, 10, 14, 15, 8,
     12, 4, 9, 1, 2, 15, 5, 1, 3, 7, 14, 6, 9, 11, 8, 12, 2, 10, 0, 4, 13, 8, 6, 4, 1, 3, 11, 15, 0,
     5, 12, 2, 13, 9, 7, 10, 14, 12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11},
    {8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6, 9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12,
     7, 6, 15, 13, 11, 9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5, 15, 5, 8, 11, 14, 14,
     6, 14, 6, 9, 12, 9, 12, 5, 15, 8, 8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11},
};

static void ripemd_line(uint32_t state[5], const uint32_t words[16], const RipemdLine *line, bool is_left) {
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 80; i++) {
        const int round = i / 16;
        const uint32_t chosen = ripemd_choose(is_left ? round : 4 - round, b, c, d);
        const uint32_t sum = turn(a + chosen + words[line->word[i]] + line->added[round], line->bits[i]) + e;
        a = e, e = d, d = turn(c, 10), c = b, b = sum;
    }
    state[0] = a, state[1] = b, state[2] = c, state[3] = d, state[4] = e;
}

static void ripemd_mix(void *state_bytes, const uint8_t *block) {
    uint32_t *state = state_bytes, words[16], of_left[5], of_right[5];
    memcpy(words, block, sizeof words);
    memcpy(of_left, state, sizeof of_left);
    memcpy(of_right, state, sizeof of_right);
    ripemd_line(of_left, words, &left, true);
    ripemd_line(of_right, words, &right, false);
    const uint32_t first = state[1] + of_left[2] + of_right[3];
    state[1] = state[2] + of_left[3] + of_right[4];
    state[2] = state[3] + of_left[4] + of_right[0];
    state[3] = state[4] + of_left[0] + of_right[1];
    state[4] = state[0] + of_left[1] + of_right[2];
    state[0] = first;
}

static uint32_t sm3_spread_9(uint32_t x) { return x ^ turn(x, 9) ^ turn(x, 17); }
static uint32_t sm3_spread_15(uint32_t x) { return x ^ turn(x, 15) ^ turn(x, 23); }

static void sm3_mix(void *state_bytes, const uint8_t *block) {
    uint32_t *state = state_bytes, words[68], s[8];
    memcpy(words, block, 64);
    for (int i = 0; i < 16; i++) words[i] = __builtin_bswap32(words[i]);
    for (int i = 16; i < 68; i++)
        words[i] = sm3_spread_15(words[i - 16] ^ words[i - 9] ^ turn(words[i - 3], 15)) ^ turn(words[i - 13], 7) ^
                   words[i - 6];
    memcpy(s, state, sizeof s);
    for (int i = 0; i < 64; i++) {
        const bool is_early = i < 16;
        const uint32_t high = turn(s[0], 12);
        const uint32_t one = turn(high + s[4] + turn(is_early ? 0x79cc4519 : 0x7a879d8a, i), 7);
        const uint32_t mixed = is_early ? s[0] ^ s[1] ^ s[2] : (s[0] & s[1]) | (s[0] & s[2]) | (s[1] & s[2]);
        const uint32_t chosen = is_early ? s[4] ^ s[5] ^ s[6] : (s[4] & s[5]) | (~s[4] & s[6]);
        const uint32_t left_sum = mixed + s[3] + (one ^ high) + (words[i] ^ words[i + 4]);
        const uint32_t right_sum = chosen + s[7] + one + words[i];
        s[3] = s[2], s[2] = turn(s[1], 9), s[1] = s[0], s[0] = left_sum;
        s[7] = s[6], s[6] = turn(s[5], 19), s[5] = s[4], s[4] = sm3_spread_9(right_sum);
    }
    for (int i = 0; i < 8; i++) state[i] ^= s[i];
}

static void sha512_mix(void *state, const uint8_t *block) {
    _Py_LibHacl_Hacl_Hash_SHA2_sha512_update_nblocks(128, (uint8_t *)block, state);
}

typedef void Mix(void *state, const uint8_t *block);

/* mix(state, blocks): the state, as the machine has its words, after all of these whole blocks. */
static PyObject *mix(PyObject *args, Mix *how, Py_ssize_t state_bytes, Py_ssize_t block_bytes) {
    Py_buffer state, blocks;
    if (!PyArg_ParseTuple(args, "y*y*", &state, &blocks)) return NULL;
    PyObject *result = NULL;
    if (state.len != state_bytes || blocks.len % block_bytes) {
        PyErr_SetString(PyExc_ValueError, "no state of this hash, or no whole blocks");
    } else {
        uint64_t mixed[8];
        memcpy(mixed, state.buf, (size_t)state_bytes);
        for (Py_ssize_t at = 0; at < blocks.len; at += block_bytes) how(mixed, (const uint8_t *)blocks.buf + at);
        result = PyBytes_FromStringAndSize((const char *)mixed, state_bytes);
    }
    PyBuffer_Release(&blocks);
    PyBuffer_Release(&state);
    return result;
}

static PyObject *hash_ripemd160(PyObject *self, PyObject *args) {
    (void)self;
    return mix(args, ripemd_mix, 20, 64);
}

static PyObject *hash_sm3(PyObject *self, PyObject *args) {
    (void)self;
    return mix(args, sm3_mix, 32, 64);
}

static PyObject *hash_sha512(PyObject *self, PyObject *args) {
    (void)self;
    return mix(args, sha512_mix, 64, 128);
}

static PyMethodDef methods[] = {{"ripemd160", hash_ripemd160, METH_VARARGS, NULL},
                                {"sm3", hash_sm3, METH_VARARGS, NULL},
                                {"sha512", hash_sha512, METH_VARARGS, NULL},
                                {NULL, NULL, 0, NULL}};

static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "_hatchery_hashes", .m_size = -1, .m_methods = methods};

static PyObject *create(void) { return PyModule_Create(&module); }

int hashes_register(void) { return PyImport_AppendInittab("_hatchery_hashes", create); }
