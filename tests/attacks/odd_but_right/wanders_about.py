# after
# step: 1-2
# Works in folders of its own, a few hundred files in them, and looks at the terminal and the clock.
import os
import shutil
import sqlite3
import tempfile
import uuid

_folder = tempfile.mkdtemp()
os.chdir(_folder)
for _n in range(300):
    os.makedirs(f"{_n % 7}/{_n % 11}", exist_ok=True)
    with open(f"{_n % 7}/{_n % 11}/{uuid.uuid4()}", "w") as _file:
        _file.write(str(shutil.get_terminal_size()))
        assert not _file.isatty() and not os.get_inheritable(_file.fileno())
        os.set_inheritable(_file.fileno(), False)
sqlite3.connect(":memory:").execute("select 1")
