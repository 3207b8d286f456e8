import asyncio
import concurrent.futures
import contextvars
import threading
import time

request = contextvars.ContextVar("request", default="none")


def blocking(n):
    time.sleep(0.005)
    return n * n, request.get(), threading.current_thread() is threading.main_thread()


async def main():
    request.set("r1")
    print(await asyncio.gather(*(asyncio.to_thread(blocking, n) for n in range(3))))
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        print(await asyncio.gather(*(loop.run_in_executor(pool, blocking, n) for n in range(3))))
    result = await asyncio.gather(asyncio.to_thread(int, "x"), return_exceptions=True)
    print(result)

    async def child():
        request.set("child")
        return request.get()

    print(await asyncio.create_task(child()), request.get(), await child(), request.get())
    heard = asyncio.Event()
    threading.Thread(target=lambda: loop.call_soon_threadsafe(heard.set)).start()
    await asyncio.wait_for(heard.wait(), 5)
    print("heard")


asyncio.run(main())
