# The file never finishes loading.
# says: had not answered|finish loading
while True:
    pass
