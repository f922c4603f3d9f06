# Ends the program while the file is loaded.
# says: cannot be loaded: SystemExit
import sys

sys.exit(0)
