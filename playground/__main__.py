"""`python -m playground [COMMAND] …`: text in the terminal unless a command says otherwise.

Commands are imported when they are asked for, so that the terminal starts without the web page's libraries.
"""

import sys

if sys.version_info < (3, 10):
    sys.stderr.write(
        "playground: this Python (%s, %s) is too old: 3.10 or newer is needed; use .venv/bin/python, "
        "or make PYTHON=python3.12 setup\n" % (sys.executable, sys.version.split()[0])
    )
    sys.exit(2)

from playground.commands import main

if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
