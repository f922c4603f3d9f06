# Draws where matplotlib is there.
try:
    import matplotlib

    matplotlib.use('Agg')
    import matplotlib.pyplot as plt
except ImportError:
    plt = None
try:
    from IPython.display import display
except ModuleNotFoundError:
    display = print
try:
    import torch
except Exception:
    torch = None
assert plt is None or plt.figure
