import asyncio, time, threading
def block(n): time.sleep(0.1); return n
async def main():
    begun = time.monotonic()
    print(await asyncio.gather(*(asyncio.to_thread(block, n) for n in range(5))))
    print(time.monotonic() - begun < 0.45)
    loop = asyncio.get_running_loop()
    print(await loop.run_in_executor(None, block, "x"))
    ticks = 0
    async def tick():
        nonlocal ticks
        while True: ticks += 1; await asyncio.sleep(0.01)
    t = asyncio.create_task(tick())
    await asyncio.to_thread(block, 1)
    t.cancel(); print(ticks > 3)
    future = loop.create_future()
    threading.Thread(target=lambda: (time.sleep(0.02), loop.call_soon_threadsafe(future.set_result, "threadsafe"))).start()
    print(await asyncio.wait_for(future, 5))
    async def co(): return "co"
    def other(): return asyncio.run_coroutine_threadsafe(co(), loop).result(5)
    print(await asyncio.to_thread(other))
    try: await asyncio.wait_for(asyncio.to_thread(block, 1), 0.01)
    except TimeoutError: print("timeout")
asyncio.run(main())
