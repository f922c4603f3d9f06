# Handles Ctrl-C, and says goodbye.
import atexit
import faulthandler
import signal

faulthandler.enable()
atexit.register(print, 'bye')
signal.signal(signal.SIGINT, signal.default_int_handler)
