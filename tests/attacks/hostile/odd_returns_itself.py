# Returns the function.
# says: function
def gelu(x):
    return gelu
