import collections
import os
import pathlib
import tempfile

layout = {
    "src/app.py": "import os\nprint(1)\n",
    "src/util/text.py": "def f():\n    pass\n",
    "src/util/__init__.py": "",
    "docs/index.md": "# Hello\n\nText.\n",
    "docs/img/logo.svg": "<svg/>",
    "README": "read me\n",
}
with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)
    for name, text in layout.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for here, folders, files in os.walk(root):
        folders.sort()
        print(os.path.relpath(here, root), sorted(files))
    lines = collections.Counter()
    sizes = collections.Counter()
    for path in sorted(root.rglob("*")):
        if path.is_file():
            suffix = path.suffix or "(none)"
            lines[suffix] += len(path.read_text().splitlines())
            sizes[suffix] += path.stat().st_size
    print(sorted(lines.items()))
    print(sizes.most_common())
    print(sorted(p.relative_to(root).as_posix() for p in root.glob("**/*.py")))
    deepest = max(root.rglob("*"), key=lambda p: len(p.parts))
    print(len(deepest.relative_to(root).parts))
