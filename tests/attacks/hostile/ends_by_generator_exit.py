# Raises GeneratorExit, which `except Exception` does not catch.
# says: GeneratorExit
def gelu(x):
    raise GeneratorExit
