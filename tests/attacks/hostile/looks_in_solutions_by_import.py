# Imports the solution by name.
# says: solutions is not yours to import
from solutions.pico_gpt import *
