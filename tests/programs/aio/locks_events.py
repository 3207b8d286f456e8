import asyncio

log = []


async def worker(name, lock, limit, started):
    async with limit:
        started.set()
        async with lock:
            log.append(f"{name} in")
            await asyncio.sleep(0.001)
            log.append(f"{name} out")


async def main():
    lock, limit, started = asyncio.Lock(), asyncio.Semaphore(2), asyncio.Event()
    tasks = [asyncio.create_task(worker(n, lock, limit, started)) for n in "abc"]
    await started.wait()
    await asyncio.gather(*tasks)
    print(log, all(log[i][0] == log[i + 1][0] for i in range(0, 6, 2)))
    condition = asyncio.Condition()
    box = []

    async def wait_for_two():
        async with condition:
            await condition.wait_for(lambda: len(box) >= 2)
            return sum(box)

    waiting = asyncio.create_task(wait_for_two())
    for value in (10, 20):
        await asyncio.sleep(0)
        async with condition:
            box.append(value)
            condition.notify_all()
    print(await waiting)
    barrier = asyncio.Barrier(3)
    print(sorted(await asyncio.gather(*(barrier.wait() for _ in range(3)))))
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.001, future.set_result, "later")
    future.add_done_callback(lambda f: log.append("callback"))
    print(await future, log[-1])
    await asyncio.sleep(0)
    print(log[-1])


asyncio.run(main())
