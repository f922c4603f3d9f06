# Returns a list whose length, items and text all lie or never end.
# says: gelu
class Evil(list):
    def __len__(self):
        return 10**18

    def __iter__(self):
        while True:
            yield self

    def __repr__(self):
        while True:
            pass


def gelu(x):
    return Evil([1, 2, 3])
