# gelu is an object that can be called.
# after
class _Gelu:
    def __call__(self, x):
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


gelu = _Gelu()
