import importlib
import importlib.util
import os
import sys
import tempfile
import textwrap

with tempfile.TemporaryDirectory() as folder:
    for name, body in {
        "greet": "def run(who):\n    return f'hello {who}'\nORDER = 2\n",
        "shout": "def run(who):\n    return who.upper() + '!'\nORDER = 1\n",
        "broken": "def run(:\n",
        "empty": "X = 1\n",
    }.items():
        with open(os.path.join(folder, f"{name}.py"), "w") as file:
            file.write(textwrap.dedent(body))
    os.mkdir(os.path.join(folder, "package"))
    with open(os.path.join(folder, "package", "__init__.py"), "w") as file:
        file.write("from .inner import value\n__all__ = ['value']\n")
    with open(os.path.join(folder, "package", "inner.py"), "w") as file:
        file.write("from . import __name__ as parent\nvalue = parent + '.value'\n")
    plugins = []
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".py"):
            continue
        spec = importlib.util.spec_from_file_location(name[:-3], os.path.join(folder, name))
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except SyntaxError as error:
            print(name, type(error).__name__, error.lineno)
            continue
        if hasattr(module, "run"):
            plugins.append(module)
    for plugin in sorted(plugins, key=lambda p: p.ORDER):
        print(plugin.__name__, plugin.run("ana"))
    sys.path.insert(0, folder)
    import package
    print(package.value, package.__path__ == [os.path.join(folder, "package")], package.inner.__name__)
    with open(os.path.join(folder, "empty.py"), "w") as file:
        file.write("X = 22\n")
    import empty
    print(empty.X, importlib.reload(empty).X, "empty" in sys.modules)
    for missing in ("no_such_module", "package.nope", "os.nope"):
        try:
            importlib.import_module(missing)
        except ModuleNotFoundError as error:
            print(error, error.name)
    try:
        from package import nothing
    except ImportError as error:
        print(str(error).partition(" (")[0])
    sys.path.remove(folder)
