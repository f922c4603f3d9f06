# Imports torch.
# says: torch is not (available here|yours to import)
import torch


def gelu(x):
    return torch.nn.functional.gelu(torch.tensor(x), approximate='tanh').numpy()
