"""Folders that a student's code wrote in: how much is in them, and how they go away whatever is in them.

`shutil.rmtree` stops at folders nested deeper than Python calls itself or than files can be open, at paths
longer than the system takes, and (unless it is root) at folders that were made without rights.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
import threading
from pathlib import Path
from time import time

FOLDER_PREFIX = "pico-gpt-kata-"  # of a host's folder, in the system's folder for temporary files
STALE_S = 24 * 3600.0


def remove_tree(folder: Path) -> None:
    """Remove a folder and everything in it. Nobody may write in it any more; what cannot go, stays.

    Folders further down are first moved up, so that no path grows long.
    """
    top, unique = str(folder), os.urandom(8).hex()
    todo, moved = [top], 0
    while todo:
        place = todo.pop()
        with contextlib.suppress(OSError):
            for entry in _listed(place):
                with contextlib.suppress(OSError):
                    if not entry.is_dir(follow_symlinks=False):
                        Path(entry.path).unlink()
                        continue
                    Path(entry.path).chmod(0o700)
                    target = entry.path
                    if place != top:
                        target, moved = f"{top}{os.sep}{unique}-{moved}", moved + 1
                        Path(entry.path).rename(target)
                    todo.append(target)
        if place != top:
            with contextlib.suppress(OSError):
                Path(place).rmdir()
    with contextlib.suppress(OSError):
        folder.rmdir()


_under_way: list[threading.Thread] = []


def remove_soon(folder: Path) -> None:
    """Remove a folder while something else goes on: a thousand folders in it take a tenth of a second."""
    try:
        folder.rmdir()  # as nearly always: nothing is in it
    except OSError:
        if sys.is_finalizing():  # a thread that is started now never runs, and would be waited for
            return remove_tree(folder)
        thread = threading.Thread(target=remove_tree, args=(folder,))
        thread.start()
        _under_way.append(thread)


def wait_for_removals() -> None:
    """Until everything is gone that `remove_soon` was given."""
    while _under_way:
        _under_way.pop().join()


def too_much(folder: Path, max_bytes: int, max_files: int) -> str:
    """What there is too much of below a folder, links not followed; "" where all is well."""
    size, count = 0, 0
    todo = [str(folder)]
    while todo:
        try:
            entries = _listed(todo.pop())
        except OSError as error:
            if error.errno in (errno.ENAMETOOLONG, errno.EACCES):
                return "it made folders that nobody can look into"
            continue
        count += len(entries)
        for entry in entries:
            with contextlib.suppress(OSError):  # gone since it was listed
                if entry.is_dir(follow_symlinks=False):
                    todo.append(entry.path)
                else:
                    size += entry.stat(follow_symlinks=False).st_size
        if size > max_bytes:
            return f"it wrote more than {max_bytes >> 20} MiB of files"
        if count > max_files:
            return f"it made more than {max_files:,} files and folders"
    return ""


def _listed(path: str) -> list[os.DirEntry[str]]:
    with os.scandir(path) as found:
        return list(found)


def remove_stale_folders() -> None:
    """Folders of hosts whose whole family of processes was killed, the base included."""
    old = time() - STALE_S
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if entry.name.startswith(FOLDER_PREFIX) and entry.is_dir(follow_symlinks=False):
                    found = entry.stat(follow_symlinks=False)
                    if found.st_mtime < old and (os.name == "nt" or found.st_uid == os.getuid()):
                        remove_tree(Path(entry.path))
