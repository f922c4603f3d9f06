# Tests itself with numpy.testing when it is loaded.
# after
# step: 2,5
import numpy.testing

numpy.testing.assert_allclose(softmax(np.ones((2, 4))), 0.25)
np.testing.assert_array_equal(causal_mask(1), [[0]])
