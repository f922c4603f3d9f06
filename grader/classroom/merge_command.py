"""`python -m grader merge OUT1 OUT2 … --out OUT`: put the shards of a class together."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shards", type=Path, nargs="+", metavar="OUT", help="what class --shard I/N wrote")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="OUT", help="a new folder for the whole class"
    )


def main(args: argparse.Namespace) -> int:
    from grader.classroom.merge import merge_shards

    manifest, results = merge_shards(args.shards, args.out)
    seconds = sum(result["duration_s"] for result in results)
    import_module("grader.classroom.class_command").write_class(manifest, results, args.out, seconds)
    return 0
