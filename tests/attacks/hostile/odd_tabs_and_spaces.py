# Tabs and spaces mixed, so that no two editors agree.
# says: cannot be loaded: (TabError|IndentationError)
def gelu(x):
	if True:
        return x
