# Never returns: a loop without an end.
# says: stopped.*had not answered|did not answer
def gelu(x):
    while True:
        pass
