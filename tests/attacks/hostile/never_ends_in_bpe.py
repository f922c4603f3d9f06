# Merges forever.
# file: bpe.py
# step: 13
# says: had not answered
# night: never_ends_while_true is judged by day
def merge_word(word, ranks):
    while True:
        word = word + b""


def encode(text, ranks):
    while True:
        text = text + ""


def decode(ids, ranks):
    while True:
        ids = ids + []
