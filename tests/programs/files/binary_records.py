import io
import struct

RECORD = struct.Struct("<I12sdH?x")
people = [(1, "Ana", 1.75, 33, True), (2, "Bartholomäus", 1.9, 65535, False), (3, "", -0.0, 0, True)]
file = io.BytesIO()
file.write(struct.pack(">4sH", b"PEOP", len(people)))
for number, name, height, age, active in people:
    file.write(RECORD.pack(number, name.encode()[:12], height, age, active))
print(RECORD.size, len(file.getvalue()))
file.seek(0)
magic, count = struct.unpack(">4sH", file.read(6))
print(magic, count)
for number, name, height, age, active in RECORD.iter_unpack(file.read()):
    print(number, name.rstrip(b"\0").decode(errors="replace"), height, age, active)
for wrong in (("B", 256), ("h", 40000), ("I", -1), ("i", "x")):
    try:
        struct.pack(*wrong)
    except struct.error as error:
        print(error)
print(struct.unpack("<e", struct.pack("<e", 0.1)), struct.calcsize("<bqih"), struct.pack("!f", 1.5).hex())
view = memoryview(bytearray(8))
struct.pack_into("<HH", view, 2, 1, 2)
print(bytes(view), view.cast("H").tolist())
