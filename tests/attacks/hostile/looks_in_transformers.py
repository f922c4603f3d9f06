# Imports transformers.
# says: transformers is not (available here|yours to import)
import transformers


def gelu(x):
    return transformers.gelu(x)
