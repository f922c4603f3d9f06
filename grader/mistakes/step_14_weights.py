"""Mistakes of step 14."""
# Wrong on purpose; names such as np and gpt2 are the solutions' own.
# mypy: ignore-errors
# ruff: noqa

from grader.mistakes import Chapter

chapter = Chapter(14)
right = chapter.right
slip = chapter.slip

# ---------------------------------------------------------------------------- read_safetensors


@right
def read_safetensors(path):
    file_size = Path(path).stat().st_size
    with Path(path).open("rb") as file:
        header_size = int.from_bytes(file.read(8), "little")
        data_start = 8 + header_size
        if data_start > file_size:
            raise ValueError(f"no safetensors: a header of {header_size} bytes in a file of {file_size}")
        try:
            header = json.loads(file.read(header_size).decode("utf-8"))
            header.pop("__metadata__", None)
            entries = []
            for name, entry in header.items():
                begin, end = entry["data_offsets"]
                entries.append((begin, end, name, str(entry["dtype"]), tuple(entry["shape"])))
            entries.sort(key=lambda entry: entry[:2])  # in the order of the data
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"no safetensors: the header cannot be read ({error!r})") from None

        tensors = {}
        position = 0
        for begin, end, name, dtype, shape in entries:
            if not all(type(size) is int and 0 <= size < 2**63 for size in (begin, end, *shape)):
                raise ValueError(f"{name!r}: the shape {shape} or the offsets {begin}, {end} are not sizes")
            if dtype != "BF16" and dtype not in DTYPES:
                raise ValueError(f"{name!r} is of the type {dtype!r}, which is not known here")
            stored = np.dtype("<u2" if dtype == "BF16" else DTYPES[dtype])
            if begin != position:
                raise ValueError(f"{name!r} starts at byte {begin}; the tensor before it ends at {position}")
            if end - begin != math.prod(shape) * stored.itemsize:
                raise ValueError(f"{name!r} is {dtype} {list(shape)}, which {end - begin} bytes cannot be")
            if data_start + end > file_size:
                raise ValueError(f"cut off: {name!r} ends at byte {data_start + end} of {file_size}")
            tensor = np.fromfile(file, stored, math.prod(shape)).reshape(shape)
            if dtype == "BF16":
                tensor = (tensor.astype("<u4") << 16).view("<f4")
            tensors[name] = tensor
            position = end
        if data_start + position != file_size:
            raise ValueError(f"{file_size - data_start - position} bytes at the end belong to no tensor")
    return tensors


SIZE = 'header_size = int.from_bytes(file.read(8), "little")'
START = "data_start = 8 + header_size"
CUT = """        if data_start > file_size:
            raise ValueError(f"no safetensors: a header of {header_size} bytes in a file of {file_size}")
"""
METADATA = '            header.pop("__metadata__", None)\n'
SORT = "            entries.sort(key=lambda entry: entry[:2])  # in the order of the data\n"
READ = "tensor = np.fromfile(file, stored, math.prod(shape)).reshape(shape)"
BFLOAT = """            if dtype == "BF16":
                tensor = (tensor.astype("<u4") << 16).view("<f4")
"""
GAPS = """            if begin != position:
                raise ValueError(f"{name!r} starts at byte {begin}; the tensor before it ends at {position}")
"""
LENGTHS = """            if end - begin != math.prod(shape) * stored.itemsize:
                raise ValueError(f"{name!r} is {dtype} {list(shape)}, which {end - begin} bytes cannot be")
"""
ENDS = """            if data_start + end > file_size:
                raise ValueError(f"cut off: {name!r} ends at byte {data_start + end} of {file_size}")
"""
REST = """        if data_start + position != file_size:
            raise ValueError(f"{file_size - data_start - position} bytes at the end belong to no tensor")
"""
UNKNOWN = """            if dtype != "BF16" and dtype not in DTYPES:
                raise ValueError(f"{name!r} is of the type {dtype!r}, which is not known here")
"""
SOUND = f"{GAPS}{LENGTHS}{ENDS}"
SEEK = "file.seek(data_start + begin)\n            "

slip(
    "read_safetensors.big-endian",
    "this reads the header's length as big-endian",
    "Which byte of a little-endian number comes first?",
    (SIZE, 'header_size = int.from_bytes(file.read(8), "big")'),
)
slip(
    "read_safetensors.four-bytes",
    "this reads the header's length from four bytes; it has eight",
    "How many bytes hold the header's length?",
    (SIZE, 'header_size = int.from_bytes(file.read(4), "little")'),
)
slip(
    "read_safetensors.offsets-from-file-start",
    "this counts offsets from the beginning of the file; they count from the first byte of the data",
    "Where is byte 0 of data_offsets?",
    (f"{SOUND}            {READ}", f"            file.seek(begin)\n            {READ}"),
    (REST, ""),
)
slip(
    "read_safetensors.offsets-without-the-8",
    "this forgets the first 8 bytes when it works out where the data begin",
    "What is in the file before the header?",
    (START, "data_start = header_size"),
    (f"{SOUND}            {READ}", f"            {SEEK}{READ}"),
    (REST, ""),
)
slip(
    "read_safetensors.metadata-is-a-tensor",
    "this treats __metadata__ as a tensor",
    "Which of the header's keys is not a tensor?",
    (METADATA, ""),
)
slip(
    "read_safetensors.column-order",
    "this fills the arrays column by column (Fortran order)",
    "Which index runs fastest in the file: the first, or the last?",
    (READ, 'tensor = np.fromfile(file, stored, math.prod(shape)).reshape(shape, order="F")'),
)
slip(
    "read_safetensors.not-reshaped",
    "this returns flat arrays: the shape in the header is never used",
    "Where does the header say how many rows there are?",
    (READ, "tensor = np.fromfile(file, stored, math.prod(shape))"),
)
slip(
    "read_safetensors.shape-reversed",
    "this reverses the shapes",
    "Which number of a shape comes first?",
    (READ, "tensor = np.fromfile(file, stored, math.prod(shape)).reshape(shape[::-1])"),
)
slip(
    "read_safetensors.all-float32",
    "this reads everything as float32, whatever its dtype",
    "How many bytes does an F16 number have?",
    (
        'stored = np.dtype("<u2" if dtype == "BF16" else DTYPES[dtype])',
        'stored = np.dtype("<f4")',
    ),
    (BFLOAT, ""),
)
slip(
    "read_safetensors.cast-to-float32",
    "this turns everything into float32: large whole numbers lose digits",
    "Which dtype should an I64 tensor have?",
    ("tensors[name] = tensor", "tensors[name] = tensor.astype(np.float32)"),
)
slip(
    "read_safetensors.swapped-bytes",
    "this reads the numbers as big-endian",
    "Which byte of a little-endian number comes first?",
    (READ, 'tensor = np.fromfile(file, stored.newbyteorder(">"), math.prod(shape)).reshape(shape)'),
)
slip(
    "read_safetensors.bfloat-raw",
    "this returns BF16 as the whole numbers that its bits spell",
    "Which half of a float32 is a bfloat16?",
    (BFLOAT, ""),
)
slip(
    "read_safetensors.bfloat-as-float16",
    "this reads BF16 as if it were F16: just as many bits, but used differently",
    "How many bits does each of the two have for the exponent?",
    (BFLOAT, '            if dtype == "BF16":\n                tensor = tensor.view("<f2")\n'),
)
slip(
    "read_safetensors.bfloat-lower-half",
    "this puts the bits of a BF16 into the lower half of a float32",
    "Which half of a float32 is a bfloat16?",
    (BFLOAT, '            if dtype == "BF16":\n                tensor = tensor.astype("<u4").view("<f4")\n'),
)
slip(
    "read_safetensors.bfloat-unknown",
    "this does not know BF16",
    "What does the docstring say about BF16?",
    ('if dtype != "BF16" and dtype not in DTYPES:', "if dtype not in DTYPES:"),
)
slip(
    "read_safetensors.order-of-the-header",
    "this reads the data in the order of the header's names; the offsets say where each tensor is",
    "Must the first name of the header be the first tensor of the data?",
    (SORT, ""),
    (GAPS, ""),
    (ENDS, ""),
    (REST, ""),
)
slip(
    "read_safetensors.order-of-names",
    "this reads the data in alphabetical order; the offsets say where each tensor is",
    "What says where a tensor is?",
    (SORT, "            entries.sort(key=lambda entry: entry[2])\n"),
    (GAPS, ""),
    (ENDS, ""),
    (REST, ""),
)
slip(
    "read_safetensors.aligned-only",
    "this counts offsets in numbers, not in bytes: it finds only aligned tensors",
    "In which unit does the header count offsets?",
    (
        f"{SOUND}            {READ}",
        f"{LENGTHS}{ENDS}            if begin % stored.itemsize:\n"
        "                raise IndexError('not aligned')\n"
        f"            {SEEK}{READ}",
    ),
)
slip(
    "read_safetensors.nothing-checked",
    "this believes the header: nothing in it is checked against the size of the file",
    "What happens when the file is cut off?",
    (CUT, ""),
    (
        f"{SOUND}            {READ}",
        f"            {SEEK}data = file.read(end - begin)\n"
        "            tensor = np.frombuffer(data[: len(data) // stored.itemsize * stored.itemsize], stored)\n"
        "            tensor = tensor.reshape(shape) if tensor.size == math.prod(shape) else tensor",
    ),
    (REST, ""),
)
slip(
    "read_safetensors.cut-off-accepted",
    "this does not notice that the file is cut off",
    "How many bytes do you get when you read beyond the end of a file?",
    (ENDS, ""),
    (REST, ""),
    (
        READ,
        "tensor = np.fromfile(file, stored, math.prod(shape))\n"
        "            tensor = np.resize(tensor, shape) if tensor.size else np.zeros(shape, stored)",
    ),
)
slip(
    "read_safetensors.shape-not-checked",
    "this does not check that shape and offsets agree",
    "How many bytes do seven float32 numbers need?",
    (LENGTHS, ""),
    (
        READ,
        "tensor = np.fromfile(file, stored, math.prod(shape))\n            tensor = np.resize(tensor, shape)",
    ),
)
slip(
    "read_safetensors.overlap-accepted",
    "this does not notice that two tensors overlap",
    "May one byte of the data belong to two tensors?",
    (GAPS, ""),
    (READ, f"{SEEK}{READ}"),
)
slip(
    "read_safetensors.unknown-type-skipped",
    "this leaves out tensors of an unknown type; the contract says ValueError",
    "How does the caller learn that a tensor is missing?",
    (UNKNOWN, '            if dtype != "BF16" and dtype not in DTYPES:\n                continue\n'),
    (REST, ""),
)
slip(
    "read_safetensors.key-error",
    "this raises KeyError for an unknown type; the contract says ValueError",
    "Which exception does a dict raise for a key that it does not have?",
    (UNKNOWN, ""),
)
slip(
    "read_safetensors.no-header-size-check",
    "this does not check the header's length against the size of the file",
    "What happens when the first 8 bytes promise more than there is?",
    (CUT, ""),
    (
        "except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:",
        "except (KeyError, TypeError, AttributeError) as error:",
    ),
)
slip(
    "read_safetensors.os-error",
    "this raises OSError; the contract says ValueError",
    "What does the docstring say under Raises?",
    ('raise ValueError(f"no safetensors: a header of', 'raise OSError(f"no safetensors: a header of'),
)
slip(
    "read_safetensors.lists",
    "this returns nested lists, not arrays",
    "What does the docstring say the dict holds?",
    ("tensors[name] = tensor", "tensors[name] = {'dtype': dtype, 'data': tensor.tolist()}"),
)
slip(
    "read_safetensors.first-tensor-only",
    "this returns after the first tensor",
    "Is there a return inside your loop?",
    (
        "            tensors[name] = tensor\n",
        "            tensors[name] = tensor\n            return tensors\n",
    ),
)
slip(
    "read_safetensors.list-of-pairs",
    "this returns a list of (name, array), not a dictionary",
    "What type does the docstring promise?",
    ("return tensors", "return list(tensors.items())"),
)

# ----------------------------------------------------------------------------------- to_params


@right
def to_params(tensors):
    tensors = {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}

    def array(name):
        if name not in tensors:
            raise ValueError(f"not a GPT-2: the tensor {name} is missing")
        return np.asarray(tensors[name], dtype=np.float32)

    def linear(name):
        return {"w": array(f"{name}.weight"), "b": array(f"{name}.bias")}

    def norm(name):
        return {"g": array(f"{name}.weight"), "b": array(f"{name}.bias")}

    n_layer = len({name.split(".")[1] for name in tensors if name.startswith("h.")})
    blocks = [
        {
            "ln_1": norm(f"h.{i}.ln_1"),
            "attn": {"c_attn": linear(f"h.{i}.attn.c_attn"), "c_proj": linear(f"h.{i}.attn.c_proj")},
            "ln_2": norm(f"h.{i}.ln_2"),
            "mlp": {"c_fc": linear(f"h.{i}.mlp.c_fc"), "c_proj": linear(f"h.{i}.mlp.c_proj")},
        }
        for i in range(n_layer)
    ]
    return {"wte": array("wte.weight"), "wpe": array("wpe.weight"), "blocks": blocks, "ln_f": norm("ln_f")}


PREFIX = '{name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}'
LINEAR = 'return {"w": array(f"{name}.weight"), "b": array(f"{name}.bias")}'
NORM = 'return {"g": array(f"{name}.weight"), "b": array(f"{name}.bias")}'
COUNT = 'n_layer = len({name.split(".")[1] for name in tensors if name.startswith("h.")})'
LN_1 = '"ln_1": norm(f"h.{i}.ln_1")'
LN_2 = '"ln_2": norm(f"h.{i}.ln_2")'
ATTN = '"attn": {"c_attn": linear(f"h.{i}.attn.c_attn"), "c_proj": linear(f"h.{i}.attn.c_proj")}'
MLP = '"mlp": {"c_fc": linear(f"h.{i}.mlp.c_fc"), "c_proj": linear(f"h.{i}.mlp.c_proj")}'
RANGE = "for i in range(n_layer)"
TREE = (
    'return {"wte": array("wte.weight"), "wpe": array("wpe.weight"), "blocks": blocks, "ln_f": norm("ln_f")}'
)

slip(
    "to_params.transposed",
    "this transposes the weights, as PyTorch's Linear would need; GPT-2's are [n_in, n_out] already",
    "Which shape does c_attn's weight have in the file, and which in params?",
    (LINEAR, 'return {"w": array(f"{name}.weight").T, "b": array(f"{name}.bias")}'),
)
slip(
    "to_params.embeddings-transposed",
    "this transposes wte and wpe",
    "Which shape does the docstring give for wte?",
    (
        TREE,
        TREE.replace('array("wte.weight")', 'array("wte.weight").T').replace(
            'array("wpe.weight")', 'array("wpe.weight").T'
        ),
    ),
)
slip(
    "to_params.no-prefix",
    "this fails on names that start with transformer.",
    "Some files put a prefix before every name. What does your code do with it?",
    (PREFIX, "dict(tensors)"),
)
slip(
    "to_params.prefix-expected",
    "this accepts only names that start with transformer.",
    "Do all files have the prefix?",
    (PREFIX, '{name[len("transformer.") :]: tensor for name, tensor in tensors.items()}'),
)
slip(
    "to_params.order-of-the-alphabet",
    "the blocks are in alphabetical order: 10 comes before 2",
    "In which order does sorted() put h.2 and h.10?",
    (RANGE, "for i in sorted(range(n_layer), key=str)"),
)
slip(
    "to_params.order-of-the-file",
    "the blocks are in the order in which the file lists them",
    "Must h.2 come before h.10 in the file?",
    (RANGE, 'for i in dict.fromkeys(name.split(".")[1] for name in tensors if name.startswith("h."))'),
)
slip(
    "to_params.blocks-reversed",
    "the blocks are in reverse order",
    "Which block is h.0?",
    (RANGE, "for i in reversed(range(n_layer))"),
)
slip(
    "to_params.last-block-missing",
    "this leaves the last block out",
    "How many blocks are there if the largest number is 11?",
    (RANGE, "for i in range(n_layer - 1)"),
)
slip(
    "to_params.twelve-blocks",
    "this assumes 12 blocks, as in the 124M model, however many there are",
    "How many blocks does this file have?",
    (COUNT, "n_layer = 12"),
)
slip(
    "to_params.single-digit-blocks",
    "this reads one digit of a block's number: block 10 and above are lost",
    "How many digits may a block's number have?",
    (COUNT, 'n_layer = len({name[2] for name in tensors if name.startswith("h.")})'),
)
slip(
    "to_params.first-block-repeated",
    "this takes the first block's tensors for every block",
    "Which number is in the names that you look up?",
    (RANGE, "for i in [0] * n_layer"),
)
slip(
    "to_params.norms-swapped",
    "ln_1 and ln_2 are swapped",
    "Which name in the file belongs to which place in the tree?",
    (LN_1, '"ln_1": norm(f"h.{i}.ln_2")'),
    (LN_2, '"ln_2": norm(f"h.{i}.ln_1")'),
)
slip(
    "to_params.gain-and-bias-swapped",
    "this stores a layer norm's weight as b, and its bias as g",
    "What is a layer norm's weight: its gain, or its bias?",
    (NORM, 'return {"b": array(f"{name}.weight"), "g": array(f"{name}.bias")}'),
)
slip(
    "to_params.norm-with-w",
    "this calls a layer norm's gain w",
    "What are a layer norm's two parts called in params?",
    (NORM, LINEAR),
)
slip(
    "to_params.hugging-face-names",
    "this keeps the names weight and bias",
    "What are the parts called in params?",
    (LINEAR, 'return {"weight": array(f"{name}.weight"), "bias": array(f"{name}.bias")}'),
    (NORM, 'return {"weight": array(f"{name}.weight"), "bias": array(f"{name}.bias")}'),
)
slip(
    "to_params.projections-swapped",
    "the two c_proj are swapped",
    "There are two layers called c_proj. Which one belongs to attn?",
    (ATTN, ATTN.replace("attn.c_proj", "mlp.c_proj")),
    (MLP, MLP.replace("mlp.c_proj", "attn.c_proj")),
)
slip(
    "to_params.one-projection",
    "this uses attention's c_proj for both",
    "There are two layers called c_proj. Which one belongs to mlp?",
    (MLP, MLP.replace("mlp.c_proj", "attn.c_proj")),
)
slip(
    "to_params.embeddings-swapped",
    "wte and wpe are swapped",
    "t for token, p for position: which is which?",
    (
        TREE,
        TREE.replace("wte.weight", "x").replace("wpe.weight", "wte.weight").replace('"x"', '"wpe.weight"'),
    ),
)
slip(
    "to_params.no-ln_f",
    "this forgets ln_f",
    "Which four parts does params have?",
    (TREE, TREE.replace(', "ln_f": norm("ln_f")', "")),
)
slip(
    "to_params.ln_f-flat",
    "this has only the gain of ln_f",
    "Which parts does ln_f have?",
    (TREE, TREE.replace('norm("ln_f")', 'array("ln_f.weight")')),
)
slip(
    "to_params.masks-kept",
    "this keeps the causal masks (attn.bias) among the parameters",
    "What is h.0.attn.bias: a bias, or something else?",
    (
        ATTN,
        ATTN[:-1] + ', **{k: tensors[f"h.{i}.attn.{k}"] for k in ("bias",) if f"h.{i}.attn.{k}" in tensors}}',
    ),
)
slip(
    "to_params.masks-counted",
    "this fails on names that it does not know, such as h.0.attn.bias",
    "Which names in a file are not parameters?",
    (COUNT, COUNT + "\n    if len(tensors) != 4 + 12 * n_layer:\n        raise KeyError('unknown names')"),
)
slip(
    "to_params.extra-output-layer",
    "this expects an output layer lm_head, which GPT-2's file does not have: wte is used for that too",
    "Which matrix turns hidden states into logits?",
    (TREE, TREE[:-1] + ', "lm_head": array("wte.weight").T}'),
)
slip(
    "to_params.blocks-as-dict",
    "the blocks are in a dictionary by their number; it should be a list",
    "What type does the docstring give for blocks?",
    (TREE, TREE.replace('"blocks": blocks', '"blocks": dict(enumerate(blocks))')),
)
slip(
    "to_params.half-precision",
    "this keeps the numbers in half precision; it should be float32",
    "Which dtype does the docstring promise?",
    (
        "return np.asarray(tensors[name], dtype=np.float32)",
        "return np.asarray(tensors[name], dtype=np.float16)",
    ),
)
slip(
    "to_params.takes-tensors-out",
    "this takes the tensors out of the caller's own dictionary (pop)",
    "Will the tensors still be there for the next caller?",
    (PREFIX, "tensors"),
    (
        '"""' if False else "    def array(name):\n",
        "    for name in list(tensors):\n"
        '        tensors[name.removeprefix("transformer.")] = tensors.pop(name)\n\n    def array(name):\n',
    ),
)
slip(
    "to_params.scaled",
    "this scales the embeddings by sqrt(n_embd), as in the paper of 2017",
    "Should the numbers of the file change?",
    (TREE, TREE.replace('array("wte.weight")', 'array("wte.weight") * math.sqrt(len(array("ln_f.bias")))')),
)

slip(
    "read_safetensors.scalar-as-row",
    "this returns a single number (shape []) as an array of length 1",
    "How many axes does a tensor of shape [] have?",
    ("tensors[name] = tensor", "tensors[name] = np.atleast_1d(tensor)"),
)
slip(
    "read_safetensors.metadata-returned",
    "this returns __metadata__ among the tensors",
    "Is __metadata__ a tensor?",
    (METADATA, '            metadata = header.pop("__metadata__", None)\n'),
    (
        "    return tensors",
        '    return tensors if metadata is None else tensors | {"__metadata__": metadata}',
    ),
)
slip(
    "read_safetensors.header-not-skipped",
    "this forgets the header when it works out where the data begin",
    "What is between the first 8 bytes and the data?",
    (f"{SOUND}            {READ}", f"            file.seek(8 + begin)\n            {READ}"),
    (REST, ""),
)
slip(
    "to_params.one-weight-transposed",
    "this transposes c_attn's weights; GPT-2's are [n_in, n_out] already",
    "Which shape does c_attn's weight have in the file, and which in params?",
    (
        ATTN,
        ATTN.replace(
            'linear(f"h.{i}.attn.c_attn")',
            '{"w": array(f"h.{i}.attn.c_attn.weight").T, "b": array(f"h.{i}.attn.c_attn.bias")}',
        ),
    ),
)
slip(
    "to_params.square-weight-transposed",
    "this transposes the weights of attention's c_proj, which is square, so no shape tells",
    "Which of GPT-2's weights should be transposed?",
    (
        ATTN,
        ATTN.replace(
            'linear(f"h.{i}.attn.c_proj")',
            '{"w": array(f"h.{i}.attn.c_proj.weight").T, "b": array(f"h.{i}.attn.c_proj.bias")}',
        ),
    ),
)
slip(
    "to_params.flat",
    "this returns one flat dictionary of tensors; the contract says a tree",
    "What are the four parts of params?",
    (TREE, "return {name: array(name) for name in tensors}"),
)


slip(
    "to_params.first-block-only",
    "this returns after the first block: the return is inside the loop",
    "How far to the left does the return belong?",
    (RANGE, "for i in range(min(n_layer, 1))"),
)
slip(
    "to_params.flat-blocks",
    "this has attention's and the MLP's layers in one dictionary: c_proj of the one overwrites c_proj of the other",
    "Which dictionary of a block does each of the two c_proj belong to?",
    (ATTN, '"c_attn": linear(f"h.{i}.attn.c_attn"), "c_fc": linear(f"h.{i}.mlp.c_fc")'),
    (MLP, '"c_proj": linear(f"h.{i}.mlp.c_proj")'),
)
slip(
    "to_params.key-error",
    "this raises KeyError where a tensor is missing; the contract says ValueError",
    "Which exception does a dictionary raise for a key that it does not have?",
    ('            raise ValueError(f"not a GPT-2', '            raise KeyError(f"not a GPT-2'),
)
