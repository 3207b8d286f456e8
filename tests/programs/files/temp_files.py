import os
import pathlib
import tempfile

with tempfile.NamedTemporaryFile("w+", suffix=".txt", prefix="note-") as file:
    print(os.path.basename(file.name).startswith("note-"), file.name.endswith(".txt"))
    file.write("line one\nline two\n")
    file.flush()
    print(pathlib.Path(file.name).read_text())
    file.seek(0)
    print(file.readlines())
print(os.path.exists(file.name))
with tempfile.TemporaryFile() as file:
    file.write(b"0123456789")
    file.seek(-3, os.SEEK_END)
    print(file.read(), file.tell())
with tempfile.SpooledTemporaryFile(max_size=10, mode="w+") as file:
    file.write("short")
    print(file._rolled)
    file.write(" and now longer")
    print(file._rolled)
    file.seek(0)
    print(file.read())
descriptor, name = tempfile.mkstemp()
os.write(descriptor, b"abc")
os.lseek(descriptor, 0, os.SEEK_SET)
print(os.read(descriptor, 10), os.fstat(descriptor).st_size)
os.close(descriptor)
os.unlink(name)
print(tempfile.gettempdir() == os.path.dirname(name))
