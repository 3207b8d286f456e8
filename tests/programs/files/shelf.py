import os
import shelve
import tempfile
from dataclasses import dataclass


@dataclass
class Player:
    name: str
    score: int
    tags: list


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "players")
    with shelve.open(path) as db:
        db["ana"] = Player("Ana", 10, ["new"])
        db["bo"] = Player("Bo", 3, [])
    with shelve.open(path, writeback=True) as db:
        db["ana"].tags.append("champion")
        db["ana"].score += 5
        del db["bo"]
    with shelve.open(path, "r") as db:
        print(sorted(db))
        print(db["ana"])
