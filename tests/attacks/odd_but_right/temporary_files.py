# Keeps its work in temporary files, copies and removes them.
# after
import os
import pathlib
import shutil
import tempfile

_plain_gelu = gelu


def gelu(x):
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile(suffix=".npy") as named:
        path = pathlib.Path(folder, "deep", "x.npy")
        path.parent.mkdir()
        np.save(path, x)
        copy = shutil.copy(path, path.with_name("copy.npy"))
        os.rename(copy, path.with_name("moved.npy"))
        shutil.copy2(path.with_name("moved.npy"), named.name)
        x = np.load(named.name)
    pathlib.Path("beside.txt").write_text("in the working folder")
    return _plain_gelu(x)
