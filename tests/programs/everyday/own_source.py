import inspect
import logging
import io
import os
import sys
import traceback
import warnings


def tool(x: int) -> int:
    """Adds one."""
    # a comment
    return x + 1


class Box:
    def get(self):
        return 1 / 0


print(inspect.getsource(tool))
print(inspect.getsource(Box.get).strip(), inspect.getsourcelines(tool)[1], inspect.getcomments(tool))
print(os.path.basename(__file__), __name__, tool.__code__.co_filename == __file__)
try:
    Box().get()
except ZeroDivisionError:
    print([line.strip() for line in traceback.format_exc().splitlines() if "File" not in line])
stream = io.StringIO()
logging.basicConfig(stream=stream, force=True)
try:
    tool(None)
except TypeError:
    logging.exception("failed")
print("return x + 1" in stream.getvalue(), stream.getvalue().splitlines()[0])
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warnings.warn("careful")
print(caught[0].lineno, warnings.formatwarning(caught[0].message, UserWarning, "f.py", 3, "the line"))
print(inspect.currentframe().f_lineno, inspect.getframeinfo(inspect.currentframe()).code_context)
print([f.function for f in inspect.stack()], inspect.signature(tool), inspect.getdoc(tool), inspect.isfunction(tool))
