# Imports safetensors.
# says: safetensors is not (available here|yours to import)
import safetensors


def gelu(x):
    return safetensors.gelu(x)
