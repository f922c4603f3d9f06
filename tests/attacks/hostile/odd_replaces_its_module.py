# Replaces itself among the loaded modules.
# says: cannot be loaded|no function|not here|ModuleNotFoundError
import sys

sys.modules[__name__] = None
