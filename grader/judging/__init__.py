"""Asks what a suite wants to know, compares the answers, and counts the points.

    from grader.judging.run import Options, judge

`suite` is the one list of a step's tests, `step_run` judges one of them, `plugin` makes them pytest's own,
and `results` is what comes out.
"""

__all__ = [
    "bench",
    "cases",
    "compare",
    "direct",
    "failure",
    "judge",
    "marks",
    "plugin",
    "published_facts",
    "reference",
    "results",
    "run",
    "session",
    "suite",
]
