"""An event loop in a thread of its own, which others give work to."""
import asyncio
import concurrent.futures
import threading


class Background:
    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def run(self, coroutine, timeout=10):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout)

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


async def work(n):
    await asyncio.sleep(0.002)
    return n * 2, threading.current_thread() is threading.main_thread()


async def fails():
    raise ValueError("inside")


background = Background()
print(background.run(work(21)))
futures = [asyncio.run_coroutine_threadsafe(work(n), background.loop) for n in range(5)]
print([f.result()[0] for f in futures])
try:
    background.run(fails())
except ValueError as error:
    print(error)
slow = asyncio.run_coroutine_threadsafe(asyncio.sleep(60), background.loop)
try:
    slow.result(0.01)
except concurrent.futures.TimeoutError:
    print("not yet", slow.cancel())
event = threading.Event()
background.loop.call_soon_threadsafe(event.set)
print(event.wait(10))
print(sorted(t.get_name() for t in asyncio.all_tasks(background.loop)) == [])


async def main():
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(4), background.loop))


print(asyncio.run(main()))
background.stop()
print(background.loop.is_closed(), background.thread.is_alive())
out = []
threads = [threading.Thread(target=lambda n=n: out.append(asyncio.run(work(n))[0])) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(out))
