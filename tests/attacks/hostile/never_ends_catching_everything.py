# Never returns, and catches whatever might interrupt it.
# says: had not answered
def gelu(x):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
