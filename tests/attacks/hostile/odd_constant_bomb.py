# A constant that the compiler would compute forever.
# says: cannot be loaded
gelu = [0] * (10**9) * (10**9)
