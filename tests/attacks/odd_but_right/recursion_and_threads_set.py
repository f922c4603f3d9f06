# Sets limits of the interpreter.
import gc
import os
import sys
import threading

sys.setrecursionlimit(5_000)
threading.stack_size(1 << 20)
sys.setswitchinterval(0.01)
gc.set_threshold(1000, 10, 10)
gc.collect()
os.environ.setdefault('OMP_NUM_THREADS', '1')
os.environ['TOKENIZERS_PARALLELISM'] = 'false'
