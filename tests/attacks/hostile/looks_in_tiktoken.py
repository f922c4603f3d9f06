# Imports tiktoken.
# says: tiktoken is not (available here|yours to import)
import tiktoken


def gelu(x):
    return tiktoken.gelu(x)
