# Puts its folder and the repository on the path, as scripts do that are run from anywhere.
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
sys.path.append('..')
if os.getcwd() not in sys.path:
    sys.path.insert(0, os.getcwd())
