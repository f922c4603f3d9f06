# Raises exceptions whose class, text and line all lie.
# says: Evil
class Meta(type):
    @property
    def __name__(cls):
        raise SystemExit


class Evil(Exception, metaclass=Meta):
    def __str__(self):
        return "\x1b[2J\x00" + "all tests passed\n" * 100_000

    @property
    def filename(self):
        raise KeyboardInterrupt


def gelu(x):
    raise Evil
