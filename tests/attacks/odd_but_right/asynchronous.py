# Computes in an event loop.
# after
import asyncio

_plain_gelu = gelu


def gelu(x):
    async def compute():
        await asyncio.sleep(0)
        return _plain_gelu(x)

    return asyncio.run(compute())
