import asyncio
import contextlib
import signal


class Service:
    def __init__(self):
        self.stopping, self.done = asyncio.Event(), []

    async def worker(self, name):
        with contextlib.suppress(asyncio.CancelledError):
            while not self.stopping.is_set():
                await asyncio.sleep(0.001)
                self.done.append(name)
                if len(self.done) == 6:
                    signal.raise_signal(signal.SIGTERM)
            self.done.append(f"{name} stops")

    async def run(self):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stopping.set)
        await asyncio.gather(*(self.worker(n) for n in "ab"))
        print(loop.remove_signal_handler(signal.SIGTERM), loop.remove_signal_handler(signal.SIGTERM))


service = Service()
asyncio.run(service.run())
print(sorted(service.done)[-2:], len(service.done) >= 8)


async def hang():
    await asyncio.Event().wait()


try:
    asyncio.run(asyncio.wait_for(hang(), 0.005))
except TimeoutError:
    print("timed out")
try:
    asyncio.run(hang)
except (ValueError, TypeError) as error:
    print(type(error).__name__)
with asyncio.Runner() as runner:
    print(runner.run(asyncio.sleep(0, "one")), runner.run(asyncio.sleep(0, "two")))
loop = asyncio.new_event_loop()
print(loop.run_until_complete(asyncio.sleep(0, 3)), loop.is_running())
loop.close()
try:
    loop.call_soon(print)
except RuntimeError as error:
    print(error)
