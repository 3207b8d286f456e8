import asyncio
import collections


async def producer(queue, name, count):
    for number in range(count):
        await queue.put(f"{name}{number}")
        await asyncio.sleep(0)


async def consumer(queue, seen):
    while True:
        item = await queue.get()
        seen[item[0]].append(int(item[1:]))
        queue.task_done()


async def main():
    queue = asyncio.Queue(maxsize=3)
    seen = collections.defaultdict(list)
    consumers = [asyncio.create_task(consumer(queue, seen)) for _ in range(2)]
    await asyncio.gather(*(producer(queue, name, 5) for name in "ab"))
    await queue.join()
    for task in consumers:
        task.cancel()
    print(await asyncio.gather(*consumers, return_exceptions=True))
    print({name: sorted(numbers) for name, numbers in sorted(seen.items())})
    priority = asyncio.PriorityQueue()
    for item in ((3, "c"), (1, "a"), (2, "b")):
        priority.put_nowait(item)
    print([priority.get_nowait()[1] for _ in range(3)], priority.empty())
    try:
        priority.get_nowait()
    except asyncio.QueueEmpty as error:
        print(type(error).__name__)
    priority.shutdown()
    try:
        await priority.put((1, "x"))
    except asyncio.QueueShutDown as error:
        print(type(error).__name__)


asyncio.run(main())
