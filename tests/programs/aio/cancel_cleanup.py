import asyncio
import sys


async def careful(name):
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError as error:
        print(name, "cleans up", error.args)
        await asyncio.sleep(0)
        raise
    finally:
        print(name, "finally")


async def stubborn():
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            print("not yet")
            asyncio.current_task().uncancel()
            return "stayed"


async def main():
    task = asyncio.create_task(careful("a"), name="task-a")
    await asyncio.sleep(0)
    task.cancel("enough")
    try:
        await task
    except asyncio.CancelledError:
        print(task.get_name(), task.cancelled(), task.done())
    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    task.cancel()
    print(await task, task.cancelled())
    try:
        await asyncio.wait_for(careful("b"), 0.001)
    except asyncio.TimeoutError as error:
        print(type(error).__name__, isinstance(error, OSError))
    inner = asyncio.create_task(asyncio.sleep(0.002, "inner"))
    try:
        await asyncio.wait_for(asyncio.shield(inner), 0.0001)
    except TimeoutError:
        print(await inner)

    def handler(loop, context):
        print("unhandled:", repr(context.get("exception")))

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(handler)
    loop.call_soon(lambda: 1 / 0)
    await asyncio.sleep(0)
    print(sorted(t.get_name() for t in asyncio.all_tasks())[:0], len(asyncio.all_tasks()))


asyncio.run(main())
sys.stdout.flush()
