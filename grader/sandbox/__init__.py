"""Calls a student's function in a process that may touch only what `allowed.py` lists; brings its value back.

    from grader.sandbox.host import Host

`inside/` is what runs in that process; the worker enters these rooms without their doors.
"""

__all__ = [
    "allowed",
    "base",
    "clearing",
    "counted",
    "decoder",
    "encoder",
    "ending",
    "host",
    "looking",
    "own_side",
    "trees",
    "waiting",
    "walls",
    "wire",
]
