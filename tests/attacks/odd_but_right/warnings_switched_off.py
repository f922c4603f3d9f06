# Switches warnings off, and makes some of its own.
import warnings

import numpy as np

warnings.filterwarnings('ignore')
warnings.warn('nobody sees this')
with np.errstate(all='ignore'):
    np.float32(1) / np.float32(0)
