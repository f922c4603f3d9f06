# Returns dates.
# says: datetime64|gelu
def gelu(x):
    return x.astype("datetime64[s]")
