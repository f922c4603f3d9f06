# Returns a list that holds itself.
# says: list|nested|gelu
def gelu(x):
    value = []
    value.append(value)
    return value
