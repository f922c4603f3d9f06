# Raises a SyntaxError that points at another file and line.
# says: SyntaxError
def gelu(x):
    error = SyntaxError("look there")
    error.filename, error.lineno = "/etc/passwd", [1]
    error.msg = object()
    raise error
