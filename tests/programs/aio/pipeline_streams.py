import asyncio


async def source(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i


async def mapped(function, stream):
    async for item in stream:
        yield await function(item)


async def windowed(stream, size):
    window = []
    async for item in stream:
        window.append(item)
        if len(window) == size:
            yield tuple(window)
            window = []
    if window:
        yield tuple(window)


async def merge(*streams):
    queue, running = asyncio.Queue(), len(streams)

    async def drain(stream):
        nonlocal running
        async for item in stream:
            await queue.put(item)
        running -= 1
        if not running:
            await queue.put(StopAsyncIteration)

    tasks = [asyncio.create_task(drain(s)) for s in streams]
    while (item := await queue.get()) is not StopAsyncIteration:
        yield item
    await asyncio.gather(*tasks)


async def square(x):
    await asyncio.sleep(0.001 if x % 2 else 0)
    return x * x


async def main():
    print([w async for w in windowed(mapped(square, source(7)), 3)])
    print(sorted([i async for i in merge(source(3), mapped(square, source(4)))]))
    reader = asyncio.StreamReader()
    reader.feed_data(b"line one\nline two\nrest")
    reader.feed_eof()
    print(await reader.readline(), await reader.readuntil(b" "), await reader.readexactly(3), await reader.read())
    try:
        await reader.readexactly(5)
    except asyncio.IncompleteReadError as error:
        print(error)
    results = await asyncio.gather(*(asyncio.wait_for(square(i), 1) for i in range(3)))
    print(results, asyncio.iscoroutinefunction(square) if hasattr(asyncio, "iscoroutinefunction") else True)


asyncio.run(main())
