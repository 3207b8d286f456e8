import io
import os
import pathlib
import shutil
import tempfile
import zipfile

with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)
    data = root / "data"
    (data / "deep" / "er").mkdir(parents=True)
    (data / "one.txt").write_text("one\n" * 500)
    (data / "deep" / "two.txt").write_text("two\n")
    (data / "deep" / "er" / "three.bin").write_bytes(bytes(range(256)) * 10)
    archive = shutil.make_archive(str(root / "backup"), "zip", data)
    with zipfile.ZipFile(archive) as file:
        for info in sorted(file.infolist(), key=lambda info: info.filename):
            print(info.filename, info.file_size, info.is_dir())
        print(file.testzip())
        print(file.read("deep/two.txt"))
        with file.open("one.txt") as member:
            print(sum(1 for _ in member))
    target = root / "restored"
    shutil.unpack_archive(archive, target)
    same = all((target / p.relative_to(data)).read_bytes() == p.read_bytes() for p in data.rglob("*") if p.is_file())
    print("same:", same)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        file.writestr("hello.txt", "hello " * 1000)
    print(len(buffer.getvalue()) < 300)
    shutil.rmtree(target)
    print(sorted(os.listdir(root)))
