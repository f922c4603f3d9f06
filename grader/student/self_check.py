"""`python -m grader.student.self_check`: can this machine give marks? If not, exit status 2 and why.

What a teacher puts into the set-up of an autograder, so that the answer is in its build log.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from grader.judging.run import check_sandbox
from grader.kata.files import CannotGrade
from grader.kata.settings import load_settings
from grader.sandbox.host import Host


def main() -> int:
    try:
        settings = load_settings()
        with tempfile.TemporaryDirectory() as folder, Host(Path(folder), None) as host:
            sandbox = host.sandbox
            if not settings.allow_unsandboxed:
                check_sandbox(sandbox)
    except CannotGrade as error:
        print(f"grader: {error}", file=sys.stderr)
        return 2
    print(f"student code is confined by: {sandbox}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
