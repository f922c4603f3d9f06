# Recursion with the limit lifted, until the stack is gone.
# says: SIGSEGV|crashed|calls itself|had not answered
import sys


def gelu(x):
    sys.setrecursionlimit(10**9)
    return gelu(x) + gelu([x])
