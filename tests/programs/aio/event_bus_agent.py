"""An agent's loop: a plan, tools, and a memory of what came of them."""
import asyncio
import inspect
import json


class Agent:
    def __init__(self):
        self.tools, self.memory = {}, []

    def tool(self, function):
        parameters = {name: p.annotation.__name__ for name, p in inspect.signature(function).parameters.items()}
        self.tools[function.__name__] = (function, parameters, inspect.getdoc(function))
        return function

    def describe(self):
        return json.dumps({name: {"parameters": p, "doc": d} for name, (_, p, d) in self.tools.items()}, indent=1)

    async def call(self, name, **arguments):
        if name not in self.tools:
            return {"error": f"no tool {name!r}; there are {', '.join(self.tools)}"}
        try:
            result = self.tools[name][0](**arguments)
            if inspect.isawaitable(result):
                result = await result
            return {"result": result}
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"}

    async def run(self, plan):
        for step in plan:
            outcome = await self.call(step["tool"], **step.get("arguments", {}))
            self.memory.append((step["tool"], outcome))
            print(step["tool"], outcome)


agent = Agent()


@agent.tool
def add(a: int, b: int):
    """Adds two numbers."""
    return a + b


@agent.tool
async def search(query: str, limit: int):
    """Finds what matches."""
    await asyncio.sleep(0)
    return [word for word in ("alpha", "beta", "alphabet") if query in word][:limit]


print(agent.describe())
asyncio.run(agent.run([{"tool": "add", "arguments": {"a": 2, "b": 3}}, {"tool": "search", "arguments": {"query": "alpha", "limit": 5}}, {"tool": "add", "arguments": {"a": 1}}, {"tool": "fly"}, {"tool": "add", "arguments": {"a": "x", "b": 1}}]))
print(len(agent.memory))
