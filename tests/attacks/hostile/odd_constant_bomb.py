# A constant that the compiler would compute for ever.
# says: cannot be loaded
gelu = [0] * (10**9) * (10**9)
