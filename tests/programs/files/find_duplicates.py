import hashlib
import os
import tempfile
from collections import defaultdict


def digest(path, size=4096):
    h = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(size):
            h.update(chunk)
    return h.hexdigest()


with tempfile.TemporaryDirectory() as root:
    contents = {"a.txt": b"same", "b.txt": b"other", "sub/c.txt": b"same", "sub/d.bin": bytes(10000), "e.bin": bytes(10000)}
    for name, data in contents.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
    groups = defaultdict(list)
    for here, _, names in os.walk(root):
        for name in names:
            path = os.path.join(here, name)
            groups[(os.path.getsize(path), digest(path))].append(os.path.relpath(path, root))
    for (size, key), names in sorted(groups.items()):
        if len(names) > 1:
            print(size, key[:12], sorted(names))
    wasted = sum(size * (len(names) - 1) for (size, _), names in groups.items())
    print("wasted:", wasted)
