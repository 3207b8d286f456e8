import collections.abc
import json
import sqlite3


class Store(collections.abc.MutableMapping):
    def __init__(self, path=":memory:"):
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("CREATE TABLE IF NOT EXISTS kv(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")

    def __getitem__(self, key):
        row = self.db.execute("SELECT value FROM kv WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        return json.loads(row[0])

    def __setitem__(self, key, value):
        self.db.execute("INSERT INTO kv VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value", (key, json.dumps(value)))

    def __delitem__(self, key):
        if not self.db.execute("DELETE FROM kv WHERE key = ?", (key,)).rowcount:
            raise KeyError(key)

    def __iter__(self):
        return (key for key, in self.db.execute("SELECT key FROM kv ORDER BY key"))

    def __len__(self):
        return self.db.execute("SELECT count(*) FROM kv").fetchone()[0]


store = Store()
store["b"] = [1, {"x": None}]
store["a"] = "text"
store["b"] = {"again": True}
store.update(c=3, d=4.5)
print(dict(store), len(store), "a" in store, store.get("z", "none"), store.pop("c"))
print(store.setdefault("e", []), list(store), store == {"a": "text", "b": {"again": True}, "d": 4.5, "e": []})
for action in (lambda: store["zz"], lambda: store.__delitem__("zz")):
    try:
        action()
    except KeyError as error:
        print("KeyError", error)
store.clear()
print(len(store), list(store.items()))
