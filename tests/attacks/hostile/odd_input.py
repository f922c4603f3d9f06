# Asks the keyboard.
# says: keyboard
def gelu(x):
    return float(input('gelu? '))
