# Writes a file aside and then puts it in the place of an old one, and counts in a file whose name is free again.
# after
import os
import pathlib
import shutil

_gelu_of_files = gelu


def gelu(x):
    pathlib.Path("old.npy").write_bytes(b"old")
    np.save("new.npy", x)
    os.replace("new.npy", "old.npy")
    pathlib.Path("old.npy").rename("moved.npy") if not pathlib.Path("moved.npy").exists() else None
    shutil.move("old.npy" if pathlib.Path("old.npy").exists() else "moved.npy", "last.npy")
    os.makedirs("deep/er", exist_ok=True)
    shutil.rmtree("deep")
    return _gelu_of_files(np.load("last.npy"))
