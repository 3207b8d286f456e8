import asyncio
import functools
import random
import time


def retry(times, base=0.001, errors=(ConnectionError,)):
    def decorate(function):
        @functools.wraps(function)
        async def wrapper(*args, **kwargs):
            for attempt in range(1, times + 1):
                try:
                    return await function(*args, **kwargs)
                except errors as error:
                    print(f"attempt {attempt}: {error}")
                    if attempt == times:
                        raise
                    await asyncio.sleep(base * 2 ** attempt)

        return wrapper

    return decorate


class RateLimiter:
    def __init__(self, per_second):
        self.gap, self.next = 1 / per_second, 0.0

    async def __aenter__(self):
        now = time.monotonic()
        wait = max(0.0, self.next - now)
        self.next = max(now, self.next) + self.gap
        await asyncio.sleep(wait)

    async def __aexit__(self, *exception):
        return False


calls = 0


@retry(3)
async def flaky(good_at):
    """Fails at first."""
    global calls
    calls += 1
    if calls < good_at:
        raise ConnectionError(f"refused {calls}")
    return "ok"


async def main():
    global calls
    print(await flaky(3), flaky.__name__, flaky.__doc__)
    calls = 0
    try:
        await flaky(9)
    except ConnectionError as error:
        print("gave up:", error)
    limiter = RateLimiter(200)
    began = time.monotonic()

    async def one(n):
        async with limiter:
            return n

    print(await asyncio.gather(*(one(n) for n in range(5))))
    print(time.monotonic() - began >= 0.018)


random.seed(1)
asyncio.run(main())
