# gelu is a number.
# says: is an int, not a function
gelu = 3
