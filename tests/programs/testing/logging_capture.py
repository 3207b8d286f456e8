import io
import logging
import sys
import warnings

stream = io.StringIO()
handler = logging.StreamHandler(stream)
handler.setFormatter(logging.Formatter("{levelname}:{name}:{funcName}:{message}", style="{"))
root = logging.getLogger()
root.addHandler(handler)
root.setLevel("INFO")
log = logging.getLogger("app.db")


class Only(logging.Filter):
    def filter(self, record):
        record.msg = str(record.msg).replace("secret", "***")
        return record.levelno != logging.WARNING


handler.addFilter(Only())


def work():
    log.debug("hidden")
    log.info("user %s has secret", "ana")
    log.warning("filtered")
    try:
        {}["k"]
    except KeyError:
        log.exception("lookup failed")
    log.error("extra %(a)d", {"a": 3})


work()
lines = stream.getvalue().splitlines()
print([line for line in lines if not line.startswith(" ")])
print(log.getEffectiveLevel(), log.isEnabledFor(10), logging.getLevelName(30), log.parent.name, logging.getLogger("app.db") is log)
logging.captureWarnings(True)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warnings.warn("old", DeprecationWarning)
print([(w.category.__name__, str(w.message)) for w in caught])
adapter = logging.LoggerAdapter(log, {"request": 7})
print(adapter.process("m", {}))
logging.captureWarnings(False)
root.removeHandler(handler)
print("to stderr", file=sys.stderr)
