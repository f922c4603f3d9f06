# gelu is a class whose metaclass does the calling, wrongly.
# says: gelu|Meta
class Meta(type):
    def __call__(cls, *args):
        return cls

    def __getattr__(cls, name):
        return cls


class gelu(metaclass=Meta):
    pass
