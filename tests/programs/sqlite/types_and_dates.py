import datetime
import enum
import sqlite3
from decimal import Decimal


class Level(enum.Enum):
    LOW = "l"
    HIGH = "h"


sqlite3.register_adapter(Decimal, str)
sqlite3.register_adapter(Level, lambda level: level.value)
sqlite3.register_adapter(datetime.date, datetime.date.isoformat)
sqlite3.register_converter("decimal", lambda b: Decimal(b.decode()))
sqlite3.register_converter("level", lambda b: Level(b.decode()))
sqlite3.register_converter("date", lambda b: datetime.date.fromisoformat(b.decode()))
db = sqlite3.connect(":memory:", detect_types=sqlite3.PARSE_DECLTYPES | sqlite3.PARSE_COLNAMES)
db.execute("CREATE TABLE t(price decimal, lvl level, day date, raw, big INTEGER)")
db.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?)", (Decimal("10.10"), Level.HIGH, datetime.date(2024, 2, 29), b"\x00\xff", 2**62))
print(db.execute("SELECT * FROM t").fetchone())
print(db.execute('SELECT price AS "p [decimal]", raw FROM t').fetchall())
for value in (2**63, object(), {"a": 1}):
    try:
        db.execute("INSERT INTO t(raw) VALUES (?)", (value,))
    except (OverflowError, sqlite3.Error) as error:
        print(type(error).__name__, str(error).partition(" at 0x")[0])
try:
    db.execute("SELECT ?, ?", (1,))
except sqlite3.ProgrammingError as error:
    print(error)
try:
    db.execute("SELECT 1; SELECT 2")
except sqlite3.Error as error:
    print(type(error).__name__, error)
print(db.execute("SELECT ?1, ?2, ?1", ("a", None)).fetchone(), sqlite3.complete_statement("SELECT 1;"), sqlite3.paramstyle)
