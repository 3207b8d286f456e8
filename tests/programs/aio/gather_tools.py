import asyncio


async def tool(name, delay, fail=False):
    await asyncio.sleep(delay)
    if fail:
        raise ValueError(f"{name} broke")
    return f"{name} after {delay}"


async def main():
    print(await asyncio.gather(tool("a", 0.02), tool("b", 0.01)))
    print(await asyncio.gather(tool("c", 0), tool("d", 0, True), return_exceptions=True))
    done, pending = await asyncio.wait([asyncio.create_task(tool("e", 0.01)), asyncio.create_task(tool("f", 5))], return_when=asyncio.FIRST_COMPLETED)
    print([t.result() for t in done], len(pending))
    for task in pending:
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            print("cancelled", task.cancelled())
    try:
        async with asyncio.timeout(0.01):
            await tool("slow", 10)
    except TimeoutError:
        print("too slow")
    try:
        async with asyncio.TaskGroup() as group:
            fine = group.create_task(tool("g", 0.01))
            group.create_task(tool("h", 0.002, True))
    except* ValueError as errors:
        print([str(e) for e in errors.exceptions], fine.cancelled())
    async for result in (await t for t in asyncio.as_completed([tool("i", 0.02), tool("j", 0.001)])):
        print(result)
    print(await asyncio.wait_for(tool("k", 0), 1), await asyncio.shield(tool("l", 0)))


asyncio.run(main())
