# Every name is in the module, and none is a function.
# says: is a str, not a function
def __getattr__(name):
    return name
