import sqlite3
import statistics

db = sqlite3.connect(":memory:")
db.execute("CREATE TABLE sale(day TEXT, shop TEXT, amount REAL)")
rows = [(f"2024-01-{d:02}", shop, (d * 37 + i * 11) % 50 + 0.5) for d in range(1, 11) for i, shop in enumerate(("a", "b"))]
db.executemany("INSERT INTO sale VALUES (?, ?, ?)", rows)
for row in db.execute("""
    WITH daily AS (SELECT day, sum(amount) total FROM sale GROUP BY day)
    SELECT day, total, sum(total) OVER (ORDER BY day) running, round(avg(total) OVER (ORDER BY day ROWS 2 PRECEDING), 2) moving,
           rank() OVER (ORDER BY total DESC) FROM daily ORDER BY day LIMIT 5"""):
    print(row)


class Median:
    def __init__(self):
        self.values = []

    def step(self, value):
        self.values.append(value)

    def finalize(self):
        return statistics.median(self.values)


db.create_aggregate("median", 1, Median)
db.create_function("initial", 1, lambda text: text[:1].upper(), deterministic=True)
db.create_collation("backwards", lambda a, b: (a < b) - (a > b))
print(db.execute("SELECT initial(shop), median(amount), min(amount), max(amount) FROM sale GROUP BY shop ORDER BY shop COLLATE backwards").fetchall())
print(db.execute("WITH RECURSIVE f(a, b) AS (VALUES(0, 1) UNION ALL SELECT b, a + b FROM f LIMIT 15) SELECT group_concat(a) FROM f").fetchone())
print(db.execute("SELECT json_extract('{\"a\": [1, {\"b\": 2}]}', '$.a[1].b'), json_group_array(shop) FROM (SELECT DISTINCT shop FROM sale)").fetchone())
print(db.execute("SELECT strftime('%W', '2024-05-05'), date('2024-01-31', '+1 month'), printf('%05.1f', 3.14159), typeof(1.0), 7 / 2, 7 % 3, 'a' || 'b', hex(x'ff01')").fetchone())
db.execute("CREATE VIRTUAL TABLE note USING fts5(body)")
db.executemany("INSERT INTO note VALUES (?)", [("the quick brown fox",), ("lazy dogs sleep",), ("quick quick dogs",)])
print(db.execute("SELECT body FROM note WHERE note MATCH 'quick' ORDER BY rank").fetchall())
