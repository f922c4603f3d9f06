# Draws its bars as in a notebook.
# step: 10
import tqdm.auto
import tqdm.notebook
from tqdm.auto import tqdm as _auto
from tqdm.notebook import tqdm as _bar, trange as _range

assert list(_bar(range(3), desc='notebook')) == list(_range(3)) == list(_auto(range(3)))
assert list(tqdm.notebook.tqdm(range(2))) == [0, 1]
