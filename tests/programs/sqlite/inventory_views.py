import sqlite3

db = sqlite3.connect(":memory:")
db.executescript("""
CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT UNIQUE, price NUMERIC DEFAULT 0);
CREATE TABLE move(item INT REFERENCES item, qty INT, at TEXT DEFAULT '2024-01-01');
CREATE VIEW stock AS SELECT name, coalesce(sum(qty), 0) AS qty FROM item LEFT JOIN move ON item.id = move.item GROUP BY item.id;
CREATE TRIGGER no_negative BEFORE INSERT ON move WHEN NEW.qty < 0 BEGIN
  SELECT CASE WHEN (SELECT coalesce(sum(qty), 0) FROM move WHERE item = NEW.item) + NEW.qty < 0 THEN RAISE(ABORT, 'not enough in stock') END;
END;
CREATE TABLE audit(what TEXT);
CREATE TRIGGER logged AFTER UPDATE OF price ON item BEGIN INSERT INTO audit VALUES (NEW.name || ': ' || OLD.price || ' -> ' || NEW.price); END;
""")
db.executemany("INSERT INTO item(name, price) VALUES (?, ?)", [("pen", 2), ("cup", 7.5), ("hat", 20)])
db.executemany("INSERT INTO move(item, qty) VALUES (?, ?)", [(1, 10), (2, 3), (1, -4)])
try:
    db.execute("INSERT INTO move(item, qty) VALUES (2, -5)")
except sqlite3.IntegrityError as error:
    print(error)
db.execute("UPDATE item SET price = price * 1.1 WHERE price < 10")
print(db.execute("SELECT * FROM stock ORDER BY name").fetchall(), db.execute("SELECT * FROM audit").fetchall())
print(db.execute("SELECT name, CASE WHEN qty > 5 THEN 'plenty' WHEN qty > 0 THEN 'few' ELSE 'none' END FROM stock WHERE name LIKE '%p%' OR name GLOB 'h*' ORDER BY 1 DESC").fetchall())
print(db.execute("SELECT count(*), total(qty), avg(qty), group_concat(DISTINCT at) FROM move").fetchone(), db.execute("SELECT substr('hello', 2, 3), instr('hello', 'l'), replace('aXa', 'X', 'b'), abs(-3), round(2.567, 1), coalesce(NULL, 5), nullif(1, 1), upper('é'), length('日本'), quote('it''s')").fetchone())
db.row_factory = lambda cursor, row: {c[0]: v for c, v in zip(cursor.description, row)}
print(db.execute("SELECT name, price FROM item WHERE id IN (1, 3)").fetchall())
print([r["name"] for r in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name")])
steps = 0


def progress():
    global steps
    steps += 1
    return steps > 20


db.set_progress_handler(progress, 1000)
try:
    db.execute("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n")
except sqlite3.OperationalError as error:
    print(error)
