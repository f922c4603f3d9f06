"""What is asked: steps, points, tolerances, settings, seeds, stubs, and a student's files as text.

It imports no other room, and nothing heavy: every command starts with it.
"""

__all__ = [
    "curriculum",
    "files",
    "late",
    "prices",
    "sealed",
    "seeds",
    "settings",
    "stubs",
    "student_code",
    "student_file",
    "student_source",
    "this_python",
    "tolerances",
]
