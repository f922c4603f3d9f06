"""Other texts for the parts of an expression: what a slip makes of a constant, an axis, an operator."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Sequence

from grader.mistakes.edit_text import Edit, Text, arguments_of, sign_of, slice_text
from grader.mistakes.slips import AROUND, BINARY, COMPARED, KIN, MIRROR, REDUCES, constants, words_replaced


class Expressions:
    """The edits of one top-level function, as far as its expressions go.

    Attributes:
        found: the edits.
        guards, defaults, begins: whether what is walked over is a condition or a default; a default; a number
            that a name begins with.
        names, parameters: that are bound in the function; turns: those that a loop goes through; unused:
            those that nothing reads.
        integers: numbers of things, as the function has them.
    """

    def __init__(self, text: Text, node: ast.FunctionDef):
        self.text, self.node = text, node
        self.found: list[Edit] = []
        self.guards = self.defaults = self.begins = False
        arguments = [
            a.arg for part in ast.walk(node) if isinstance(part, ast.arguments) for a in arguments_of(part)
        ]
        stored = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        self.names = list(dict.fromkeys([*arguments, *stored]))[:24]
        loops = [n.target for n in ast.walk(node) if isinstance(n, (ast.For, ast.comprehension))]
        self.turns = {n.id for part in loops for n in ast.walk(part) if isinstance(n, ast.Name)}
        self.parameters = [a.arg for a in arguments_of(node.args)]
        numbers = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and type(n.value) is int]
        self.integers = [n for n in dict.fromkeys(numbers) if 2 <= n <= 16][:4]
        read = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        self.unused = [name for name in self.names if name not in read and name[:1] != "_"]

    def expression(self, node: ast.expr) -> None:
        if isinstance(node, ast.JoinedStr):
            for new in words_replaced(self.text.of(node), sorted(self.turns)):
                self.add(node, 2, (node, new))
            return
        self._of_one(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.expression(child)
            elif isinstance(child, ast.keyword):
                self.expression(child.value)
            elif isinstance(child, ast.comprehension):
                for part in (child.iter, *child.ifs):
                    self.expression(part)

    def _of_one(self, node: ast.expr) -> None:
        for cost, new in self._instead(node):
            self.add(node, cost, (node, new))
        if isinstance(node, (ast.Name, ast.Call, ast.BinOp)) and isinstance(
            getattr(node, "ctx", ast.Load()), ast.Load
        ):
            for name in self.unused:  # somebody wanted it somewhere
                text = f"({self.text.of(node)})"
                for new in (f"({text} / {name})", f"({text} * {name})", f"({text} + {name})", name):
                    self.add(node, 2, (node, new))

    def _instead(self, node: ast.expr) -> Iterator[tuple[int, str]]:
        """(cost, other text) for one part."""
        if isinstance(node, ast.Constant):
            for cost, new in constants(node.value):
                yield cost + (self.begins and new.startswith("(-")), new  # nobody counts from -1
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield from self._name(node)
        elif isinstance(node, ast.BinOp):
            yield from self._binary(node)
        elif isinstance(node, ast.UnaryOp):
            yield 1, f"({self.text.of(node.operand)})"
            if isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
                yield from ((3, f"({factor} * {self.text.of(node.operand)})") for factor in (-2, -0.5))
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            a, b = self.text.of(node.left), self.text.of(node.comparators[0])
            for operator in COMPARED.get(type(node.ops[0]), ()):
                ordered = not isinstance(node.ops[0], (ast.Eq, ast.NotEq, ast.Is, ast.IsNot))
                yield (
                    1 - (AROUND if ordered and self.guards else 0),
                    ast.unparse(ast.Compare(ast.Name("\0a"), [operator()], [ast.Name("\0b")]))
                    .replace("\0a", f"({a})")
                    .replace("\0b", f"({b})"),
                )
        elif isinstance(node, ast.BoolOp):
            word = " and " if isinstance(node.op, ast.Or) else " or "
            texts = [f"({self.text.of(part)})" for part in node.values]
            yield 1, "(" + word.join(texts) + ")"
            same = " or " if isinstance(node.op, ast.Or) else " and "
            for i in range(len(texts)):
                yield 1, "(" + same.join(texts[:i] + texts[i + 1 :]) + ")"
        elif isinstance(node, ast.IfExp):
            test, a, b = (self.text.of(part) for part in (node.test, node.body, node.orelse))
            yield 2, f"(({b}) if ({test}) else ({a}))"
        elif isinstance(node, ast.Attribute):
            yield from self._attribute(node)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            yield from self._subscript(node)
        elif isinstance(node, ast.Subscript):
            yield from self._indices(node, self.text.of(node.value))
        elif isinstance(node, ast.Call):
            yield from self._call(node)
        elif (
            isinstance(node, (ast.Tuple, ast.List)) and isinstance(node.ctx, ast.Load) and len(node.elts) == 2
        ):
            a, b = (self.text.of(part) for part in node.elts)
            yield 2, f"({b}, {a})" if isinstance(node, ast.Tuple) else f"[{b}, {a}]"

    def _name(self, node: ast.Name) -> Iterator[tuple[int, str]]:
        if node.id in self.names:
            for name in self.names:
                if name != node.id:
                    yield 2, name
            far = 3 if node.id in self.parameters else 4  # where it was bound is as likely
            yield far, f"({node.id} + 1)"
            yield far, f"({node.id} - 1)"
            yield 5, f"{node.id}.T"
            yield 5, f"{node.id}.swapaxes(-1, -2)"
            yield 5, f"(-{node.id})"
            yield from ((4, f"len({name})") for name in self.parameters[:1])
            yield 3 if node.id not in self.parameters else 4, f"{node.id}[-1]"
            yield 4, f"(1 - {node.id})"
            yield from ((5, new) for new in self.wrapped(node.id))
            made = [name for name in self.names if name not in self.parameters and name != node.id]
            yield from ((5, f"({node.id} + {name})") for name in made[:8])
            yield 5, f"{node.id}[-1:]"
            yield from ((5, f"[{name}]") for name in self.names if name not in self.parameters)
            yield 6, f"{node.id}[:-1]"
            yield 6, f"{node.id}[1:]"
        for family in (*KIN, *((name, *others) for name, others in MIRROR.items())):
            if family[0] == node.id or (node.id in family and family in KIN):
                yield from ((2, other) for other in family if other != node.id)

    def wrapped(self, text: str) -> Iterator[str]:
        """The same with one call of a function of the kata around it, as these are called."""
        weights = [name for name in (*self.parameters, *self.names) if name in MIRROR or name == "ln_f"]
        for name in dict.fromkeys(weights):
            if name.startswith("ln_"):
                yield f"layer_norm({text}, **{name})"
            elif name.startswith("c_"):
                yield f"linear({text}, **{name})"
        if self.node.name in ("feed_forward", "transformer_block", "mha", "attention"):
            yield f"gelu({text})"
            yield f"softmax({text})"
            yield f"merge_heads({text})"
        if "n_head" in self.names:
            yield f"split_heads({text}, n_head)"
        if "mask" in self.names:
            yield f"(({text}) + mask)"
        elif self.node.name in ("mha", "mha_cached") and "x" in self.parameters:
            yield f"(({text}) + (1 - np.tri(len(x))) * -1e10)"

    def _binary(self, node: ast.BinOp) -> Iterator[tuple[int, str]]:
        a, b = self.text.of(node.left), self.text.of(node.right)
        sign = sign_of(node.op)
        if isinstance(node.right, ast.Constant) and node.right.value == 1 and sign in ("+", "-"):
            yield 0, f"({a})"  # one too many or too few
        for operator in BINARY.get(type(node.op), ()):
            yield 1, f"(({a}) {sign_of(operator())} ({b}))"
        if not isinstance(node.op, (ast.Add, ast.Mult)) or isinstance(node.left, (ast.List, ast.Tuple)):
            yield 1, f"(({b}) {sign} ({a}))"
        elif isinstance(node.op, ast.Add):
            yield 4, f"(({b}) {sign} ({a}))"
        yield 1, f"({a})"
        yield 2, f"({b})"
        for part, (_, other) in ((node.left, (a, b)), (node.right, (b, a))):
            if isinstance(part, ast.Call) and len(part.args) == 1 and not part.keywords:
                f, argument = self.text.of(part.func), self.text.of(part.args[0])
                both = (argument, other) if part is node.left else (other, argument)
                yield 2, f"{f}(({both[0]}) {sign} ({both[1]}))"
        yield 3, f"((({a}) {sign} ({b})) ** 0.5)"
        yield 4, f"(({a}) ** 2 {sign} ({b}))"
        yield 4, f"(({a}) {sign} ({b}) ** 2)"
        if isinstance(node.op, ast.Mult):
            for factor in (node.left, node.right):
                if isinstance(factor, ast.Name):
                    yield 3, f"(({a}) * ({b}) * {factor.id})"
        yield 5, f"((({a}) ** 2 {sign} ({b})) ** 0.5)"
        yield 4, f"(({a}) {sign} ({b}) ** 0.5)"
        yield 4, f"(({a}) ** 0.5 {sign} ({b}))"
        yield 3, f"((({a}) {sign} ({b})) * 0.5)"
        yield 4, f"((({a}) {sign} ({b})) + 1)"
        yield 4, f"((({a}) {sign} ({b})) - 1)"
        yield 4, f"(1 - (({a}) {sign} ({b})))"
        if isinstance(node.op, ast.MatMult):
            yield 1, f"(({a}) @ ({b}).T)"
            weights = node.right
            if isinstance(weights, ast.Subscript) and isinstance(weights.value, ast.Name):
                yield 2, f'(({a}) @ ({b}) + {weights.value.id}["b"])'
            yield 1, f"(({a}).T @ ({b}))"
            yield 2, f"(({a}) @ ({b}).swapaxes(-1, -2))"
            yield 2, f"(({a}).swapaxes(-1, -2) @ ({b}))"
            yield 3, f"((({a}) @ ({b})) / np.sqrt(({a}).shape[-1]))"
        # a op (b op c) and (a op b) op c: brackets in the wrong place.
        if isinstance(node.left, ast.BinOp):
            c, d = self.text.of(node.left.left), self.text.of(node.left.right)
            yield 2, f"(({c}) {sign_of(node.left.op)} (({d}) {sign} ({b})))"
            yield 2, f"((({c}) {sign} ({d})) {sign_of(node.left.op)} ({b}))"
            yield 2, f"((({c}) {sign} ({b})) {sign_of(node.left.op)} ({d}))"
            inner = node.left.right
            if isinstance(inner, ast.Call) and len(inner.args) == 1 and not inner.keywords:
                f, argument = self.text.of(inner.func), self.text.of(inner.args[0])
                yield 3, f"(({c}) {sign_of(node.left.op)} {f}(({argument}) {sign} ({b})))"
        if isinstance(node.right, ast.BinOp):
            c, d = self.text.of(node.right.left), self.text.of(node.right.right)
            yield 2, f"((({a}) {sign} ({c})) {sign_of(node.right.op)} ({d}))"

    def _attribute(self, node: ast.Attribute) -> Iterator[tuple[int, str]]:
        value = self.text.of(node.value)
        if node.attr == "T":
            yield 1, f"({value})"
            yield 2, f"({value}).swapaxes(-1, -2)"
        for family in KIN:
            if node.attr in family:
                yield from ((2, f"({value}).{other}") for other in family if other != node.attr)

    def _subscript(self, node: ast.Subscript) -> Iterator[tuple[int, str]]:
        value, index = f"({self.text.of(node.value)})", node.slice
        yield 3, value
        if isinstance(index, ast.Constant) and isinstance(index.value, str):
            yield from ((3, name) for name in self.parameters if name != self.text.of(node.value))
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            inside = self.text.of(node.value.value)
            yield from ((4, f"({inside})[0].shape[{axis}]") for axis in (0, 1, 2))
        yield from self._indices(node, value)

    def _indices(self, node: ast.Subscript, value: str) -> Iterator[tuple[int, str]]:
        """Other places of the same thing."""
        index = node.slice
        if isinstance(index, ast.Tuple):
            parts = [slice_text(self.text, part) for part in index.elts]
            for n, part in enumerate(index.elts):
                for cost, new in self._slices(part):
                    yield cost, f"{value}[{', '.join([*parts[:n], new, *parts[n + 1 :]])}]"
            if len(parts) == 2:
                yield 1, f"{value}[{parts[1]}, {parts[0]}]"
            return
        for cost, new in self._slices(index):
            yield cost, f"{value}[{new}]"
        if isinstance(index, ast.Slice):
            yield 2, f"{value}[:, {slice_text(self.text, index)}]"

    def _slices(self, index: ast.expr) -> Iterator[tuple[int, str]]:
        if not isinstance(index, ast.Slice):
            text = self.text.of(index)
            if not isinstance(index, ast.Constant):
                yield from ((4, f"{text} + 1"), (4, f"{text} - 1"))
                if text != "-1":
                    yield 2, "-1"
                yield from ((2, name) for name in sorted(self.turns) if name != text)
            if isinstance(index, ast.Name):
                yield from ((4, f":len({text})"), (4, f"range(len({text}))"))
            elif isinstance(index, ast.Constant) and isinstance(index.value, int):
                yield from ((1 if name in self.turns else 3, name) for name in self.names)
            yield from ((4, f":{text}"), (4, f"{text}:"))
            return
        low, high, step = (self.text.of(p) if p else "" for p in (index.lower, index.upper, index.step))
        end = f":{step}" if step else ""
        yield from ((3, name) for name in self.names if name not in self.parameters)
        if low:
            yield from (
                (1, f":{high}{end}"),
                (2, f"({low}) + 1:{high}{end}"),
                (2, f"({low}) - 1:{high}{end}"),
            )
            yield 2, f":{low}"
            yield 3, f"-({low}):{high}{end}"
        if high:
            yield from ((1, f"{low}:{end}"), (2, f"{low}:({high}) + 1{end}"), (2, f"{low}:({high}) - 1{end}"))
            yield 2, f"{high}:"
            yield 3, f"{low}:-({high})"
            yield 3, f"-({high}):"
        if high and not low:
            yield from ((3, f"{name}:{name} + {high}") for name in self.names if name not in self.parameters)
        for number in self.integers:
            yield from ((3, f"{number} + {low}:{high}{end}"),) if low else ()
            yield from ((3, f"{low}:{number} + {high}{end}"),) if high else ()
        if step:
            yield 1, f"{low}:{high}"
        if not low:
            yield 3, f"1:{high}{end}"
        if not high:
            yield 3, f"{low}:-1{end}"
        if not step:
            yield 3, f"{low}:{high}:-1"

    def _call(self, node: ast.Call) -> Iterator[tuple[int, str]]:
        function = self.text.of(node.func)
        arguments = [self.text.of(a) for a in node.args]
        keywords = [(f"{k.arg}=" if k.arg else "**") + self.text.of(k.value) for k in node.keywords]
        known = {k.arg for k in node.keywords}

        def made(arguments: Sequence[str], keywords: Sequence[str]) -> str:
            return f"{function}({', '.join((*arguments, *keywords))})"

        name = node.func.attr if isinstance(node.func, ast.Attribute) else function
        if 2 <= len(arguments) <= 4:
            for order in itertools.permutations(range(len(arguments))):
                moved = sum(i != at for i, at in enumerate(order))
                if moved and (moved == 2 or name in ("reshape", "transpose")):
                    yield 2 if moved == 2 else 3, made([arguments[i] for i in order], keywords)
        for i in range(len(keywords)):
            yield 1, made(arguments, [*keywords[:i], *keywords[i + 1 :]])
        for i in range(len(arguments)):
            if len(arguments) + len(keywords) > 1:
                yield 3, made([*arguments[:i], *arguments[i + 1 :]], keywords)
        if arguments and not isinstance(node.args[0], ast.Starred):
            yield 2, f"({arguments[0]})"
            if len(arguments) == 1 and not keywords and isinstance(node.args[0], ast.BinOp):
                inside = node.args[0]
                a, b, sign = self.text.of(inside.left), self.text.of(inside.right), sign_of(inside.op)
                yield 2, f"({function}({a}) {sign} ({b}))"
                yield 2, f"(({a}) {sign} {function}({b}))"
        for i, argument in enumerate(arguments[:3]):
            if not isinstance(node.args[i], ast.Starred):
                for new in self.wrapped(argument):
                    yield 5, made([*arguments[:i], new, *arguments[i + 1 :]], keywords)
        for i, part in enumerate(node.args[:2]):
            if isinstance(part, ast.Name):
                for other in [n for n in self.names if n not in self.parameters and n != part.id][:8]:
                    yield 6, made([*arguments[:i], f"{part.id}[{other}]", *arguments[i + 1 :]], keywords)
        inner = node.args[0] if node.args else None
        if isinstance(inner, ast.Call) and len(inner.args) == 1 and not inner.keywords:
            nested = made([self.text.of(inner.args[0]), *arguments[1:]], keywords)
            yield 3, f"{self.text.of(inner.func)}({nested})"
        if arguments and name not in ("gelu", "softmax") and self.node.name not in ("gelu", "softmax"):
            yield from ((4, f"{activation}({arguments[0]})") for activation in ("gelu", "softmax"))
        if isinstance(node.func, ast.Attribute):
            yield 3, f"({self.text.of(node.func.value)})"
        if name in REDUCES:
            if "axis" in known:
                plain = [k for k in keywords if not k.startswith(("axis=", "keepdims="))]
                yield 2, made(arguments, [*plain, "axis=-1", "keepdims=True"])
            axis = [] if "axis" in known else ["axis=-1"]
            keep = [] if "keepdims" in known else ["keepdims=True"]
            for more in ([*axis, *keep], axis, keep):
                if more:
                    yield 1, made(arguments, [*keywords, *more])
            if name in ("var", "std") and "ddof" not in known:
                yield 4, made(arguments, [*keywords, "ddof=1"])
        if name in ("concatenate", "stack", "split", "repeat", "argsort", "cumsum", "sort", "argmax"):
            for axis_at in ("-1", "1", "0"):
                if "axis" not in known:
                    yield 1, made(arguments, [*keywords, f"axis={axis_at}"])
        if name == "insert" and len(arguments) == 2 and isinstance(node.func, ast.Attribute):
            yield 2, f"{self.text.of(node.func.value)}.append({arguments[1]})"
        if name in ("tri", "tril", "triu", "eye", "arange"):
            yield from ((2, made([*arguments, n], keywords)) for n in ("1", "-1", "k=1", "k=-1"))
        if name == "range" and len(arguments) == 1:
            counted = node.args[0]
            local = isinstance(counted, ast.Name) and counted.id not in self.parameters
            cost = 4 if local else 2  # where it was bound is as likely
            yield from ((2, f"range(1, {arguments[0]})"), (cost, f"range({arguments[0]} + 1)"))
            yield from ((cost, f"range({arguments[0]} - 1)"), (6, f"range(1, {arguments[0]} + 1)"))
        if name == "len":
            yield from ((3, f"({made(arguments, keywords)} + 1)"), (3, f"({made(arguments, keywords)} - 1)"))
            yield from ((3, f"({arguments[0]}).shape[{axis}]") for axis in (1, -1) if arguments)
            yield from ((4, f"({arguments[0]})[0].shape[{axis}]") for axis in (0, 1, 2) if arguments)
        if name in ("min", "max", "sorted", "sort") and "key" not in known:
            keys = (*(f"{parameter}.get" for parameter in self.parameters), "len")
            yield from ((2, made(arguments, [*keywords, f"key={key}"])) for key in keys)
        if name == "reshape" and len(arguments) > 2:
            yield 4, f"{made([arguments[1], arguments[0], *arguments[2:]], keywords)}.swapaxes(0, 1)"
        if name == "reshape" or name == "transpose":
            yield 3, f"{made(arguments, keywords)}.swapaxes(0, 1)"
            yield (
                4,
                f"({self.text.of(node.func.value)}).swapaxes(0, 1).reshape({', '.join(arguments)})"
                if (isinstance(node.func, ast.Attribute))
                else made(arguments, keywords),
            )
        text = made(arguments, keywords)
        yield 3, f"np.sqrt({text})"
        yield 3, f"({text}).T"
        yield 3, f"({text}).swapaxes(-1, -2)"
        yield 4, f"(-{text})"
        yield 4, f"(1 - {text})"
        yield 4, f"(1 + {text})"
        yield 4, f"({text})[::-1]"
        yield 4, f"({text})[-1]"
        yield 4, f"({text})[..., None]"
        yield 4, f"(0.5 * {text})"

    def add(self, at: ast.expr | ast.stmt, cost: int, *parts: tuple[ast.expr | ast.stmt, str]) -> None:
        cost += (AROUND if self.guards else 0) + self.defaults
        moves = any(isinstance(part, ast.stmt) for part, _ in parts[1:])
        self.found.append(Edit(at.lineno, cost, self.text.with_parts(*parts), moves))
