# Ends the process while the file is loaded.
# says: ended the process
import os

os._exit(0)
