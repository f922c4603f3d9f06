# Fills the disk with files that it has removed, and holds open.
# says: wrote more than 256 MiB|had not answered
import os

kept = []


def gelu(x):
    for _ in range(240):
        file = open("planted-by-attack", "wb", buffering=0)
        os.unlink("planted-by-attack")
        kept.append(file)
        file.write(bytes(15 << 20))
        os.rename("planted-by-attack", f"planted-by-attack-{len(kept)}")
    return x
