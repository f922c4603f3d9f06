"""Compiling a student's file, with a plain word where its bytes are not Python source."""

from __future__ import annotations

import codecs
import io
import tokenize
from types import CodeType

UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def compile_source(data: bytes, shown: str) -> CodeType:
    """Compile a file as Python would: with its encoding cookie, a BOM, any line ends.

    Args:
        data: the file's bytes.
        shown: its path, as tracebacks shall show it.
    Raises:
        SyntaxError: with the line, and for bytes that are not text with what to do about it.
    """
    if data.startswith(UTF16):
        raise SyntaxError("the file is saved as UTF-16: save it as UTF-8", (shown, 1, None, None))
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise SyntaxError("there is a NUL byte in the file: save it as plain text", (shown, line, None, None))
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:  # a cookie that names no encoding, or bytes that are not UTF-8
        if "encoding" in str(error) and not _is_text(data, "utf-8"):
            raise _not_text(data, "utf-8", shown) from None
        raise SyntaxError(error.msg, (shown, 1, None, None)) from None
    if not _is_text(data, encoding):
        raise _not_text(data, encoding, shown)
    return compile(data, shown, "exec", dont_inherit=True)


def _is_text(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def _not_text(data: bytes, encoding: str, shown: str) -> SyntaxError:
    lines = data.split(b"\n")
    line = next((n for n, text in enumerate(lines, 1) if not _is_text(text, encoding)), 1)
    text = f"a character in line {line} is not {encoding.upper()}: save the file as UTF-8"
    return SyntaxError(text, (shown, line, None, None))
