import contextlib
import sqlite3

with contextlib.closing(sqlite3.connect(":memory:")) as db:
    db.row_factory = sqlite3.Row
    db.executescript("""
        PRAGMA foreign_keys = ON;
        CREATE TABLE author(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE book(id INTEGER PRIMARY KEY, title TEXT, year INT CHECK(year > 0), author INT REFERENCES author(id) ON DELETE CASCADE);
        CREATE INDEX by_year ON book(year);
    """)
    with db:
        db.executemany("INSERT INTO author(name) VALUES (?)", [("Le Guin",), ("Borges",), ("Lem",)])
        db.executemany("INSERT INTO book(title, year, author) VALUES (:t, :y, :a)", [
            {"t": "Solaris", "y": 1961, "a": 3}, {"t": "Ficciones", "y": 1944, "a": 2}, {"t": "The Dispossessed", "y": 1974, "a": 1}, {"t": "Cyberiad", "y": 1965, "a": 3}])
    for row in db.execute("SELECT name, count(*) n, min(year) first, group_concat(title, '; ') titles FROM book JOIN author ON author.id = book.author GROUP BY name ORDER BY n DESC, name"):
        print(dict(row))
    for statement in ("INSERT INTO book VALUES (9, 'X', -1, 1)", "INSERT INTO book VALUES (9, 'X', 1, 77)", "INSERT INTO author(name) VALUES ('Lem')", "SELEC 1", "SELECT * FROM nope"):
        try:
            with db:
                db.execute(statement)
        except sqlite3.Error as error:
            print(type(error).__name__, error)
    with db:
        db.execute("DELETE FROM author WHERE name = 'Lem'")
    print([tuple(r) for r in db.execute("SELECT title FROM book ORDER BY year")], db.total_changes)
    print([tuple(r) for r in db.execute("EXPLAIN QUERY PLAN SELECT * FROM book WHERE year = 1944")][0][3])
    cursor = db.execute("INSERT INTO book(title) VALUES (NULL) RETURNING id, title")
    print(tuple(cursor.fetchone()), [d[0] for d in cursor.description])
