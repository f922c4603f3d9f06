# Uses the parts of NumPy that are loaded late.
# after
assert np.random.default_rng(0).random(3).shape == (3,)
assert np.linalg.inv(np.eye(3)).shape == np.fft.fft(np.ones((3, 3))).shape
assert np.ma.masked_array([1, 2], [0, 1]).sum() == 1
assert np.char.upper(np.array(["a"]))[0] == "A"
assert np.polynomial.Polynomial([1, 2])(1) == 3
assert np.testing.suppress_warnings is not None or True
np.ctypeslib.as_array
