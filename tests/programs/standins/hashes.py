"""The hashes that hashlib has of OpenSSL, by all their names, in pieces and under hmac."""

import hashlib
import hmac
import io

print(sorted(hashlib.algorithms_available - hashlib.algorithms_guaranteed))
text = bytes(range(256)) * 5
for name in ("md5-sha1", "ripemd160", "sha512_224", "sha512_256", "sm3"):
    empty = hashlib.new(name)
    print(empty.name, empty.digest_size, empty.block_size, empty.hexdigest())
    for length in (1, 3, 55, 56, 63, 64, 65, 111, 112, 119, 127, 128, 129, 1000):
        whole = hashlib.new(name, text[:length])
        pieces = hashlib.new(name, usedforsecurity=False)
        for at in range(0, length, 37):
            pieces.update(text[at : min(at + 37, length)])
        middle = pieces.copy()
        pieces.update(b"more")
        assert whole.digest() == middle.digest() != pieces.digest(), (name, length)
        print(length, whole.hexdigest(), pieces.hexdigest()[:16])
    print(hmac.new(b"key", text, name).hexdigest(), hmac.digest(b"k" * 200, b"message", name).hex())
    print(hashlib.file_digest(io.BytesIO(text), name).hexdigest(), hashlib.new(name, memoryview(text)[5:]).hexdigest())
print(hashlib.new("ripemd160", b"a" * 1_000_000).hexdigest())
print(hashlib.new("sm3", b"abcd" * 16).hexdigest())

for name in """RIPEMD160 ripemd-160 RIPEMD rmd160 SHA512-256 SHA512/256 SHA-512/256 SHA512_256 SM3 MD5-SHA1 Sha256
        sha-256 SHA2-256 sha3-256 SHA3_256 blake2b512 BLAKE2B blake2b-512 BLAKE2s256 shake128 SHAKE-128 SHA-1 ssl3-md5
        sha2-512/256 whirlpool md4 nonsense""".split():  # fmt: skip
    try:
        print(name, hashlib.new(name).name)
    except ValueError as error:
        print(error)
for data in ("text", 5, None):
    try:
        hashlib.new("ripemd160").update(data)
    except TypeError as error:
        print(error)
