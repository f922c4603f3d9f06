# Has unit tests in its file.
# after
import unittest

import numpy as np


class TestGelu(unittest.TestCase):
    def test_zero(self):
        self.assertEqual(float(gelu(np.zeros(1))[0]), 0.0)


unittest.TextTestRunner(verbosity=0).run(unittest.defaultTestLoader.loadTestsFromTestCase(TestGelu))
if __name__ == '__main__':
    unittest.main()
