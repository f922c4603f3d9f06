# The file is empty.
# says: no function gelu

