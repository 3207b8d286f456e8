"""The hashes that hashlib.new() has of OpenSSL elsewhere. What mixes a block is in c/hashes.c."""

import hashlib

import _hatchery_hashes


class HASH:
    """A hash is an object used to calculate a checksum of a string of information."""

    __slots__ = ("_length", "_rest", "_state")
    __module__ = "_hashlib"

    def __init__(self, data=b"", *, usedforsecurity=True, string=b""):
        self._state, self._rest, self._length = self._BEGIN, b"", 0
        if data or string:
            self.update(data or string)

    def update(self, obj, /):
        """Update this hash object's state with the provided string."""
        data = _bytes(obj)
        self._length += len(data)
        if len(self._rest) + len(data) < self.block_size:
            self._rest += data
            return
        data = self._rest + data
        end = len(data) - len(data) % self.block_size
        self._state = self._MIX(self._state, data[:end])
        self._rest = data[end:]

    def digest(self):
        """Return the digest value as a bytes object."""
        # The length in bits has an eighth of a block.
        room = self.block_size // 8
        zeros = -(len(self._rest) + 1 + room) % self.block_size
        length = (8 * self._length).to_bytes(room, self._LENGTH_ORDER)
        state = self._MIX(self._state, self._rest + b"\x80" + bytes(zeros) + length)
        if self._LENGTH_ORDER == "big":
            words = range(0, len(state), self._WORD)
            state = b"".join(state[at : at + self._WORD][::-1] for at in words)
        return state[: self.digest_size]

    def hexdigest(self):
        """Return the digest value as a string of hexadecimal digits."""
        return self.digest().hex()

    def copy(self):
        """Return a copy of the hash object."""
        other = type(self)()
        other._state, other._rest, other._length = self._state, self._rest, self._length
        return other

    def __repr__(self):
        return f"<{self.name} _hashlib.HASH object @ {id(self):#x}>"

    def __reduce__(self):
        raise TypeError("cannot pickle '_hashlib.HASH' object")


def _words(text, size):
    return b"".join(int(word, 16).to_bytes(size, "little") for word in text.split())


class _Ripemd160(HASH):
    __slots__ = ()
    name, digest_size, block_size = "ripemd160", 20, 64
    _MIX, _WORD, _LENGTH_ORDER = _hatchery_hashes.ripemd160, 4, "little"
    _BEGIN = _words("67452301 efcdab89 98badcfe 10325476 c3d2e1f0", 4)


class _Sm3(HASH):
    __slots__ = ()
    name, digest_size, block_size = "sm3", 32, 64
    _MIX, _WORD, _LENGTH_ORDER = _hatchery_hashes.sm3, 4, "big"
    _BEGIN = _words("7380166f 4914b2b9 172442d7 da8a0600 a96f30bc 163138aa e38dee4d b0fb0e4e", 4)


class _Sha512t224(HASH):
    __slots__ = ()
    name, digest_size, block_size = "sha512_224", 28, 128
    _MIX, _WORD, _LENGTH_ORDER = _hatchery_hashes.sha512, 8, "big"
    _BEGIN = _words(
        "8c3d37c819544da2 73e1996689dcd4d6 1dfab7ae32ff9c82 679dd514582f9fcf "
        "0f6d2b697bd44da8 77e36f7304c48942 3f9d85a86a1d36c8 1112e6ad91d692a1",
        8,
    )


class _Sha512t256(HASH):
    __slots__ = ()
    name, digest_size, block_size = "sha512_256", 32, 128
    _MIX, _WORD, _LENGTH_ORDER = _hatchery_hashes.sha512, 8, "big"
    _BEGIN = _words(
        "22312194fc2bf72c 9f555fa3c84c64c2 2393b86b6f53b151 963877195940eabd "
        "96283ee2a88effe3 be5e1e2553863992 2b0199fc2c85b8aa 0eb72ddc81c52ca2",
        8,
    )


class _Md5Sha1(HASH):
    """Both, one after the other, as TLS 1.1 has them."""

    __slots__ = ()
    name, digest_size, block_size = "md5-sha1", 36, 64

    def __init__(self, data=b"", *, usedforsecurity=True, string=b""):
        self._state = hashlib.md5(), hashlib.sha1()
        if data or string:
            self.update(data or string)

    def update(self, obj, /):
        data = _bytes(obj)
        for part in self._state:
            part.update(data)

    def digest(self):
        return b"".join(part.digest() for part in self._state)

    def copy(self):
        other = type(self)()
        other._state = tuple(part.copy() for part in self._state)
        return other


def _bytes(data):
    if isinstance(data, str):
        raise TypeError("Strings must be encoded before hashing")
    try:
        view = memoryview(data)
    except TypeError:
        raise TypeError("object supporting the buffer API required") from None
    if view.ndim > 1:
        raise BufferError("Buffer must be single dimension")
    if not view.c_contiguous:
        raise BufferError("memoryview: underlying buffer is not C-contiguous")
    return view.tobytes()


_KINDS = {kind.name: kind for kind in (_Ripemd160, _Sm3, _Sha512t224, _Sha512t256, _Md5Sha1)}
_OTHER_NAMES = {
    "blake2b": "blake2b512 blake2b-512",
    "blake2s": "blake2s256 blake2s-256",
    "md5": "ssl3-md5",
    "ripemd160": "ripemd-160 ripemd rmd160",
    "sha1": "sha-1 ssl3-sha1",
    "sha224": "sha-224 sha2-224",
    "sha256": "sha-256 sha2-256",
    "sha384": "sha-384 sha2-384",
    "sha512": "sha-512 sha2-512",
    "sha512_224": "sha-512/224 sha2-512/224 sha512-224",
    "sha512_256": "sha-512/256 sha2-512/256 sha512-256",
    "sha3_224": "sha3-224",
    "sha3_256": "sha3-256",
    "sha3_384": "sha3-384",
    "sha3_512": "sha3-512",
    "shake_128": "shake-128 shake128",
    "shake_256": "shake-256 shake256",
}
_UNLIKE_OPENSSL = {"blake2b", "blake2s", "sha3_224", "sha3_256", "sha3_384", "sha3_512", "shake_128", "shake_256"}


def constructor(name):
    """What makes the hash that OpenSSL has by this name, in any mixture of cases; None for no hash."""
    lower = name.lower()
    for own, others in _OTHER_NAMES.items():
        if lower in others.split():
            lower = own
            break
    else:
        if lower in _UNLIKE_OPENSSL:
            return None
    return _KINDS.get(lower) or (getattr(hashlib, lower) if lower in hashlib.algorithms_guaranteed else None)
