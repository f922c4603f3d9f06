# Opens files until there are no more descriptors.
# says: Too many open files
def gelu(x):
    files = []
    while True:
        files.append(open("/dev/null"))
