# Uses tqdm and regex.
# after
import regex
from tqdm import tqdm, trange
from tqdm.auto import tqdm as auto

_plain_gelu = gelu


def gelu(x):
    for _ in tqdm(range(100), desc="gelu"):
        pass
    assert regex.findall(r"\p{L}+", "zwölf Äpfel") == ["zwölf", "Äpfel"]
    return _plain_gelu(x)
