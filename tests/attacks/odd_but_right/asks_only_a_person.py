# Asks a person where there is one.
import sys

if sys.stdin is not None and sys.stdin.isatty():
    name = input('your name? ')
try:
    answer = input()
except EOFError:
    answer = ''
assert answer == '' and sys.stdin.read() == ''
