"""The file reader of solutions/weights.py, judged by the safetensors library and by broken files."""

from __future__ import annotations

import json
import math
import random
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file

from grader.judging.reference import Reference
from reference_activations.models import params_from_tensors
from reference_activations.random_weights import REAL_SHAPES, Shape, tensor_shapes, write_random_model
from reference_activations.tensor_file import TensorFile

read_safetensors, to_params = (Reference()[name] for name in ("read_safetensors", "to_params"))
SMALL = Shape(n_layer=12, n_head=3, n_embd=24, n_ctx=16, n_vocab=301)


def write(path: Path, header: Any, data: bytes = b"") -> Path:
    """A file with this header (JSON, or raw bytes) and this data."""
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head + data)
    return path


def tensor(begin: int, end: int, shape: list[Any], dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


# ------------------------------------------------------------------------------------ right files


@pytest.mark.parametrize("prefix", ["", "transformer."])
def test_a_file_of_the_real_layout_is_read_as_the_library_reads_it(tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "model.safetensors"
    write_random_model(path, SMALL, seed=1, prefix=prefix)
    tensors, expected = read_safetensors(path), load_file(path)
    assert len(tensors) == 160  # as many as in the real file
    assert list(tensors) == [prefix + name for name, _ in tensor_shapes(SMALL)]
    for name, array in expected.items():
        assert tensors[name].dtype == array.dtype and tensors[name].flags.aligned
        np.testing.assert_array_equal(tensors[name], array)


@pytest.mark.parametrize("prefix", ["", "transformer."])
def test_the_tree_of_weights_is_that_of_the_loader(tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "model.safetensors"
    write_random_model(path, SMALL, seed=2, prefix=prefix)
    tree, expected = to_params(read_safetensors(path)), params_from_tensors(TensorFile(path))
    assert tree.keys() == expected.keys() and len(tree["blocks"]) == 12
    np.testing.assert_equal(tree, expected)


def test_the_layout_of_the_124m_model_has_its_names_and_its_number_of_weights() -> None:
    shapes = dict(tensor_shapes(REAL_SHAPES["gpt2"]))
    assert len(shapes) == 160
    masks = [name for name in shapes if name.endswith(".attn.bias")]
    assert len(masks) == 12 and shapes["h.11.attn.bias"] == (1, 1, 1024, 1024)
    weights = sum(math.prod(shape) for name, shape in shapes.items() if name not in masks)
    assert weights == REAL_SHAPES["gpt2"].n_params == 124_439_808
    assert shapes["h.0.attn.c_attn.weight"] == (768, 2304) and shapes["wte.weight"] == (50257, 768)


def test_every_type_of_number_is_read_as_the_library_reads_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    types = ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?")
    tensors = {f"as.{t}": rng.integers(0, 2, size=(3, 5)).astype(t) for t in types}
    tensors |= {"scalar": np.array(2.5, "f4"), "empty": np.zeros((0, 4), "f4"), "odd": np.ones(3, "u1")}
    path = tmp_path / "all.safetensors"
    save_file(tensors, path)
    read = read_safetensors(path)
    assert read.keys() == tensors.keys()
    for name, array in load_file(path).items():
        assert read[name].dtype == array.dtype and read[name].shape == array.shape
        np.testing.assert_array_equal(read[name], array)


def test_bfloat16_is_the_upper_half_of_a_float32(tmp_path: Path) -> None:
    numbers = np.array([0.0, -1.5, 3.14159, 1e-30, -2e30, np.inf, np.nan], dtype=np.float32)
    upper = (numbers.view(np.uint32) >> 16).astype("<u2")
    path = write(tmp_path / "b.safetensors", {"x": tensor(0, 14, [7], "BF16")}, upper.tobytes())
    x = read_safetensors(path)["x"]
    assert x.dtype == np.float32
    np.testing.assert_array_equal(x, (upper.astype("<u4") << 16).view("<f4"))
    np.testing.assert_allclose(x[:5], numbers[:5], rtol=2**-7)


def test_tensors_may_lie_in_another_order_than_the_header_names_them(tmp_path: Path) -> None:
    data = np.arange(5, dtype="<f4").tobytes()
    path = write(tmp_path / "o.safetensors", {"b": tensor(8, 20, [3]), "a": tensor(0, 8, [2])}, data)
    tensors = read_safetensors(path)
    assert tensors["a"].tolist() == [0, 1] and tensors["b"].tolist() == [2, 3, 4]


def test_the_arrays_can_be_written_to(tmp_path: Path) -> None:
    path = write(tmp_path / "w.safetensors", {"x": tensor(0, 8, [2])}, bytes(8))
    read_safetensors(str(path))["x"][0] = 1


def test_half_precision_becomes_float32_in_the_tree(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    write_random_model(path, SMALL)
    halves = {name: array.astype(np.float16) for name, array in load_file(path).items()}
    tree = to_params(halves)
    assert tree["wte"].dtype == tree["blocks"][11]["mlp"]["c_fc"]["w"].dtype == np.float32


@pytest.mark.parametrize("name", ["wte.weight", "ln_f.bias", "h.7.mlp.c_proj.bias", "h.0.attn.c_attn.weight"])
def test_a_missing_tensor_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.safetensors"
    write_random_model(path, SMALL)
    tensors = read_safetensors(path)
    del tensors[name]
    with pytest.raises(ValueError, match=name.replace(".", r"\.")):
        to_params(tensors)


def test_masks_and_the_tied_head_are_no_parameters(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    write_random_model(path, SMALL)
    tensors = read_safetensors(path)
    tensors |= {"lm_head.weight": tensors["wte.weight"], "h.0.attn.masked_bias": np.array(-1e4, "f4")}
    assert set(to_params(tensors)["blocks"][0]["attn"]) == {"c_attn", "c_proj"}


# ----------------------------------------------------------------------------------- broken files

BROKEN: dict[str, tuple[Any, bytes]] = {
    "a gap": ({"a": tensor(0, 4, [1]), "b": tensor(8, 12, [1])}, bytes(12)),
    "an overlap": ({"a": tensor(0, 8, [2]), "b": tensor(4, 12, [2])}, bytes(12)),
    "an end behind the file": ({"a": tensor(0, 400, [100])}, bytes(12)),
    "a start behind the file": ({"a": tensor(400, 404, [1])}, bytes(12)),
    "an end before the start": ({"a": tensor(8, 4, [1])}, bytes(12)),
    "a negative offset": ({"a": tensor(-4, 0, [1])}, bytes(12)),
    "bytes left over": ({"a": tensor(0, 4, [1])}, bytes(12)),
    "a shape that does not fit the bytes": ({"a": tensor(0, 12, [2])}, bytes(12)),
    "a shape that overflows": ({"a": tensor(0, 0, [2**32, 2**32])}, b""),
    "an absurd empty shape": ({"a": tensor(0, 0, [0, 2**70])}, b""),
    "a negative size": ({"a": tensor(0, 4, [-1, -1])}, bytes(4)),
    "a size that is not an integer": ({"a": tensor(0, 4, [1.0])}, bytes(4)),
    "offsets that are not integers": ({"a": tensor("0", "4", [1])}, bytes(4)),  # type: ignore[arg-type]
    "an unknown type": ({"a": tensor(0, 4, [1], "Q32")}, bytes(4)),
    "a type that is a list": ({"a": tensor(0, 4, [1], ["F32"])}, bytes(4)),  # type: ignore[arg-type]
    "three offsets": ({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 8]}}, bytes(4)),
    "no offsets": ({"a": {"dtype": "F32", "shape": [1]}}, bytes(4)),
    "no shape": ({"a": {"dtype": "F32", "data_offsets": [0, 4]}}, bytes(4)),
    "an entry that is a number": ({"a": 4}, bytes(4)),
    "a header that is a list": ([1, 2], b""),
    "a header that is a number": (b"7", b""),
    "a header that is not JSON": (b"{'a': 1", b""),
    "a header that is not UTF-8": (b'{"\xff": 1}', b""),
    "a header of brackets": (b"[" * 100_000, b""),
    "one name twice": (
        b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
        b'"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
        bytes(8),
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_file_that_contradicts_itself_is_refused_in_one_line(tmp_path: Path, what: str) -> None:
    path = write(tmp_path / "broken.safetensors", *BROKEN[what])
    with pytest.raises(ValueError) as refused:
        read_safetensors(path)
    assert str(refused.value) and "\n" not in str(refused.value)
    with pytest.raises(SafetensorError):  # and the library refuses it too
        safe_open(path, "numpy")


@pytest.mark.parametrize("length", [2**63, 2**64 - 1, 1_000_000, 3])
def test_an_absurd_header_length_is_refused_without_reading_or_allocating_it(
    tmp_path: Path, length: int
) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", length) + b"{}")
    with pytest.raises(ValueError, match=f"header of {length} bytes"):
        read_safetensors(path)


def test_an_absurd_tensor_is_refused_before_it_is_allocated(tmp_path: Path) -> None:
    header = {"a": tensor(0, 2**50, [2**48])}
    with pytest.raises(ValueError, match="cut off"):
        read_safetensors(write(tmp_path / "x.safetensors", header, bytes(16)))


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = tmp_path / "whole.safetensors"
    write_random_model(whole, Shape(n_layer=1, n_head=1, n_embd=4, n_ctx=2, n_vocab=5))
    data = whole.read_bytes()
    cut = tmp_path / "cut.safetensors"
    for length in [0, 1, 7, 8, 9, *random.Random(0).sample(range(10, len(data)), 60), len(data) - 1]:
        cut.write_bytes(data[:length])
        with pytest.raises(ValueError):
            read_safetensors(cut)
    cut.write_bytes(data + b"\0")
    with pytest.raises(ValueError, match="1 bytes at the end"):
        read_safetensors(cut)


def test_a_damaged_header_is_read_as_the_library_reads_it_or_refused(tmp_path: Path) -> None:
    """One byte of the header is changed: what comes is the library's answer or a ValueError, nothing else."""
    whole = tmp_path / "whole.safetensors"
    write_random_model(whole, Shape(n_layer=1, n_head=1, n_embd=4, n_ctx=2, n_vocab=5))
    data = whole.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    rng, damaged = random.Random(1), tmp_path / "damaged.safetensors"
    n_read = 0
    for _ in range(400):
        place = rng.randrange(8, 8 + length)
        damaged.write_bytes(
            data[:place] + bytes([rng.choice(b'0123456789"[]{},:aF\xff ')]) + data[place + 1 :]
        )
        try:
            tensors = read_safetensors(damaged)
        except ValueError:
            continue
        n_read += 1
        for name, array in load_file(damaged).items():
            np.testing.assert_array_equal(tensors[name], array)
    assert n_read > 20


def test_a_missing_file_is_file_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_safetensors(tmp_path / "nothing.safetensors")
