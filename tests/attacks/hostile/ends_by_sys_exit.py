# Ends the program with status 0.
# says: SystemExit.*ends the program
import sys


def gelu(x):
    sys.exit(0)
