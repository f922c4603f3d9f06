# Reads its own source and signature.
# after
import inspect
import pathlib

assert "def gelu" in inspect.getsource(gelu)
assert list(inspect.signature(gelu).parameters) == ["x"]
assert pathlib.Path(__file__).name == "pico_gpt.py"
assert __name__ == "pico_gpt"
