# Returns None.
# says: None|returned
def gelu(x):
    0.5 * x
