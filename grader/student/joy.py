"""One sentence for a step that passes for the first time: what the student's function is now part of."""

from __future__ import annotations

from pathlib import Path

from grader.kata.curriculum import STEPS, Step
from grader.student.state import State

SENTENCES = {
    1: "Your gelu now decides what every unit of GPT-2's feed-forward layers lets through.",
    2: "Your softmax now sits in every attention head, and chooses every word at the end.",
    3: "Your layer_norm now keeps the numbers in range before every half of every block.",
    4: "Nearly all of GPT-2's weights will go through your linear.",
    5: "That is attention, the heart of it: your tokens look at each other now.",
    6: "All heads look at once, and the hardest part is behind you.",
    7: "Your tokens can think on their own now.",
    8: "That is one whole layer of GPT-2. The small one has twelve of these.",
    9: "From token ids to logits: that is all of GPT-2, and every line of it is yours.",
    10: "Your own code writes now! Hear it: {generate}",
    11: "Now it chooses its words, and no two texts need be the same.",
    12: "Your code remembers: it computes no past position twice any more.",
    13: "Text goes in and text comes out through your own code.",
    14: "You have read GPT-2's own file, byte by byte.",
}
END = "Every step passes: everything from the file of weights to the text is your own code. Well done!"


def joy(step: Step, before: State, after: State, impl: Path, generate: str) -> str:
    """The sentence, or "" where the step has passed before.

    Args:
        before, after: what is known of the steps without and with the new verdict.
        generate: what to type to let the code write.
    """
    was = before.of(impl, step)
    if was is not None and was.status == "passed":
        return ""
    records = [after.of(impl, other) for other in STEPS]
    if all(record is not None and record.status == "passed" for record in records):
        return END
    return SENTENCES[step.number].format(generate=generate)
