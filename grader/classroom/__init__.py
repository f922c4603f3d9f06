"""What a teacher types: class, merge, release, gradescope. A student's `submit` is read by the same reader."""

__all__ = [
    "reader",
    "room",
    "taking",
]
