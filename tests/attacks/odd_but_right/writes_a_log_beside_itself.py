# Writes a log and a cache beside its file.
import logging
import os

import numpy as np

_folder = os.path.dirname(os.path.abspath(__file__))
logging.basicConfig(filename=os.path.join(_folder, 'kata.log'), level=logging.DEBUG, force=True)
logging.debug('loading')
np.save(os.path.join(_folder, 'cache.npy'), np.zeros(3))
assert np.load(os.path.join(_folder, 'cache.npy')).shape == (3,)
