# async def instead of def.
# says: coroutine
async def gelu(x):
    return x
