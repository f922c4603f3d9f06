# Replaces the standard streams, as scripts for Windows' console do.
import io
import sys

sys.stdout.reconfigure(encoding='utf-8', errors='replace')
sys.stderr.reconfigure(encoding='utf-8')
sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8', line_buffering=True)
print('ready', flush=True)
assert not sys.stdin.isatty() and sys.__stdout__.name == '<stdout>'
