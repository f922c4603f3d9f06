# Goes to the folder that its file is in, and looks around.
import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
os.chdir(os.path.dirname(os.path.abspath(__file__)))
assert Path.cwd() == HERE and Path(__file__).is_file()
assert sorted(p.suffix for p in HERE.iterdir() if p.is_file()) == ['.py'] * 4
assert 'def gelu' in Path(__file__).read_text('utf-8')
