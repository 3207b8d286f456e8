import io
import os
import tarfile
import tempfile

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.makedirs("project/bin")
    with open("project/readme.md", "w") as file:
        file.write("# Project\n")
    with open("project/bin/run.sh", "w") as file:
        file.write("#!/bin/sh\necho hi\n")
    os.chmod("project/bin/run.sh", 0o755)
    os.chmod("project/readme.md", 0o640)
    for mode, name in (("w", "p.tar"), ("w:gz", "p.tar.gz"), ("w:bz2", "p.tar.bz2"), ("w:xz", "p.tar.xz")):
        with tarfile.open(name, mode) as tar:
            tar.add("project")
            data = b"generated"
            info = tarfile.TarInfo("project/generated.txt")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        with tarfile.open(name) as tar:
            for member in sorted(tar, key=lambda member: member.name):
                if member.name.endswith(("sh", "md")):
                    print(name, member.name, oct(member.mode), member.size)
            out = name.replace(".", "_")
            tar.extractall(out, filter="data")
        print(sorted(os.listdir(f"{out}/project")), oct(os.stat(f"{out}/project/bin/run.sh").st_mode & 0o777))
        with open(f"{out}/project/generated.txt") as file:
            print(file.read())
    os.chdir("/")
