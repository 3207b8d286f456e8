def __at_exit():
    import atexit

    atexit._run_exitfuncs()


def __flush_files():
    import gc
    import io
    import sys

    for file in gc.get_objects():
        # The type and not `isinstance`, which may run code of the object's.
        if not issubclass(type(file), io.IOBase):
            continue
        try:
            if not file.closed:
                file.flush()
        except Exception as error:
            print(f"hatchery: {file!r} was open at the end and is not written: {error}", file=sys.stderr)
