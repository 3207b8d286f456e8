import base64
import binascii
import hashlib
import hmac
import secrets
import zlib

data = bytes(range(256))
print(base64.b64encode(data[:10]), base64.urlsafe_b64encode(b"\xfb\xff"), base64.b32encode(b"hi"), base64.b85encode(b"hello"), base64.a85encode(b"hello"), base64.b16encode(b"\x01\xab"))
for name in ("md5", "sha1", "sha256", "sha3_256", "blake2b", "blake2s"):
    print(name, hashlib.new(name, data).hexdigest()[:32])
print(hashlib.shake_128(b"x").hexdigest(8), hmac.new(b"key", b"msg", "sha256").hexdigest(), zlib.crc32(data), zlib.adler32(data), binascii.crc_hqx(data, 0))
print(hmac.compare_digest("a", "a"), len(secrets.token_hex(8)), hashlib.pbkdf2_hmac("sha256", b"pw", b"salt", 1000).hex())
packed = zlib.compress(data * 50)
print(len(packed) < 1000, zlib.decompress(packed) == data * 50, binascii.hexlify(b"\x00\xff", ":"), bytes.fromhex("de ad"), b"\xde\xad".hex("-"))
for bad in (lambda: base64.b64decode("abc"), lambda: bytes.fromhex("xyz"), lambda: zlib.decompress(b"junk"), lambda: base64.b64decode("a*==", validate=True), lambda: bytes([256]), lambda: b"a" + "b"):
    try:
        bad()
    except (ValueError, zlib.error, TypeError) as error:
        print(type(error).__name__, error)
n = 0b1011_0110
print(n.bit_count(), n & -n, n.to_bytes(2, "little"), int.from_bytes(b"\x80\x00", signed=True), bin(n ^ 0xFF), ~n, 1 << 70 >> 68, f"{n:#010b}")
buffer = bytearray(b"hello world")
buffer[0:5] = b"HOWDY!"
del buffer[-1]
print(buffer, buffer.find(b"w"), bytes(buffer).partition(b" "), buffer.translate(None, b"O"), memoryview(buffer)[::-2].tobytes())
def xor(a, b): return bytes(x ^ b[i % len(b)] for i, x in enumerate(a))
print(xor(xor(b"secret", b"key"), b"key"), sum(a != b for a, b in zip("karolin", "kathrin")))
