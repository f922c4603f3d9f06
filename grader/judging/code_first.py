"""What the student's code itself says about a failure, before any number is looked at.

It is asked only where a call has failed: a function that is right may be written in any way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.judging.failure import Failure
from grader.judging.results import Status
from grader.kata.curriculum import Function, function_names
from grader.kata.student_code import (
    PAIRS,
    FunctionNode,
    above_the_stub,
    below_the_stub,
    comma_line,
    ends_early,
    half_line,
    is_endless,
    kept_of_the_last_round,
    lists_as_numbers,
    pair_as_one,
    parameters,
    parameters_text,
    required,
    return_in_loop,
    returned_error,
    returns,
    shared_rows,
    thrown_away,
    unused,
)
from grader.kata.student_source import StudentSource

if TYPE_CHECKING:
    from grader.sandbox.host import Answer

CHOOSERS = ("apply_frequency_penalty", "next_token_probs", "sample")
# What others call the contract's parameters.
OTHER_WORDS = {
    "x": ("input", "inp", "X"),
    "w": ("weight", "weights", "W"),
    "g": ("gamma", "gain", "weight", "scale"),
    "b": ("beta", "bias", "shift"),
    "q": ("query", "queries", "Q"),
    "k": ("key", "keys", "K"),
    "v": ("value", "values", "V"),
}
KATA = frozenset(function_names())
MAX_QUOTED = 60
A_LITTLE = 0.05  # half precision is not farther off than this


def look_at_code(
    failure: Failure, status: Status, function: Function, source: StudentSource, answer: Answer | None
) -> None:
    """Put what the code says into the failure: first where it explains it, else as evidence."""
    node = source.node(function.name)
    if node is None or is_endless(node):
        return
    if status == "not_implemented":
        _unfinished(failure, function, source, node)
    elif status in ("failed", "error"):
        lines = [str(definition.first) for definition in source.definitions(function.name)]
        if len(lines) > 1:
            places = f"{len(lines)} times, in lines {', '.join(lines)}"
            failure.evidence.append(f"{function.name} is defined {places}: the last one counts")
        if _only_greedy(function, source, node):
            failure.lead(
                "generate does not use apply_frequency_penalty, next_token_probs or sample yet",
                "step 11 goes on with generate: let it choose the next token with these three",
            )
            failure.from_code = True
        elif _is_called_otherwise(function, node, answer):
            failure.lead(
                f"your {function.name} takes {parameters_text(node)}; the contract is {function.signature}",
                "give it the contract's parameters, in the contract's order",
            )
            failure.from_code = True
        elif _does_nothing(failure, node) or _takes_for_another(failure, node):
            pass
        elif answer is None or answer.status == "returned":
            _slips(failure, function, source, node, answer)


def _unfinished(failure: Failure, function: Function, source: StudentSource, node: FunctionNode) -> None:
    """Where something was written, and the stub's line still ends the call."""
    name = function.name
    found = source.definitions(name)
    written = [definition.first for definition in found[:-1] if definition.open_line is None]
    at = found[-1].open_line
    if written:
        failure.first = (
            f"{name} is defined again in line {found[-1].first}, and that one is still the stub: "
            f"Python uses the last one, not yours in line {written[-1]}"
        )
        failure.action = f"take the second {name} out"
    elif below_the_stub(node, at):
        failure.first = (
            f"{name} is not written yet: your code comes after `raise NotImplementedError(…)`, "
            "where it never runs"
        )
        failure.action = f"take line {at} out"
    elif above_the_stub(node, at):
        failure.first = (
            f"{name} is not written yet: your code runs into `raise NotImplementedError(…)` in line {at}"
        )
        failure.action = f"return the result, and take line {at} out"


def _is_called_otherwise(function: Function, node: FunctionNode, answer: Answer | None) -> bool:
    """Whether the contract's call does not fit the function's parameters."""
    contract = list(function.parameter_names)
    mine = [_in_our_words(name, contract) for name in parameters(node)[: len(contract)]]
    if mine != contract and sorted(mine) == sorted(contract):
        return True
    if answer is None or answer.status != "raised" or answer.line is not None:
        return False
    needed = len(contract) - function.signature.count("=")
    return answer.error_type == "TypeError" and (mine != contract or required(node) > needed)


def _in_our_words(name: str, contract: list[str]) -> str:
    """What the contract calls a parameter of this name; the name itself where that is not known."""
    known = [ours for ours in contract if name in OTHER_WORDS.get(ours, ())]
    return name if name in contract or not known else known[0]


def _only_greedy(function: Function, source: StudentSource, node: FunctionNode) -> bool:
    """Whether this is step 11's generate as step 10 left it."""
    if function.name != "generate" or "temperature" not in function.parameter_names:
        return False
    used = set(CHOOSERS) & set(source.kata_functions_in(function.name))
    return not used and bool(unused(node, ["temperature"]))


def _does_nothing(failure: Failure, node: FunctionNode) -> bool:
    """Whether a line of it does nothing, which is said first."""
    error, early = returned_error(node), ends_early(node)
    lost = thrown_away(node, KATA) if returns(node) else None  # without a return, that is said
    if error is not None:
        line, name = error
        failure.lead(f"line {line} returns a {name}, and does not raise it", "which word raises an error?")
    elif lost is not None and " == " in lost[1]:
        failure.lead(f"line {lost[0]} compares with ==, which changes nothing", "which sign gives a value?")
    elif lost is not None:
        line, text = lost
        shown = text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}…"
        said = f"line {line} throws its result away: {shown} changes nothing by itself"
        failure.lead(said, "give the result a name, and go on with that")
    else:
        if early is not None:
            failure.evidence.append(f"line {early} returns, so the code below it never runs")
        return False
    failure.from_code = True
    return True


def _takes_for_another(failure: Failure, node: FunctionNode) -> bool:
    """Whether a list is taken for an array, a pair for one thing, or one row for many."""
    pair, rows = pair_as_one(node), shared_rows(node)
    numbers = lists_as_numbers(node) if failure.shapes else None
    if pair is not None:
        line, called, name = pair
        first, second = PAIRS[called]
        said = f"line {line}: {called} returns two things, {first} and {second}, and {name} holds both"
        failure.lead(said, "give each of the two a name of its own")
    elif rows is not None:
        line, text = rows
        failure.lead(
            f"line {line}: {text} is one row, many times: what is set in one row is set in all",
            "make a new row for each, or an array (np.zeros)",
        )
    elif numbers is not None:
        line, text, what = numbers
        failure.lead(
            f"line {line}: {text} works on a list, so it {what}; only arrays calculate number by number",
            "make an array of the list first: np.array(…)",
        )
    else:
        return False
    failure.from_code = True
    return True


def _slips(
    failure: Failure, function: Function, source: StudentSource, node: FunctionNode, answer: Answer | None
) -> None:
    """Slips in the text of a function that returned something wrong."""
    name = function.name
    value = answer.value if answer is not None else failure
    mine = parameters(node)[: len(function.parameter_names)]
    never = unused(node, mine)
    loop, last = return_in_loop(node), kept_of_the_last_round(node)
    if value is None and not returns(node):
        failure.first = f"{name} returned None: it has no return with a value"
        failure.action = "end it with return and the result"
    elif isinstance(value, tuple) and len(value) == 1:
        line = comma_line(node)
        failure.action = f"take the comma at the end of line {line} away" if line else failure.action
    elif loop is not None:
        failure.lead(
            f"the return in line {loop} is inside the loop, so the loop ends in its first round",
            "indent the return like the loop itself",
        )
    elif last is not None:
        failure.lead(
            f"line {last[0]} gives {last[1]} a new value in every round of the loop: only the last is left",
            "keep what every round makes: in a list, or in a row of an array",
        )
    elif never:
        failure.lead(f"{name} never uses {_listed(never)}", f"what is {never[0]} for? See its docstring")
    if failure.away is not None and failure.away < A_LITTLE and not _is_half(failure):
        line = half_line(source.made_of(name))
        if line:
            failure.evidence.insert(
                0, f"somewhere in here the numbers have only half precision (float16): look at line {line}"
            )


def _is_half(failure: Failure) -> bool:
    return failure.yours is not None and failure.yours.dtype == "float16"


def _listed(names: list[str]) -> str:
    if len(names) == 1:
        return f"its argument {names[0]}"
    return f"its arguments {', '.join(names[:-1])} and {names[-1]}"
