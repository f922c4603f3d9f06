"""Which of the files in a submission are the kata's, whatever they are called and wherever they lie.

There is one road: a home folder is chosen, its files are taken by their names, and for each of the four
that is missing there, the one file that can be it is taken from nearby, with a note. What is passed over is
named, always.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from grader.classroom.entries import LEADS_OUT, Entry, Odd, is_archive, is_python, read_file
from grader.classroom.exports import closeness, kata_file
from grader.kata.curriculum import FILES

MAX_NAMED = 6  # of what was left aside
MAX_NESTED = 4  # archives, or other folders, in one submission that are looked into
UNREADABLE = {
    ".rar": "a zip", ".7z": "a zip", ".gz": "the file itself", ".docx": "the .py file",
    ".doc": "the .py file", ".pdf": "the .py file", ".odt": "the .py file",
    ".pages": "the .py file", ".rtf": "the .py file", ".ipynb": "it as a .py file",
    ".txt": "it as a .py file",
    ".html": "the .py file", ".webloc": "the files", ".url": "the files", ".lnk": "the files",
}  # fmt: skip
# Folders of the kata and of tools: nothing in them is anybody's hand-in.
NOBODYS = {
    "solutions",
    "stub_files",
    "tests",
    "grader",
    "reference_activations",
    "playground",
    "instructions",
}
_UNTOUCHED = re.compile(rb'^    raise NotImplementedError\("step \d+: \w+"\)\s*$', re.M)
_ATTEMPT = re.compile(r"(?:version|attempt|versuch|v)?[ _-]*(\d{1,4})", re.I)
_WHEN = re.compile(r"(\d{8})[_-]?(\d{6})[_ -].+")


class Chosen:
    """What was found in a submission.

    Attributes:
        entries: kata file -> the entry that is it.
        origin: the home folder.
        notes: what a teacher should know about how they were found.
        problem: why nothing can be judged, or "".
    """

    def __init__(self, origin: PurePosixPath | None = None):
        self.entries: dict[str, Entry] = {}
        self.origin = origin or PurePosixPath(".")
        self.notes: list[str] = []
        self.problem = ""


def choose(entries: Sequence[Entry], name: str, unpack: Callable[[Entry], list[Entry]] | None) -> Chosen:
    """The kata's files among the entries of a submission.

    Args:
        name: what the submission is called.
        unpack: lists what is in an archive of the submission; None inside of one.
    Raises:
        Odd: an archive in it, which is all there is, cannot be read.
    """
    hidden = [entry for entry in entries if entry.hidden]
    entries, notes = _last_attempt([entry for entry in entries if not entry.hidden])
    plain = [entry for entry in entries if not is_archive(entry.name)]
    chosen = _in_folders(plain, name)
    if chosen.problem:
        return chosen
    chosen.notes[:0] = notes
    archives = [entry for entry in entries if is_archive(entry.name)]
    if any(_is_wanted(file, chosen) for file in FILES) and archives and unpack is not None:
        _from_archives(archives[:MAX_NESTED], name, unpack, chosen)
    elif chosen.entries:
        chosen.notes += [
            f"{archive.path} was not opened, because there is {chosen.entries[FILES[0]].path}"
            for archive in archives[:MAX_NESTED]
            if not NOBODYS & set(archive.path.parts[:-1])
        ]
    if not chosen.entries and not chosen.problem:
        _only_python(plain, chosen)
    if not chosen.entries and not chosen.problem:
        chosen.problem = _nothing(entries, hidden, name)
    if chosen.entries:
        _say_what_was_left(plain, hidden, chosen)
    return chosen


# ------------------------------------------------------------------------------------- attempts


def _last_attempt(entries: Sequence[Entry]) -> tuple[list[Entry], list[str]]:
    """Only the last of several attempts, in numbered folders or with the time in their names."""
    tops = {entry.path.parts[0] for entry in entries if len(entry.path.parts) > 1}
    numbered = {top: int(match[1]) for top in tops if (match := _ATTEMPT.fullmatch(top))}
    if len(numbered) > 1 and len(numbered) == len(tops):
        last = max(numbered, key=lambda top: numbered[top])
        kept = [entry for entry in entries if entry.path.parts[0] == last or len(entry.path.parts) == 1]
        return kept, [f"handed in {len(numbered)} times; the last one ({last}) was judged"]
    times: dict[str, list[tuple[str, Entry]]] = {}
    for entry in entries:
        if (match := _WHEN.fullmatch(entry.name)) and kata_file(entry.name):
            key = f"{entry.path.parent}/{entry.name[match.end(2) :].lstrip('_ -').lower()}"
            times.setdefault(key, []).append((match[1] + match[2], entry))
    several = [sorted(found, key=lambda pair: pair[0]) for found in times.values() if len(found) > 1]
    if not several:
        return list(entries), []
    older = {id(entry) for found in several for _, entry in found[:-1]}
    most = max(len(found) for found in several)
    return [e for e in entries if id(e) not in older], [f"handed in {most} times; the last one was judged"]


# -------------------------------------------------------------------------------------- folders


def _in_folders(entries: Sequence[Entry], name: str) -> Chosen:
    folders = {entry.path.parent for entry in entries if entry.name in FILES}
    mains = {entry.path.parent: entry for entry in entries if entry.name == FILES[0]}
    best = sorted(mains or folders, key=_rank)
    if not best:
        chosen = Chosen()
        _fill(chosen, entries, name)
        return chosen
    home, notes = _begun(best, mains)
    chosen = Chosen(home)
    chosen.notes = notes
    rivals = [folder for folder in best if _rank(folder)[:3] == _rank(home)[:3]]
    if len(rivals) > 1 and not _all_alike([mains[folder] for folder in rivals if folder in mains]):
        places = ", ".join(str(folder / FILES[0]) for folder in rivals[:3])
        chosen.problem = f"{name} holds more than one {FILES[0]} ({places}): keep one"
        return chosen
    chosen.entries = {
        entry.name: entry for entry in entries if entry.path.parent == home and entry.name in FILES
    }
    _fill(chosen, entries, name)
    return chosen


def _begun(
    folders: Sequence[PurePosixPath], mains: Mapping[PurePosixPath, Entry]
) -> tuple[PurePosixPath, list[str]]:
    """The first folder; or the only other one with work in it, where the first holds untouched stubs."""
    others = [folder for folder in folders[1:] if not NOBODYS & set(folder.parts)]
    if not 0 < len(others) <= MAX_NESTED or not _is_untouched(mains.get(folders[0])):
        return folders[0], []
    begun = [folder for folder in others if not _is_untouched(mains.get(folder))]
    if len(begun) != 1:
        return folders[0], []
    return begun[0], [f"{folders[0] / FILES[0]} is the untouched stub: {begun[0] / FILES[0]} was judged"]


def _is_untouched(main: Entry | None) -> bool:
    """Whether no function of a main file has been begun."""
    source = _bytes(main) if main is not None else b""
    return (
        source is not None and len(_UNTOUCHED.findall(source)) >= len(re.findall(rb"^def ", source, re.M)) > 0
    )


def _is_wanted(file: str, chosen: Chosen) -> bool:
    """Whether a file of the kata is not there yet, or only as an untouched stub."""
    return file not in chosen.entries or _is_untouched(chosen.entries[file])


def _rank(folder: PurePosixPath) -> tuple[bool, bool, int, str]:
    return bool(NOBODYS & set(folder.parts)), folder.name != "exercises", len(folder.parts), str(folder)


def _all_alike(entries: Sequence[Entry]) -> bool:
    """Whether files are the same, byte for byte; of many, only few are looked at."""
    return len(entries) <= MAX_NESTED and len({_bytes(entry) for entry in entries}) == 1


def _bytes(entry: Entry) -> bytes | None:
    try:
        return read_file(entry)
    except Odd:
        return None


def _fill(chosen: Chosen, entries: Sequence[Entry], name: str) -> None:
    """For each file that is missing, the one that can be it: by its place, or else by its name."""
    free = [e for e in entries if is_python(e.name) and not NOBODYS & set(e.path.parts[:-1])]
    for file in FILES:
        if file in chosen.entries:
            continue
        found: dict[tuple[bool, int], list[Entry]] = {}
        for entry in free:
            near = closeness(entry.name, file)
            if near is not None and not (near > 1 and entry.name in FILES):
                found.setdefault((near > 1, near + 3 * (entry.path.parent != chosen.origin)), []).append(
                    entry
                )
        candidates = found[min(found)] if found else []
        if len(candidates) == 1 or (candidates and _all_alike(candidates)):
            chosen.entries[file] = candidates[0]
            taken = candidates[0].path
            said = "was judged with the others" if taken.name == file else f"was taken as {file}"
            chosen.notes.append(f"{taken} {said}")
        elif candidates:
            places = " and ".join(str(entry.path) for entry in candidates[:3])
            said = f"{name} holds {places}: keep one, called {file}"
            chosen.notes.append(said)
            if not chosen.entries and file == FILES[0]:
                chosen.problem = said


# ------------------------------------------------------------------------------------- archives


def _from_archives(
    archives: Sequence[Entry], name: str, unpack: Callable[[Entry], list[Entry]], chosen: Chosen
) -> None:
    """What is missing, out of the archives of a submission, where no two of them have it."""
    opened: list[tuple[Entry, Chosen]] = []
    failed: list[str] = []
    for archive in archives:
        try:
            found = choose(unpack(archive), archive.name, None)
        except Odd as error:
            failed.append(f"{archive.path}: {error}")
            continue
        if found.problem:
            failed.append(f"{archive.path}: {found.problem}")
        else:
            opened.append((archive, found))
    missing = [file for file in FILES if _is_wanted(file, chosen)]
    for file in missing:
        holders = [(archive, found) for archive, found in opened if file in found.entries]
        stub = chosen.entries.get(file)
        if stub is not None:  # beside an untouched stub, only work counts
            holders = [pair for pair in holders if not _is_untouched(pair[1].entries[file])][:1]
            chosen.notes += [
                f"{stub.path} is the untouched stub: the one in {pair[0].path} was judged" for pair in holders
            ]
        if len(holders) > 1 and not _all_alike([found.entries[file] for _, found in holders]):
            places = " and ".join(str(archive.path) for archive, _ in holders[:3])
            said = f"{name} holds {places}, each with another {file}: keep one"
            if file == FILES[0]:
                chosen.entries, chosen.problem = {}, f"{name} holds {places}: keep one"
                return
            chosen.notes.append(said)
        elif holders:
            chosen.entries[file] = holders[0][1].entries[file]
    for archive, found in opened:
        given = [file for file, entry in found.entries.items() if chosen.entries.get(file) is entry]
        if given:
            what = "" if len(opened) == 1 and len(given) == len(chosen.entries) else f": {', '.join(given)}"
            chosen.notes.append(f"found in {archive.path}{what}")
            chosen.notes += [note for note in found.notes if note not in chosen.notes]
        elif any(file in missing and file not in chosen.entries for file in found.entries):
            continue
        else:
            chosen.notes.append(f"{archive.path} was left aside, because the same files are beside it")
    if failed and not chosen.entries:
        chosen.problem = failed[0]
    else:
        chosen.notes += [f"not used: {text}" for text in failed]


# ----------------------------------------------------------------------------------- what is said


def _only_python(plain: Sequence[Entry], chosen: Chosen) -> None:
    """The only Python file of a submission is its main file, whatever it is called."""
    python = [entry for entry in plain if is_python(entry.name)]
    if len(python) == 1:
        chosen.entries[FILES[0]] = python[0]
        chosen.notes.append(f"{python[0].path} was taken as {FILES[0]}")


def _say_what_was_left(plain: Iterable[Entry], hidden: Sequence[Entry], chosen: Chosen) -> None:
    """Name what could be one of the kata's files and was not judged, and what cannot be opened here."""
    taken = {id(entry) for entry in chosen.entries.values()}
    missing = [file for file in FILES if file not in chosen.entries]
    said = " ".join(chosen.notes)
    left: list[str] = []
    for entry in plain:
        if id(entry) in taken or NOBODYS & set(entry.path.parts[:-1]) or str(entry.path) in said:
            continue
        file = kata_file(entry.name)
        if file in chosen.entries:
            left.append(f"{entry.path} was left aside, because there is {chosen.entries[file].path}")
        elif file or (missing and is_python(entry.name)):
            left.append(f"{entry.path} was left aside")
        elif missing and (instead := _instead(entry.name)):
            left.append(f"{entry.path} cannot be judged: hand in {instead}")
    left += [
        f"{entry.path} was not judged: {entry.hidden}"
        for entry in hidden
        if kata_file(entry.name) not in ("", *chosen.entries) or entry.hidden == LEADS_OUT
    ]
    chosen.notes += left[:MAX_NAMED]
    if len(left) > MAX_NAMED:
        chosen.notes.append(f"{len(left) - MAX_NAMED} more files were left aside")


def _instead(name: str) -> str:
    """What to hand in instead of a file that cannot be opened here; "" for what is not a hand-in."""
    ending = Path(name).suffix.lower()
    stem = Path(name).stem.lower()
    if ending in (".txt", ".html") and not any(Path(file).stem in stem for file in FILES):
        return ""
    return UNREADABLE.get(ending, "")


def _nothing(entries: Sequence[Entry], hidden: Sequence[Entry], name: str) -> str:
    """Why there is nothing to judge in a submission, in one line."""
    python = [entry for entry in entries if is_python(entry.name)]
    notebook = next((entry for entry in entries if entry.name.lower().endswith(".ipynb")), None)
    odd = next((entry for entry in entries if _instead(entry.name)), None)
    said = f"there is no {FILES[0]} in {name}"
    passed = next((e for e in hidden if kata_file(e.name) == FILES[0]), hidden[0] if hidden else None)
    if passed is not None and (kata_file(passed.name) or not (python or notebook or odd)):
        return f"{name}: {passed.path} was not judged: {passed.hidden}"
    if notebook:
        return f"{said}, only the notebook {notebook.path}"
    if python:
        return f"{said}, only {' and '.join(str(entry.path) for entry in python[:3])}"
    if odd:
        return f"{said}, only {odd.path}, which cannot be opened here: hand in {_instead(odd.name)}"
    others = [str(entry.path) for entry in entries[:3]]
    return f"{said}, only {', '.join(others)}" if others else said
