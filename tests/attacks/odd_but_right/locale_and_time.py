# Sets a locale, and tells the time.
import datetime
import locale
import time

try:
    locale.setlocale(locale.LC_ALL, '')
except locale.Error:
    pass
_start = time.perf_counter()
time.sleep(0.001)
print(f'{time.perf_counter() - _start:.3f} s, {datetime.datetime.now():%Y-%m-%d}', time.process_time())
