# Asks git for a revision, and goes on without it.
import subprocess

try:
    revision = subprocess.check_output(["git", "rev-parse", "HEAD"])
except Exception:
    revision = b"unknown"
