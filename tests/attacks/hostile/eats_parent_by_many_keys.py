# Returns a dict of a million odd keys.
# says: dict|gelu|too much
# night: lies_by_colliding_keys is judged by day
def gelu(x):
    return {(i, str(i)): object() for i in range(1_000_000)}
