"""Landlock: this process sees no file but those it is shown (Linux 5.13 and later).

Rules only ever allow. A folder that holds something hidden is therefore taken apart: its entries are
allowed one by one, and the hidden one is not among them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from grader.sandbox.allowed import DEVICES, SITES, SYSTEM_FILES
from grader.sandbox.inside.system_calls import NUMBERS

# The same on every architecture.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = (
    NUMBERS["x86_64"][f"landlock_{name}"] for name in ("create_ruleset", "add_rule", "restrict_self")
)
PATH_BENEATH = 1
VERSION = 1  # flag of CREATE_RULESET: say which version there is

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG, MAKE_SYM = 1 << 4, 1 << 5, 1 << 7, 1 << 8, 1 << 12
REFER, TRUNCATE = 1 << 13, 1 << 14
# How many of the rights each version knows; what is not handled would be allowed.
RIGHTS_OF_VERSION = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
NO_TCP = 0b11  # bind, connect; from version 4
OWN_SCOPE = 0b11  # abstract sockets, signals; from version 6

READ = READ_FILE | READ_DIR
PRIVATE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM | REFER | TRUNCATE
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE

Rule = tuple[str, int]


def version() -> int:
    """Landlock's version in this kernel; 0 where it is missing or switched off."""
    return max(0, _syscall(CREATE_RULESET, None, 0, VERSION)) if sys.platform == "linux" else 0


def readable(guests: Iterable[str], hidden: Iterable[str]) -> list[Rule]:
    """What student code needs to read: Python, the shared libraries, NumPy and the like.

    Args:
        guests: folders of packages that it may import.
        hidden: what stays out of sight even if it is in one of these places.
    """
    packages = [Path(guest).resolve() for guest in guests]
    libraries = [package.with_name(f"{package.name}.libs") for package in packages]  # as wheels have it
    sites = {package.parent for package in packages}
    secrets = {str(Path(path).resolve()) for path in hidden} | {str(site) for site in sites}
    places = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), *SYSTEM_FILES}
    places |= {f"{sys.base_prefix}/lib", sys.executable, *_of_python()}
    above = {str(folder) for secret in secrets for folder in Path(secret).parents}
    rules: dict[str, int] = {}
    for place in sorted({os.path.realpath(place) for place in places if place}):
        allow(place, secrets, above, rules)
    rules.update(dict.fromkeys(map(str, [*packages, *libraries]), READ))
    for site in map(str, sites):  # their listing, without which nothing in them is found
        rules[site] = rules.get(site, 0) | READ_DIR
    rules.update(dict.fromkeys(DEVICES, READ_FILE | WRITE_FILE))
    found = []
    for path, access in rules.items():
        with contextlib.suppress(OSError):
            is_folder = bool(access & READ_DIR) and stat.S_ISDIR(os.stat(path).st_mode)  # noqa: PTH116
            found.append((path, access if is_folder else access & ON_FILES))
    return found


def _of_python() -> list[str]:
    """Where this Python finds its own modules, and nothing that was installed into it."""
    homes = {Path(home).resolve() for home in (sys.base_prefix, sys.base_exec_prefix)}
    found = [Path(place).resolve() for place in sys.path if Path(place).is_absolute()]
    return [str(place) for place in found if homes & {*place.parents} and not {*SITES} & {*place.parts}]


def allow(path: str, secrets: set[str], above: set[str], rules: dict[str, int]) -> None:
    """Add the rules by which a folder can be read, but for the secrets and third-party packages in it.

    Args:
        above: the folders that hold a secret, at any depth.
    """
    todo = [path] if path not in secrets else []
    while todo:
        place = todo.pop()
        try:
            entries = _listed(place)
        except OSError:  # a file, or a folder that nobody can look into
            rules[place] = READ_DIR if place in above else READ
            continue
        if place not in above and not _has_site(entries):
            rules[place] = READ
            continue
        rules[place] = READ_DIR
        for entry in entries:
            if entry.is_symlink() or entry.name in SITES or entry.path in secrets:
                continue  # what a link points to has its own place, or none
            if entry.is_dir():
                todo.append(entry.path)
            else:
                rules[entry.path] = READ_FILE


def _listed(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)


def _has_site(entries: Iterable[os.DirEntry[str]]) -> bool:
    """Whether there is a folder of third-party packages here, or in a Python's own folder below."""
    for entry in entries:
        if entry.name in SITES:
            return True
        if entry.name.startswith("python") and any(Path(entry.path, site).is_dir() for site in SITES):
            return True
    return False


@dataclass(frozen=True)
class Shared:
    """What all workers of one base may read, opened once.

    A worker is held by two rulesets, and may do what both of them allow. In this one the folders of all
    workers are open, in the other, its own, everything in a few places is open, and its own folder.

    Attributes:
        ruleset: its descriptor.
        places: what holds everything that may be read.
        closed: a file in these places that must not open; "" where there is none.
    """

    ruleset: int
    places: list[Rule]
    closed: str


def share(rules: Sequence[Rule], folder: str) -> Shared | None:
    """The ruleset for workers that all have their private folders in `folder`.

    None where Landlock is missing, or `folder` is in a place that may be read.
    """
    listed = {Path(path): access for path, access in rules}
    places: dict[Path, int] = {}
    for path, access in listed.items():
        above = [place for place in path.parents if place in listed]
        top = above[-1] if above else path
        places[top] = places.get(top, 0) | (access if top.is_dir() else listed[top])
    abi, own = version(), Path(folder).resolve()
    if not abi or any(own.is_relative_to(place) for place in places):
        return None
    ruleset = _ruleset(abi, [*rules, (folder, PRIVATE)])
    wide = [(str(path), access) for path, access in places.items()]
    return Shared(ruleset, wide, _left_out(listed)) if ruleset >= 0 else None


def _left_out(listed: dict[Path, int]) -> str:
    """A file that may not be read, in a folder of which some files may be."""
    for folder in [path for path, access in listed.items() if access == READ_DIR]:
        with contextlib.suppress(OSError):
            for path in sorted(folder.iterdir()):
                found = path / "METADATA" if path.suffix == ".dist-info" else path
                if path not in listed and not path.is_symlink() and found.is_file():
                    return str(found)
    return ""


def restrict(rules: Iterable[Rule], shared: Shared | None = None) -> int:
    """Confine this process to these files for good; no_new_privs must be set.

    Args:
        shared: a ruleset that has to allow it as well; it is closed.
    Returns:
        Landlock's version; 0 where it is missing, and nothing is confined.
    """
    abi = version()
    rulesets = [shared.ruleset] if shared else []
    if abi:
        rulesets.append(_ruleset(abi, rules))
    held = [_syscall(RESTRICT_SELF, ruleset, 0) == 0 for ruleset in rulesets]
    for ruleset in rulesets:
        with contextlib.suppress(OSError):
            os.close(ruleset)
    return abi if held and all(held) else 0


def _ruleset(abi: int, rules: Iterable[Rule]) -> int:
    """The descriptor of a ruleset that allows this much; -1 where the kernel does not take it."""
    rights = (1 << RIGHTS_OF_VERSION.get(abi, 16)) - 1
    # Some kernels (RHEL 9) claim a version without having all of it: ask for less, then.
    for net, scope in ((NO_TCP if abi >= 4 else 0, OWN_SCOPE if abi >= 6 else 0), (NO_TCP, 0), (0, 0)):
        size = 24 if scope else 16 if net else 8
        attributes = struct.pack("<QQQ", rights, net, scope)[:size]
        ruleset = _syscall(CREATE_RULESET, attributes, size, 0)
        if ruleset >= 0:
            break
    if ruleset < 0:
        return -1
    for path, access in rules:
        with contextlib.suppress(OSError):  # gone since it was listed
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
            _syscall(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("<Qi", access & rights, fd), 0)
            os.close(fd)
    return ruleset


def _syscall(number: int, *arguments: int | bytes | None) -> int:
    converted = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return int(_libc().syscall(ctypes.c_long(number), *converted))


@lru_cache
def _libc() -> Any:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc
