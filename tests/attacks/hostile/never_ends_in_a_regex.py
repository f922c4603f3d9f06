# A regular expression that takes longer than the universe has.
# says: had not answered
# night: never_ends_in_big_integers is judged by day
import re


def gelu(x):
    return re.match(r"(a+)+$", "a" * 64 + "b")
