"""What Hugging Face's GPT-2 does inside, in float64: the source of every golden.

Needs torch and transformers (`make setup-golden`); nothing that a student runs imports this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch.overrides import TorchFunctionMode
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel
from transformers.generation.logits_process import (
    LogitsProcessorList,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)
from transformers.models.gpt2 import modeling_gpt2
from transformers.utils.logging import disable_progress_bar

from reference_activations.models import read_model

Float64 = NDArray[np.float64]
Ids = NDArray[np.int64]

# Modules of a GPT2Block -> (key of their input, key of their output); None is not kept.
BLOCK_HOOKS: dict[str, tuple[str | None, str | None]] = {
    "": ("in", "out"),
    "ln_1": (None, "ln_1"),
    "attn.c_attn": (None, "qkv"),
    "attn.c_proj": ("merged", "attn"),
    "ln_2": ("mid", "ln_2"),
    "mlp.c_fc": (None, "fc"),
    "mlp.act": (None, "gelu"),
    "mlp.c_proj": (None, "mlp"),
}


def load(folder: Path) -> Any:
    """Hugging Face's GPT2LMHeadModel from a folder, in float64, with eager attention, for inference.

    A real model also loads where only its `model.safetensors` is there, without a config.json.
    """
    disable_progress_bar()
    here: dict[str, Any] = {"attn_implementation": "eager", "local_files_only": True}
    if (folder / "config.json").is_file():
        model = GPT2LMHeadModel.from_pretrained(folder, **here)
    else:
        ours = read_model(folder, folder.name)
        config = GPT2Config(
            vocab_size=ours.n_vocab,
            n_positions=ours.n_ctx,
            n_embd=ours.n_embd,
            n_head=ours.n_head,
            n_layer=ours.n_layer,
        )
        tensors = load_file(folder / "model.safetensors")
        model = GPT2LMHeadModel.from_pretrained(None, config=config, state_dict=tensors, **here)
    return model.double().eval()


def one_thread() -> None:
    """Small models are run in one thread: faster, and sums come in the same order everywhere."""
    torch.set_num_threads(1)


class SoftmaxInput(TorchFunctionMode):
    """Keeps what is given to softmax while it is entered."""

    seen: torch.Tensor

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.nn.functional.softmax:
            self.seen = args[0]
        return func(*args, **(kwargs or {}))


@contextmanager
def recorded_attention(record: dict[str, Float64]) -> Iterator[None]:
    """While entered, every call of Hugging Face's eager attention leaves its insides in `record`.

    The scores are what Hugging Face hands to softmax when it is called without a mask.
    """
    eager = modeling_gpt2.eager_attention_forward

    def attention(module: Any, query: Any, key: Any, value: Any, mask: Any, **kwargs: Any) -> Any:
        out, weights = eager(module, query, key, value, mask, **kwargs)
        with SoftmaxInput() as scores:
            eager(module, query, key, value, None, **kwargs)
        inside = {"q": query, "k": key, "v": value, "scores": scores.seen, "weights": weights}
        inside["heads"] = out.transpose(1, 2)  # [1, n_seq, n_head, d_head] -> [1, n_head, n_seq, d_head]
        for name, tensor in inside.items():
            record[f"h.{module.layer_idx}.{name}"] = to_numpy(tensor[0])
        return out, weights

    modeling_gpt2.eager_attention_forward = attention
    try:
        yield
    finally:
        modeling_gpt2.eager_attention_forward = eager


@torch.no_grad()
def activations(model: Any, ids: Sequence[int]) -> dict[str, Float64]:
    """One full pass over a prompt: the input and output of every part of every block.

    Returns:
        key -> float64 array, without a batch axis; the keys are those of `goldens.py`.
    """
    record: dict[str, Float64] = {}

    def keep(before: str | None, after: str | None) -> Any:
        def hook(_module: Any, args: Any, output: Any) -> None:
            if before:
                record[before] = to_numpy(args[0][0])
            if after:
                record[after] = to_numpy(output[0])

        return hook

    body = model.transformer
    handles = [
        body.drop.register_forward_hook(keep("embed", None)),
        body.ln_f.register_forward_hook(keep(None, "ln_f")),
    ]
    for index, block in enumerate(body.h):
        for place, keys in BLOCK_HOOKS.items():
            module = block.get_submodule(place)
            handles.append(module.register_forward_hook(keep(*(k and f"h.{index}.{k}" for k in keys))))
    try:
        with recorded_attention(record):
            output = model(torch.tensor([list(ids)]), use_cache=True)
    finally:
        for handle in handles:
            handle.remove()
    record["logits"] = to_numpy(output.logits[0])
    for index, (k, v) in enumerate(pairs(output.past_key_values)):
        record[f"past.{index}.k"], record[f"past.{index}.v"] = k, v
    return record


@torch.no_grad()
def cached_logits(model: Any, ids: Sequence[int], chunks: Sequence[int]) -> Float64:
    """The logits of a prompt that is fed chunk by chunk, each time with the past that came before."""
    past, rows, start = None, [], 0
    for n_new in chunks:
        output = model(torch.tensor([list(ids[start : start + n_new])]), past_key_values=past, use_cache=True)
        past, start = output.past_key_values, start + n_new
        rows.append(to_numpy(output.logits[0]))
    assert start == len(ids), f"the chunks cover {start} of {len(ids)} ids"
    return np.concatenate(rows)


@torch.no_grad()
def greedy(model: Any, ids: Sequence[int], n_new: int) -> tuple[Ids, float]:
    """Hugging Face's own greedy continuation, which does not stop at `<|endoftext|>`.

    Returns:
        The prompt's ids and then `n_new` more; and the smallest lead that a chosen token had over
        the second best, which says how much noise the choice can bear.
    """
    model.generation_config.eos_token_id = None
    model.config.eos_token_id = None
    settings = GenerationConfig(
        do_sample=False,
        max_new_tokens=n_new,
        pad_token_id=0,
        output_logits=True,
        return_dict_in_generate=True,
    )
    prompt = torch.tensor([list(ids)])
    output = model.generate(prompt, attention_mask=torch.ones_like(prompt), generation_config=settings)
    best_two = torch.stack(output.logits).topk(2, dim=-1).values  # [n_new, 1, 2]
    sequence = output.sequences[0].numpy().astype(np.int64)
    assert len(sequence) == len(ids) + n_new, "Hugging Face's generate stopped early"
    return sequence, float((best_two[..., 0] - best_two[..., 1]).min())


def sampling_probs(
    logits: Float64,
    generated: Sequence[int] = (),
    frequency_penalty: float = 0.0,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float = 1.0,
) -> Float64:
    """The distribution that is left of a row of logits after Hugging Face's own logits processors.

    The frequency penalty, which Hugging Face does not have, is subtracted first: count * penalty.
    """
    processors = LogitsProcessorList([TemperatureLogitsWarper(float(temperature))])
    if top_k is not None:
        processors.append(TopKLogitsWarper(top_k))
    if top_p < 1:
        processors.append(TopPLogitsWarper(top_p))
    scores = torch.tensor(logits)[None]
    for token in generated:
        scores[0, token] -= frequency_penalty
    no_ids = torch.zeros((1, 0), dtype=torch.long)
    return to_numpy(torch.softmax(processors(no_ids, scores), dim=-1)[0])


def pairs(cache: Any) -> Iterator[tuple[Float64, Float64]]:
    """(k, v) of every block, [n_head, n_past, d_head], out of Hugging Face's cache."""
    for layer in cache.layers:
        yield to_numpy(layer.keys[0]), to_numpy(layer.values[0])


def to_numpy(tensor: Any) -> Float64:
    """A float64 copy of a float64 tensor."""
    array: Float64 = tensor.detach().numpy().copy()
    assert array.dtype == np.float64, array.dtype
    return array
