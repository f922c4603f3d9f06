# A regular expression that takes longer than the universe has.
# says: had not answered
import re


def gelu(x):
    return re.match(r"(a+)+$", "a" * 64 + "b")
