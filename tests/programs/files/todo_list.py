"""A to-do list that keeps itself in a JSON file."""
import json
import pathlib
import tempfile


class TodoList:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.items = json.loads(self.path.read_text()) if self.path.exists() else []

    def add(self, text, priority=1):
        self.items.append({"text": text, "done": False, "priority": priority})
        self._save()

    def finish(self, index):
        self.items[index]["done"] = True
        self._save()

    def _save(self):
        self.path.write_text(json.dumps(self.items, indent=2))

    def __str__(self):
        lines = []
        for number, item in enumerate(sorted(self.items, key=lambda item: -item["priority"])):
            lines.append(f"{number}. [{'x' if item['done'] else ' '}] {item['text']} (p{item['priority']})")
        return "\n".join(lines)


with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "todo.json"
    todo = TodoList(path)
    todo.add("write the report", 3)
    todo.add("water the plants")
    todo.add("call Ana", 2)
    todo.finish(1)
    print(todo)
    print(TodoList(path).items == todo.items, path.stat().st_size)
