"""What a teacher types: class, merge, release, gradescope. `submit` reads with its reader."""

__all__ = [
    "reader",
    "room",
    "taking",
]
