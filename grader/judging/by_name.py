"""Whether a function can be called as later code calls it: `linear(x, **c_attn)` hands w and b over by name.

The suites hand arguments over in their order, so a function whose parameters have other names is right there.
It stays right: only the verdict on the student's own stack says what their own later code will meet.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.judging.bench import Bench
from grader.kata.curriculum import FILES, Step, find_function
from grader.kata.student_code import parameters, parameters_text
from grader.kata.student_source import StudentSource

# The entries of GPT-2's tree of weights, which ** hands over: function -> (their names, what holds them).
HANDED_OVER = {
    "layer_norm": (("g", "b"), "ln_1"),
    "linear": (("w", "b"), "c_attn"),
    "mha": (("c_attn", "c_proj"), "attn"),
    "feed_forward": (("c_fc", "c_proj"), "mlp"),
    "transformer_block": (("mlp", "attn", "ln_1", "ln_2"), "block"),
    "gpt2": (("wte", "wpe", "blocks", "ln_f"), "params"),
    "mha_cached": (("c_attn", "c_proj"), "attn"),
    "gpt2_cached": (("wte", "wpe", "blocks", "ln_f"), "params"),
}
SECONDS = 5.0


def called_by_name(bench: Bench, step: Step) -> tuple[str, bool] | None:
    """What to say where a right function of this step cannot be called by its contract's names.

    Returns:
        (a sentence, whether the student's own code calls it so already); None where nothing is to be said.
    """
    for name in step.function_names:
        source = bench.source_of(name)
        node = source.node(name) if source is not None else None
        if name not in HANDED_OVER or node is None:
            continue
        wanted, holder = HANDED_OVER[name]
        own = [*parameters(node), *(arg.arg for arg in node.args.kwonlyargs)]
        missing = [word for word in wanted if word not in own]
        if not missing or node.args.kwarg is not None or not _refuses_names(bench, name, wanted):
            continue
        uses = [call for file in FILES if (each := bench.source(file)) for call in _calls_of(each, name)]
        by_name = [call for call in uses if any(k.arg is None or k.arg in wanted for k in call.keywords)]
        if uses and not by_name:
            continue  # the student's own code hands everything over in its order
        needs = f"{missing[0]}" if len(missing) == 1 else f"{', '.join(missing[:-1])} and {missing[-1]}"
        where = f"line {by_name[0].lineno} hands" if by_name else "later steps hand"
        return (
            f"right so far, but your {name} takes {parameters_text(node)}, and the contract is "
            f"{find_function(name).signature}: {where} {needs} over by name, with **{holder}",
            bool(by_name),
        )
    return None


def _calls_of(source: StudentSource, name: str) -> Iterator[ast.Call]:
    for part in ast.walk(source.tree) if source.tree is not None else ():
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == name:
            yield part


def _refuses_names(bench: Bench, name: str, wanted: tuple[str, ...]) -> bool:
    """Whether a call that was answered is refused once its weights have their names."""
    contract = find_function(name).parameter_names
    answered = [
        c for c in bench.calls if c.function == name and c.answer.status == "returned" and not c.kwargs
    ]
    if not answered:
        return False
    args = tuple(map(bench.models.instead, answered[0].args))
    first = next(i for i, word in enumerate(contract) if word in wanted)
    by_name = dict(zip(contract[first:], args[first:]))
    [answer] = bench.host.call_many(
        name, [(args[:first], by_name)], own=frozenset({name}), timeout=min(SECONDS, bench.seconds)
    )
    return answer.status == "raised" and answer.error_type == "TypeError" and answer.line is None
