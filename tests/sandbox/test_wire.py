"""What crosses between the judge and a worker: every value comes back the same, and no bytes do harm."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.sandbox import wire
from grader.sandbox.decoder import Decoder
from grader.sandbox.encoder import Encoder
from grader.sandbox.handles import kept
from grader.sandbox.inside.purity import Purity
from grader.sandbox.lent import put_file
from grader.sandbox.wire import Handle, Opaque, TempFile, TooLarge, WireError

MIB = 1 << 20


def across(value: Any, budget: int = 64 * MIB, trusted: bool = False) -> Any:
    """The value after a journey through real frames."""
    encoder = Encoder(budget, strict=trusted)
    pieces = wire.pack({"value": encoder.encode(value)}, encoder.buffers)
    frame = b"".join(bytes(piece) for piece in pieces)
    header, body = wire.frame_lengths(frame[:16], budget)
    fields, buffers = wire.unpack(frame[16 : 16 + header], frame[16 + header :])
    assert len(frame) == 16 + header + body
    return Decoder(buffers, budget, trusted=trusted).decode(fields["value"])


def sent(value: Any) -> tuple[Any, list[bytes]]:
    """A value's node, and its numbers as the other side has them."""
    encoder = Encoder(MIB, strict=True)
    node = encoder.encode(value)
    return node, [bytes(memoryview(raw).cast("B")) for raw in encoder.buffers]


def same(a: Any, b: Any) -> bool:
    """Equal in type, value and bits."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, (float, np.floating)):
        return a.tobytes() == b.tobytes() if isinstance(a, np.floating) else repr(a) == repr(b)
    return bool(a == b)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 200), 1 << 200)
    | st.floats()
    | st.text()
    | st.binary(max_size=200)
    | st.sampled_from([np.float32(1.5), np.int64(-3), np.bool_(True), np.float64("nan"), np.float16(2)]),
    lambda inner: (
        st.lists(inner, max_size=20)
        | st.lists(inner, max_size=5).map(tuple)
        | st.dictionaries(st.text() | st.binary() | st.integers(), inner, max_size=20)
    ),
    max_leaves=40,
)


@given(plain)
@settings(max_examples=100, deadline=None)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert same(across(value, trusted=True), value)


@pytest.mark.nightly
@given(plain)
@settings(max_examples=1000, deadline=None)
def test_a_thousand_values_come_back_as_they_were(value: Any) -> None:
    assert same(across(value, trusted=True), value)


@pytest.mark.parametrize("code", sorted(wire.DTYPES))
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 4)])
def test_an_array_comes_back_bit_for_bit(code: str, shape: tuple[int, ...]) -> None:
    size = math.prod(shape)
    array = np.arange(size).astype(code).reshape(shape)
    assert same(across(array), array)


def test_nan_and_minus_zero_keep_their_bits() -> None:
    array = np.array([0x7FC00001, 0x80000000, 0xFF800000], np.uint32).view(np.float32)
    assert across(array).tobytes() == array.tobytes()
    assert math.copysign(1, across(-0.0)) == -1


def test_memory_order_crosses_and_strides_do_not() -> None:
    array = np.arange(24.0).reshape(4, 6)
    assert across(np.asfortranarray(array)).flags.f_contiguous
    assert same(across(array[::-1, ::2]), np.ascontiguousarray(array[::-1, ::2]))
    assert same(across(array.astype(">f8")), array)


def test_every_array_is_a_fresh_one() -> None:
    array = np.zeros(3)
    one, other = across([array, array])
    one += 1
    assert (other == 0).all() and one.flags.writeable


def test_a_subclass_is_reduced_to_what_it_is_made_of() -> None:
    class Mine(np.ndarray):
        def __array_finalize__(self, obj: Any) -> None:
            pass

    class Text(str):
        def __str__(self) -> str:
            raise AssertionError

    assert type(across(np.zeros(3).view(Mine))) is np.ndarray
    assert type(across(np.zeros(3).view(np.recarray))) is np.ndarray
    assert across(Text("a")) == "a"
    assert same(across(True), True)


def test_longdouble_becomes_float64() -> None:
    assert across(np.ones(2, np.longdouble)).dtype == np.float64
    assert same(across(np.longdouble(0.5)), np.float64(0.5))


@pytest.mark.parametrize(
    ("value", "type_name", "note"),
    [
        (np.ones(2) * 1j, "ndarray", "complex128: GPT-2 has real numbers only"),
        (np.array([[1], [1, 2]], dtype=object), "ndarray", "object: are all rows of the same length?"),
        (np.array(["a"]), "ndarray", "str"),
        (np.ma.masked_array([1], [1]), "MaskedArray", "masked"),
        ((i for i in ()), "generator", "yield"),
        (len, "builtin_function_or_method", "function itself"),
        (..., "ellipsis", "stub"),
        (object(), "object", ""),
        ({1.5: 2}, "dict", "keys of type float"),
        ({1, 2}, "set", "no order"),
        (1 << 100_000, "int", "100001 bits"),
        (np.random.default_rng(), "Generator", ""),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_may_not_cross_becomes_the_name_of_its_type(value: Any, type_name: str, note: str) -> None:
    come = across(value)
    assert isinstance(come, Opaque) and come.type_name == type_name and note in come.note
    with pytest.raises(WireError):
        Encoder(MIB, strict=True).encode(value if type_name != "Generator" else object())


def test_a_metaclass_has_no_say_in_the_name_of_a_type() -> None:
    class Meta(type):
        @property
        def __name__(cls) -> str:  # type: ignore[override]
            raise SystemExit

    class Evil(metaclass=Meta):
        __class__ = np.ndarray  # type: ignore[assignment]

    assert across(Evil()) == Opaque("Evil")


@pytest.mark.parametrize(
    "value",
    [
        np.broadcast_to(1.0, (10**6, 10**6)),
        [np.broadcast_to(1.0, (3 * MIB,)) for _ in range(3)],
        "x" * (65 * MIB),
        [b"x" * MIB] * 65,
        [[0.5] * 20] * 300_000,
        dict.fromkeys(range(10**6)),
    ],
    ids=["array", "arrays", "text", "bytes", "lists", "dict"],
)
def test_what_is_too_large_is_refused_before_memory_is_taken_for_it(value: Any) -> None:
    with pytest.raises(TooLarge):
        encoder = Encoder(64 * MIB, strict=False)
        wire.pack({"value": encoder.encode(value)}, encoder.buffers)


def test_shared_and_cyclic_lists_end() -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    assert isinstance(across(cycle), list)
    shared: Any = 1.0
    for _ in range(60):
        shared = [shared, shared]
    with pytest.raises(TooLarge):
        Encoder(64 * MIB, strict=False).encode(shared)


def test_one_array_that_occurs_often_is_sent_once() -> None:
    array = np.zeros(1000)
    encoder = Encoder(MIB, strict=True)
    encoder.encode([(array,)] * 100)
    assert len(encoder.buffers) == 1


def test_long_lists_of_numpy_numbers_from_a_student_fit() -> None:
    rows = [list(row) for row in np.ones((256, 2048), np.float32)]
    assert across(rows) == [[1.0] * 2048] * 256


# --------------------------------------------------------------------------- what only the judge sends


@pytest.mark.parametrize("name", wire.BIT_GENERATORS)
def test_a_generator_goes_on_where_it_was(name: str) -> None:
    rng = np.random.Generator(getattr(np.random, name)(7))
    rng.random(3), rng.integers(0, 9, 1, dtype=np.uint32)
    there = across(rng, trusted=True)
    assert there.bit_generator.state["bit_generator"] == name
    assert (there.random(5) == rng.random(5)).all()


def test_one_generator_in_many_calls_stays_one() -> None:
    rng = np.random.default_rng(0)
    one, other, third = across([rng, (rng,), np.random.default_rng(0)], trusted=True)
    assert one is other[0] and one is not third


def test_a_handle_stands_for_a_place_in_a_value() -> None:
    value = {"wte": np.arange(3.0), "blocks": [{"g": np.ones(2)}], "ids": list(range(50)), 7: b"x" * 100}
    known = {"params": kept(across(value, trusted=True))}
    handle = Handle("params", value)
    for place in (handle, handle["blocks"][0]["g"], handle["ids"][3], handle[7], handle["blocks"]):
        node = Encoder(MIB, strict=True).encode(place)
        there = Decoder([], MIB, trusted=True, handles=known).decode(node)
        wanted = value
        for key in place.path:
            wanted = wanted[key]  # type: ignore[index,call-overload]
        assert same(there, wanted)
    assert {**handle}.keys() == value.keys()


def test_a_file_arrives_as_a_path(tmp_path: Path) -> None:
    encoder = Encoder(MIB, strict=True, make_file=lambda file: str(put_file(tmp_path, file)))
    node = encoder.encode(TempFile("model.safetensors", b"abc"))
    path = Decoder([], MIB, True).decode(node)
    assert path.read_bytes() == b"abc" and path.name == "model.safetensors"


@pytest.mark.parametrize(
    "node", [["g", 0, "PCG64", None], ["h", "params", []], ["f", "../evil"], ["g", 0, "system", {}]]
)
def test_a_student_cannot_send_what_only_the_judge_sends(node: Any) -> None:
    with pytest.raises(WireError):
        Decoder([b"x"], MIB).decode(node)


# ------------------------------------------------------------------------------------- hostile bytes


@pytest.mark.parametrize(
    ("node", "buffers"),
    [
        (["a", "<f4", [-1], "C", 0], [b"0123"]),
        (["a", "<f4", [2**62, 4], "C", 0], [b"0123"]),
        (["a", "<f4", [1], "C", 1], [b"0123"]),
        (["a", "<f4", [1], "C", -1], [b"0123"]),
        (["a", "<f4", [1], "A", 0], [b"0123"]),
        (["a", "<f4", [True], "C", 0], [b"0123"]),
        (["a", "<f4", [1.0], "C", 0], [b"0123"]),
        (["a", "|O", [1], "C", 0], [bytes(8)]),
        (["a", "<f4", [0] * 40, "C", 0], [b""]),
        (["a", "<f4", [0, 2**61], "C", 0], [b"0"]),
        (["a"], []),
        (["s", "<f4", "00"], []),
        (["s", "<f4", "zz"], []),
        (["s", "<V4", "00000000"], []),
        (["i", "f" * 10**6], []),
        (["i", 3], []),
        (["n", "<i8", 0], [b"123"]),
        (["n", "<i4", 0], [b"1234"]),
        (["n", [], 0], [b"1234"]),
        (["ly", 0, 1], [b"123", (-1).to_bytes(8, "little", signed=True)]),
        (["ly", 0, 1], [b"123", (2**62).to_bytes(8, "little") * 4]),
        (["ly", 0, 1], [b"123", b"\xff" * 8 + (4).to_bytes(8, "little")]),
        (["d", ["l", "a"], ["l"]], []),
        (["d", ["l", None], ["l", 1]], []),
        (["d", ["l", ["l"]], ["l", 1]], []),
        (["d", 1, 2], []),
        (["y", "xyz"], []),
        (["y", 0], []),
        ([], []),
        ([["l"]], []),
        ({"a": 1}, []),
        (["?"], []),
    ],
)
def test_a_node_that_lies_is_refused(node: Any, buffers: list[bytes]) -> None:
    with pytest.raises(WireError):
        Decoder(buffers, MIB).decode(node)


@pytest.mark.parametrize("shape", [(2**28, 0), (0, 2**40), (2**11, 0, 2**11)])
def test_an_array_without_numbers_has_not_more_rows_than_anybody_walks_over(shape: tuple[int, ...]) -> None:
    node = ["a", "<f4", list(shape), "C", 0]
    with pytest.raises(TooLarge):
        Decoder([b""], MIB).decode(node)
    with pytest.raises(TooLarge, match="too many empty rows"):
        Encoder(MIB, strict=False).encode(np.zeros(shape, np.float32))
    assert across(np.zeros((0, 5), np.float32)).shape == (0, 5)


def test_a_frame_has_not_more_buffers_than_anybody_needs() -> None:
    header = json.dumps({"buffers": [0] * (wire.MAX_BUFFERS + 1)}).encode()
    with pytest.raises(TooLarge):
        wire.unpack(header, b"")


def test_copies_of_one_buffer_count_each() -> None:
    node = ["l", *[["a", "|u1", [1000], "C", 0]] * 1000]
    with pytest.raises(TooLarge):
        Decoder([bytes(1000)], 500_000).decode(node)


def test_deep_nodes_are_refused() -> None:
    node: Any = []
    for _ in range(500):
        node = ["l", node]
    with pytest.raises(WireError):
        Decoder([], MIB).decode(node)


@pytest.mark.parametrize(
    "header",
    [
        b"", b"[]", b"{}", b"null", b'{"buffers": 3}', b'{"buffers": [-1, 1]}', b'{"buffers": [true]}',
        b'{"buffers": [1]}', b'{"buffers": ["a"]}', b"\xff\xfe", b"[" * 100_000,
        b'{"buffers": [], "x": ' + b"9" * 5000 + b"}",
    ],
)  # fmt: skip
def test_a_header_that_is_none_is_refused(header: bytes) -> None:
    with pytest.raises(WireError):
        wire.unpack(header, b"")


@pytest.mark.parametrize(
    "prefix",
    [b"\0" * 16, b"PGK1" + b"\xff" * 12, b"PGK1\0\0\0\x10" + bytes(8), b"PGK1\1\0\0\0" + b"\0\0\0\0\1\0\0\0"],
)
def test_a_prefix_that_announces_nothing_good_is_refused(prefix: bytes) -> None:
    with pytest.raises(WireError):
        wire.frame_lengths(prefix, MIB)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats()
    | st.sampled_from([*"alditysfghon", "ly", "<f4", "<i8", "C"]),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=20,
)  # fmt: skip


@given(json_like, st.lists(st.binary(max_size=40), max_size=4))
@settings(max_examples=150, deadline=None)  # `make fuzz` tries them for a minute, and for an hour by night
def test_any_node_gives_a_value_or_a_wire_error(node: Any, buffers: list[bytes]) -> None:
    with contextlib.suppress(WireError):
        Decoder(buffers, 10_000).decode(json.loads(json.dumps(node)))


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)  # likewise
def test_any_bytes_give_a_frame_or_a_wire_error(data: bytes) -> None:
    with contextlib.suppress(WireError):
        wire.frame_lengths(data[:16].ljust(16, b"\0"), MIB)
        fields, buffers = wire.unpack(data[16:], data[:7])
        Decoder(buffers, MIB).decode(fields.get("value"))


def test_text_from_a_student_is_fit_to_be_printed() -> None:
    text = wire.clean("\x1b[2J\x00 \ud800 grün\tund\nneu \u202e", 100)
    assert text.encode() and "\x1b" not in text and "\x00" not in text and "grün\tund\nneu" in text


# -------------------------------------------------------------------------------------------- purity


def changed(value: Any, change: Callable[[Any], object]) -> list[str]:
    """What Purity says after a change that was made to the value's copy on the other side."""
    node, buffers = sent(value)
    live = [Decoder(buffers, MIB, True).decode(node)]
    change(live[0])
    purity = Purity(buffers, {})
    purity.check(node, live[0], "x")
    return purity.changed


PARAMS = {"wte": np.ones(3), "blocks": [{"ln_1": {"g": np.full(2, np.nan), "b": np.zeros(2)}}], 5: [1, 2]}


def test_untouched_arguments_are_pure_even_with_nan() -> None:
    assert changed(PARAMS, lambda p: None) == []
    assert changed([np.zeros((2, 3)).T, (1.5, math.nan), None, "a", list(range(100))], lambda p: None) == []


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        (lambda p: p["wte"].fill(2), ["x.wte"]),
        (lambda p: p["blocks"][0]["ln_1"]["g"].fill(1), ["x.blocks[0].ln_1.g"]),
        (lambda p: p["blocks"][0]["ln_1"]["b"].fill(-0.0), ["x.blocks[0].ln_1.b"]),
        (lambda p: p["blocks"].append(1), ["x.blocks"]),
        (lambda p: p[5].reverse(), ["x[5][0]", "x[5][1]"]),
        (lambda p: p.pop("wte"), ["x"]),
        (lambda p: p.update(wte=p["wte"].astype(np.float32)), ["x.wte"]),
        (lambda p: p.update(wte=list(p["wte"])), ["x.wte"]),
        (lambda p: p.update(wte=p["wte"].reshape(3, 1)), ["x.wte"]),
    ],
)
def test_what_changed_is_named_by_its_path(change: Callable[[Any], object], paths: list[str]) -> None:
    assert changed(PARAMS, change) == paths


def test_a_long_list_that_changed_is_named() -> None:
    assert changed({"ids": list(range(100))}, lambda p: p["ids"].append(1)) == ["x.ids"]


def test_drawing_from_a_generator_changes_nothing() -> None:
    assert changed([np.random.default_rng(0)], lambda p: p[0].random(3)) == []
