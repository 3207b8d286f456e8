"""What CPython leaves to OpenSSL of hashlib: PBKDF2 (RFC 8018), scrypt (RFC 7914) and further hashes."""

import hashlib
import hmac
import operator

import _hatchery_scrypt

_SCRYPT_BYTES_MAX = 32 << 20
_OWN_NAMES = hashlib.algorithms_guaranteed | {"MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512"}
_OPENSSL_NAMES = frozenset(("md5-sha1", "ripemd160", "sha512_224", "sha512_256", "sm3"))


def pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None):
    """Password based key derivation function 2 (PKCS #5 v2.0) with HMAC as pseudorandom function."""
    if not isinstance(hash_name, str):
        raise TypeError(f"pbkdf2_hmac() argument 'hash_name' must be str, not {type(hash_name).__name__}")
    password, salt = _bytes(password, "password"), _bytes(salt, "salt")
    iterations = operator.index(iterations)
    try:
        digest_bytes = hashlib.new(hash_name).digest_size
    except ValueError:
        raise ValueError(f"unsupported hash type {hash_name}") from None
    if iterations < 1:
        raise ValueError("iteration value must be greater than 0.")
    if not digest_bytes:
        raise ValueError(f"unsupported hash type {hash_name}")
    length = digest_bytes if dklen is None else operator.index(dklen)
    if length < 1:
        raise ValueError("key length must be greater than 0.")
    block_bytes = hashlib.new(hash_name).block_size
    if len(password) > block_bytes:
        # As HMAC does with it, once and not for every iteration.
        password = hashlib.new(hash_name, password).digest()
    key = bytearray()
    number = 0
    while len(key) < length:
        number += 1
        block = hmac.digest(password, salt + number.to_bytes(4, "big"), hash_name)
        total = int.from_bytes(block)
        for _ in range(iterations - 1):
            block = hmac.digest(password, block, hash_name)
            total ^= int.from_bytes(block)
        key += total.to_bytes(digest_bytes)
    return bytes(key[:length])


def scrypt(password, *, salt, n, r, p, maxmem=0, dklen=64):
    """scrypt password-based key derivation function. Takes 128 * n * r bytes, 32 MiB at most if maxmem is 0."""
    password, salt = _bytes(password, "password"), _bytes(salt, "salt")
    n, r, p, maxmem, dklen = map(operator.index, (n, r, p, maxmem, dklen))
    if n < 2 or n & (n - 1):
        raise ValueError("n must be a power of 2.")
    if not 0 <= maxmem < 1 << 31:
        raise ValueError(f"maxmem must be positive and smaller than {(1 << 31) - 1}")
    if not 1 <= dklen < 1 << 31:
        raise ValueError(f"dklen must be greater than 0 and smaller than {(1 << 31) - 1}")
    needed = 128 * r * (n + p + 2)
    if r < 1 or p < 1 or r * p >= 1 << 30 or needed > (maxmem or _SCRYPT_BYTES_MAX):
        raise ValueError("Invalid parameter combination for n, r, p, maxmem.")
    blocks = pbkdf2_hmac("sha256", password, salt, 1, 128 * r * p)
    step = 128 * r
    mixed = b"".join(
        _hatchery_scrypt.mix(blocks[start : start + step], n) for start in range(0, len(blocks), step)
    )
    return pbkdf2_hmac("sha256", password, mixed, 1, dklen)


def _bytes(value, name):
    if isinstance(value, str):
        raise TypeError(f"a bytes-like object is required for {name}, not 'str'")
    return memoryview(value).cast("B").tobytes()


class _Constructors(dict):
    """Where ``hashlib.new`` looks first: it also knows the hashes and the names of them that OpenSSL has."""

    def get(self, name, default=None):
        found = super().get(name, default)
        if found is not None or name in _OWN_NAMES or type(name) is not str:
            return found
        import _hatchery_hashlib

        return _hatchery_hashlib.constructor(name)


def install():
    """Where programs look for them."""
    hashlib.__builtin_constructor_cache = _Constructors(hashlib.__builtin_constructor_cache)
    hashlib.algorithms_available |= _OPENSSL_NAMES
    hashlib.pbkdf2_hmac, hashlib.scrypt = pbkdf2_hmac, scrypt
    pbkdf2_hmac.__module__ = scrypt.__module__ = "hashlib"
    hashlib.__all__ += ("pbkdf2_hmac", "scrypt")
