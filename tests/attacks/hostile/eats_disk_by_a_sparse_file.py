# Makes one file of a terabyte that has no bytes in it.
# says: OSError|File too large|SIG
def gelu(x):
    with open('sparse', 'wb') as file:
        file.seek(1 << 40)
        file.write(b'x')
    return x
