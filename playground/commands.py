"""The commands of the playground, each imported only when it is asked for: the terminal starts without the
web page's libraries."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import NoReturn

from grader.kata.this_python import complaint, refusal
from playground.run.said import fitted

# command -> (its module, one line of help)
COMMANDS = {
    "generate": ("playground.terminal", "continue a prompt (the default)"),
    "web": ("playground.web.ui", "the same on a web page, with what goes on inside"),
    "xray": ("playground.xray.command", "one page with every number of one run"),
    "live": ("playground.live.command", "a page that follows your saves"),
    "bench": ("playground.bench.command", "measure speed"),
    "whatif": ("playground.whatif.command", "write the page with a whole GPT-2 that can be changed"),
}


class OneLineParser(argparse.ArgumentParser):
    """Wrong usage gets one line and exit status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if argv is None else argv)
    command = "generate"
    if given and given[0] in COMMANDS:
        command = given.pop(0)
    prog = "python -m playground" + ("" if command == "generate" else f" {command}")
    problem = complaint(" ".join(("-m playground", *(sys.argv[1:] if argv is None else argv))))
    if problem:
        print(f"{prog}: {problem}", file=sys.stderr)
        return 2
    module_name, _ = COMMANDS[command]
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name == module_name:
            print(f"{prog}: this copy of the kata has no {command}", file=sys.stderr)
        else:
            print(
                f"{prog}: {refusal(error.name or 'a package', f'-m playground {command}')}", file=sys.stderr
            )
        return 2
    commands = "\n".join(f"  {name:<10} {text}" for name, (_, text) in COMMANDS.items())
    parser = OneLineParser(
        prog=prog,
        description=fitted((module.__doc__ or "").split("\n")[0], sys.stdout),
        epilog=f"commands:\n{commands}" if command == "generate" else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    status = module.main(parser.parse_args(given))
    return int(status)
