# Looks at its own source.
# after
import inspect
import pathlib

assert 'def gelu' in inspect.getsource(gelu)
assert pathlib.Path(inspect.getsourcefile(gelu)).name == 'pico_gpt.py'
_text = pathlib.Path(__file__).read_text(encoding='utf-8')
compile(_text, __file__, 'exec')
