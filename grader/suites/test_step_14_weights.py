"""Step 14: GPT-2's own file, against the safetensors library and files of the real layout."""

import json
from typing import Any

import numpy as np

from grader.judging.cases import f32
from grader.judging.failure import Array
from grader.judging.judge import Judge, judges
from grader.sandbox.trees import leaves, map_tree
from grader.sandbox.wire import TempFile

NAMES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "|u1"}


def _saved(tensors: dict[str, Array], metadata: dict[str, str] | None = None) -> TempFile:
    """A file as the safetensors library writes it."""
    from safetensors.numpy import save

    return TempFile(
        "model.safetensors", save({k: np.asarray(v, order="C") for k, v in tensors.items()}, metadata)
    )


def _file(header: Any, data: bytes = b"", length: int | None = None) -> TempFile:
    """A file with any header, right or wrong."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return TempFile(
        "model.safetensors", (len(raw) if length is None else length).to_bytes(8, "little") + raw + data
    )


def _entry(dtype: str, shape: list[int], start: int, end: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


@judges("read_safetensors", "core")
def test_read_safetensors_reads_what_the_library_writes(judge: Judge) -> None:
    rng = judge.rng
    tensors = {
        "wte.weight": rng.standard_normal((5, 3)).astype(np.float32),
        "h.0.ln_1.bias": rng.standard_normal(7).astype(np.float32),
        "one": np.array([2.5], dtype=np.float32),
        "cube": rng.standard_normal((2, 3, 4)).astype(np.float32),
    }
    judge.tree("four float32 tensors", (_saved(tensors),), tensors)
    judge.tree("the same with metadata", (_saved(tensors, {"format": "pt"}),), tensors)


@judges("read_safetensors", "core")
def test_read_safetensors_reads_half_precision(judge: Judge) -> None:
    half = judge.rng.standard_normal((4, 3)).astype(np.float16)
    judge.tree("float16", (_saved({"x": half}),), {"x": half})
    # A bfloat16 is the upper half of a float32.
    numbers = np.array([1.0, -2.0, 0.5, 3.140625, -65536.0, 0.0], dtype=np.float32)
    bits = (numbers.view(np.uint32) >> 16).astype("<u2").tobytes()
    header = {"x": _entry("BF16", [2, 3], 0, 12)}
    judge.tree("bfloat16", (_file(header, bits),), {"x": numbers.reshape(2, 3)})


@judges("read_safetensors", "core")
def test_read_safetensors_keeps_types_and_single_numbers(judge: Judge) -> None:
    tensors = {
        "count": np.array([2**60 + 1, -3]),
        "exact": judge.rng.standard_normal((2, 2)),
        "h.0.attn.masked_bias": np.array(-1e4, dtype=np.float32),  # GPT-2's files have one: its shape is []
    }
    judge.tree("numbers of 64 bits, and one of shape []", (_saved(tensors),), tensors)


@judges("read_safetensors", "core")
def test_read_safetensors_finds_tensors_wherever_they_lie(judge: Judge) -> None:
    a = judge.rng.standard_normal((3, 2)).astype("<f4")
    b = np.arange(5, dtype="<f2")
    data = b.tobytes() + a.tobytes()  # a starts at byte 10, aligned to nothing, and is listed first
    header = {"a": _entry("F32", [3, 2], 10, 34), "b": _entry("F16", [5], 0, 10)}
    judge.tree("offsets that are not aligned, names not in order", (_file(header, data),), {"a": a, "b": b})
    padded = json.dumps({"x": _entry("F32", [2], 0, 8)}).encode() + b" " * 13
    two = np.array([1.5, -2.5], dtype="<f4")
    judge.tree("a header padded with spaces", (_file(padded, two.tobytes()),), {"x": two})


@judges("read_safetensors", "fresh")
def test_read_safetensors_of_random_files(judge: Judge) -> None:
    for _ in range(6):
        tensors = {}
        for n in range(int(judge.rng.integers(1, 6))):
            shape = judge.rng.integers(1, 5, int(judge.rng.integers(1, 4)))
            dtype = [np.float32, np.float16, np.float64, np.int64, np.uint8][int(judge.rng.integers(5))]
            tensors[f"t{n}"] = (judge.rng.standard_normal(shape) * 50).astype(dtype)
        judge.tree(f"{len(tensors)} random tensors", (_saved(tensors),), tensors)


@judges("read_safetensors", "edges")
def test_read_safetensors_refuses_a_file_that_is_cut_off(judge: Judge) -> None:
    x = np.arange(6, dtype="<f4")
    good = {"x": _entry("F32", [2, 3], 0, 24)}
    judge.tree("the whole file", (_file(good, x.tobytes()),), {"x": x.reshape(2, 3)})
    judge.raises("the last byte is missing", (_file(good, x.tobytes()[:-1]),))
    judge.raises("all data are missing", (_file(good),))
    judge.raises("a header that is longer than the file", (_file(good, x.tobytes(), length=10_000),))
    judge.raises("a header of 2^62 bytes", (_file(good, x.tobytes(), length=2**62),))
    judge.raises("a file of 5 bytes", (TempFile("model.safetensors", b"\x08\0\0\0\0"),))
    judge.raises("an empty file", (TempFile("model.safetensors", b""),))


@judges("read_safetensors", "edges")
def test_read_safetensors_refuses_a_header_that_contradicts_itself(judge: Judge) -> None:
    data = np.arange(6, dtype="<f4").tobytes()
    judge.tree("a right one first", (_file({"x": _entry("F32", [6], 0, 24)}, data),), {"x": np.arange(6.0)})
    judge.raises("a header that is not JSON", (_file(b"{not json", data),))
    judge.raises("a shape of 7 numbers in 24 bytes", (_file({"x": _entry("F32", [7], 0, 24)}, data),))
    judge.raises("offsets beyond the data", (_file({"x": _entry("F32", [6], 8, 32)}, data),))
    judge.raises("offsets that run backwards", (_file({"x": _entry("F32", [6], 24, 0)}, data),))
    overlap = {"x": _entry("F32", [4], 0, 16), "y": _entry("F32", [4], 8, 24)}
    judge.raises("two tensors that overlap", (_file(overlap, data),))
    judge.raises("a type that nobody knows", (_file({"x": _entry("F31", [6], 0, 24)}, data),))


# --------------------------------------------------------------------------------- to_params


def _layout(judge: Judge, n_layer: int, n_embd: int = 6) -> tuple[dict[str, Array], dict[str, Any]]:
    """The tensors of a small GPT-2 under Hugging Face's names, and the tree that they stand for."""
    tensors: dict[str, Array] = {}

    def add(name: str, *shape: int) -> Array:
        tensors[name] = f32(judge.rng.standard_normal(shape)).astype(np.float32)
        return tensors[name]

    def norm(name: str) -> dict[str, Array]:
        return {"g": add(f"{name}.weight", n_embd), "b": add(f"{name}.bias", n_embd)}

    def dense(name: str, n_in: int, n_out: int) -> dict[str, Array]:
        return {"w": add(f"{name}.weight", n_in, n_out), "b": add(f"{name}.bias", n_out)}

    blocks: list[Any] = [None] * n_layer
    # As in the real file, where names are in the order of the alphabet: h.0, h.1, h.10, h.11, h.2 …
    for i in sorted(range(n_layer), key=str):
        h = f"h.{i}"
        blocks[i] = {
            "attn": {
                "c_attn": dense(f"{h}.attn.c_attn", n_embd, 3 * n_embd),
                "c_proj": dense(f"{h}.attn.c_proj", n_embd, n_embd),
            },
            "ln_1": norm(f"{h}.ln_1"),
            "ln_2": norm(f"{h}.ln_2"),
            "mlp": {
                "c_fc": dense(f"{h}.mlp.c_fc", n_embd, 4 * n_embd),
                "c_proj": dense(f"{h}.mlp.c_proj", 4 * n_embd, n_embd),
            },
        }
    ln_f = norm("ln_f")
    params = {
        "wpe": add("wpe.weight", 9, n_embd),
        "wte": add("wte.weight", 11, n_embd),
        "blocks": blocks,
        "ln_f": ln_f,
    }
    return tensors, params


@judges("to_params", "core")
def test_to_params_sorts_the_tensors_into_the_tree(judge: Judge) -> None:
    tensors, params = _layout(judge, 3)
    judge.tree("three blocks", (tensors,), params)


@judges("to_params", "core")
def test_to_params_takes_names_with_a_prefix_and_leaves_the_masks_out(judge: Judge) -> None:
    tensors, params = _layout(judge, 2)
    prefixed = {f"transformer.{name}": tensor for name, tensor in tensors.items()}
    judge.tree("names that start with transformer.", (prefixed,), params)
    for i in range(2):
        tensors[f"h.{i}.attn.bias"] = np.tri(9, dtype=np.float32)[None, None]
        tensors[f"h.{i}.attn.masked_bias"] = np.array(-1e4, dtype=np.float32)
    judge.tree("a file with the causal masks in it", (tensors,), params)


@judges("to_params", "core")
def test_to_params_keeps_twelve_blocks_in_their_order(judge: Judge) -> None:
    tensors, params = _layout(judge, 12, n_embd=4)
    judge.tree("twelve blocks, as in the 124M model", (tensors,), params)


@judges("to_params", "fresh")
def test_to_params_of_random_models_in_any_order(judge: Judge) -> None:
    for n_layer in (1, int(judge.rng.integers(2, 5))):
        tensors, params = _layout(judge, n_layer, n_embd=2 * int(judge.rng.integers(1, 5)))
        names = list(tensors)
        shuffled = {names[i]: tensors[names[i]] for i in judge.rng.permutation(len(names))}
        judge.tree(f"{n_layer} blocks, names in random order", (shuffled,), params)


@judges("to_params", "edges")
def test_to_params_refuses_a_file_that_lacks_a_tensor(judge: Judge) -> None:
    tensors, params = _layout(judge, 2)
    judge.tree("nothing is missing", (tensors,), params)
    for name in (
        "h.1.ln_1.weight",
        "h.0.attn.c_attn.bias",
        "h.1.mlp.c_proj.weight",
        "wpe.weight",
        "ln_f.bias",
    ):
        judge.raises(f"{name} is missing", ({key: t for key, t in tensors.items() if key != name},))


@judges("to_params", "edges")
def test_to_params_turns_half_precision_into_float32(judge: Judge) -> None:
    tensors, params = _layout(judge, 1)
    half = {name: tensor.astype(np.float16) for name, tensor in tensors.items()}
    expected = map_tree(lambda leaf: leaf.astype(np.float16).astype(np.float64), params)
    answer = judge.tree("a file in float16", (half,), expected)
    kinds = {leaf.dtype.name for leaf in leaves(answer.value) if isinstance(leaf, np.ndarray)}
    left = kinds - {"float32", "float64"}
    judge.that(
        not left,
        f"to_params left {', '.join(sorted(left))} in the tree; float32 is expected",
        action="turn every array into float32",
        answer=answer,
    )
