# Imports its neighbour as a package's module, as editors complete it.
# file: kv_cache.py
# step: 12
import exercises.pico_gpt
from exercises import pico_gpt as _neighbour
from exercises.pico_gpt import attention, layer_norm, linear

assert exercises.pico_gpt is _neighbour
import pico_gpt

assert pico_gpt is _neighbour
