"""The library's Python code: records that are logged, formatted and dropped."""

import io
import logging


class Shout(logging.Filter):
    def filter(self, record):
        record.loud = record.getMessage().upper()
        return record.args[0] % 3 != 0


stream = io.StringIO()
handler = logging.StreamHandler(stream)
handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(loud)s"))
handler.addFilter(Shout())
logger = logging.getLogger("bench.records")
logger.handlers = [handler]
logger.setLevel(logging.INFO)
logger.propagate = False

for i in range(9_000):
    logger.info("item %d of %s", i, "many")
    logger.debug("never seen %d", i)
text = stream.getvalue()
print(len(text), text.count("ITEM"), text.splitlines()[-1])
