# Takes all memory while the file is loaded.
# says: MemoryError.*memory
everything = bytearray(10**12)
