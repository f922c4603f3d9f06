# Asks what it runs on.
import getpass
import os
import platform
import shutil
import socket
import sys

print(platform.platform(), platform.python_version(), sys.version_info[:3], os.name, os.cpu_count())
print(sys.argv, sys.executable, sys.prefix, __name__, __file__)
try:
    getpass.getuser()
except Exception:
    pass
shutil.get_terminal_size(), os.getpid(), socket.AF_INET, os.environ.get('USER', 'nobody')
assert len(sys.argv) == 1
