import os
import sqlite3
import tempfile

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "bank.db")
    bank = sqlite3.connect(path)
    bank.execute("CREATE TABLE account(name TEXT PRIMARY KEY, cents INT CHECK(cents >= 0))")
    bank.executemany("INSERT INTO account VALUES (?, ?)", [("ana", 1000), ("bo", 50)])
    bank.commit()

    def transfer(source, target, cents):
        try:
            with bank:
                bank.execute("UPDATE account SET cents = cents + ? WHERE name = ?", (cents, target))
                bank.execute("UPDATE account SET cents = cents - ? WHERE name = ?", (cents, source))
        except sqlite3.IntegrityError as error:
            return f"refused: {error}"
        return "done"

    print(transfer("ana", "bo", 300), transfer("bo", "ana", 5000))
    print(bank.execute("SELECT * FROM account ORDER BY name").fetchall(), bank.in_transaction)
    bank.execute("BEGIN")
    bank.execute("DELETE FROM account")
    bank.execute("SAVEPOINT here")
    bank.execute("INSERT INTO account VALUES ('cy', 1)")
    bank.execute("ROLLBACK TO here")
    print(bank.execute("SELECT count(*) FROM account").fetchone())
    bank.rollback()
    bank.close()
    again = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    print(again.execute("SELECT sum(cents) FROM account").fetchone())
    try:
        again.execute("DELETE FROM account")
    except sqlite3.OperationalError as error:
        print(error)
    copy = sqlite3.connect(":memory:")
    again.backup(copy)
    print(copy.execute("SELECT name FROM account ORDER BY cents").fetchall())
    print("\n".join(copy.iterdump()))
    blob = sqlite3.connect(":memory:")
    blob.execute("CREATE TABLE f(data BLOB)")
    blob.execute("INSERT INTO f VALUES (zeroblob(8))")
    with blob.blobopen("f", "data", 1) as b:
        b.write(b"abc")
        b[7] = 255
    print(blob.execute("SELECT data, length(data) FROM f").fetchone())
    for connection in (again, copy, blob):
        connection.close()
