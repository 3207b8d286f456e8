import asyncio
import contextlib


class Ticker:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.n:
            raise StopAsyncIteration
        self.n -= 1
        await asyncio.sleep(0)
        return self.n


async def countdown(n):
    try:
        while n:
            yield n
            n -= 1
            await asyncio.sleep(0)
    finally:
        print("closed at", n)


@contextlib.asynccontextmanager
async def resource(name):
    print("open", name)
    try:
        yield name.upper()
    except ZeroDivisionError:
        print("swallowed")
    finally:
        print("close", name)


async def main():
    print([x async for x in Ticker(4)], {x: y async for x, y in pairs()})
    async for n in (stream := countdown(5)):
        if n == 3:
            break
    await stream.aclose()
    async with resource("db") as db, resource("net") as net:
        print(db, net)
        1 / 0
    async with contextlib.AsyncExitStack() as stack:
        print(await stack.enter_async_context(resource("x")))
        stack.callback(print, "callback")
    generator = echo()
    await generator.asend(None)
    print(await generator.asend("hello"), await anext(Ticker(0), "default"))


async def pairs():
    for pair in zip("ab", (1, 2)):
        yield pair


async def echo():
    got = None
    while True:
        got = yield f"echo {got}"


asyncio.run(main())
