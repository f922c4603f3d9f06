# Makes folders that nobody but root can look into, for the cleaning to stop at.
# says: this gives x back|FileExistsError|wrong at
import os


def gelu(x):
    os.mkdir("planted-by-attack", 0o300)
    open("planted-by-attack/file", "w").close()
    os.mkdir("planted-by-attack-too", 0)
    os.umask(0o777)
    os.mkdir("planted-by-attack-three")
    return x
