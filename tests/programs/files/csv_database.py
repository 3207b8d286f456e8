import contextlib
import csv
import os
import pathlib
import tempfile


class Table:
    def __init__(self, path, fields):
        self.path, self.fields = pathlib.Path(path), fields
        if not self.path.exists():
            with self.path.open("w", newline="") as file:
                csv.writer(file).writerow(fields)

    def __iter__(self):
        with self.path.open(newline="") as file:
            yield from csv.DictReader(file)

    def insert(self, **row):
        if extra := set(row) - set(self.fields):
            raise KeyError(f"no such fields: {sorted(extra)}")
        with self.path.open("a", newline="") as file:
            csv.DictWriter(file, self.fields, restval="").writerow(row)

    def update(self, where, **changes):
        count = 0
        temporary = self.path.with_suffix(".tmp")
        with temporary.open("w", newline="") as file:
            writer = csv.DictWriter(file, self.fields)
            writer.writeheader()
            for row in self:
                if where(row):
                    row |= changes
                    count += 1
                writer.writerow(row)
        os.replace(temporary, self.path)
        return count


with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
    users = Table("users.csv", ["id", "name", "city"])
    users.insert(id=1, name="Ana", city="Rome")
    users.insert(id=2, name='Bo "the, best"')
    users.insert(id=3, name="Zoë\nMay", city="Oslo")
    print(users.update(lambda r: not r["city"], city="?"), [r["name"] for r in users], os.listdir())
    print(pathlib.Path("users.csv").read_bytes())
    try:
        users.insert(nope=1)
    except KeyError as error:
        print(error)
    print(pathlib.Path.cwd() == pathlib.Path(folder).resolve(), sum(1 for _ in users))
