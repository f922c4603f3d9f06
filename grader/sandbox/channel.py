"""The judge's ends of a worker's three pipes: requests out, replies in, and what the student prints.

Nothing here waits past a deadline or keeps more than its caps, whatever comes out of the pipes.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import threading
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from grader.sandbox.wire import PREFIX, WireError, clean, frame_lengths

CHUNK = 1 << 16
WATCH_S = 0.02  # a fast disk takes 60 MiB in it
SHORT_MS = 3


class Closed(Exception):
    """The other end is closed."""


class DeadlinePassed(Exception):
    """No whole frame came in time."""


class Output:
    """What a student's code printed, cut into calls at the worker's marks, capped at both ends.

    Args:
        keep: bytes kept of each call, half from the beginning and half from the end.
        mark: what the worker writes after each call.
    """

    def __init__(self, keep: int, mark: bytes):
        self._half = keep // 2
        self._mark = mark
        self._open = b""  # the last bytes, which may hold the beginning of a mark
        self._head, self._tail, self._count = b"", b"", 0
        self._done: deque[str] = deque()

    def feed(self, data: bytes) -> None:
        data = self._open + data
        while (at := data.find(self._mark)) >= 0:
            self._keep(data[:at])
            self._done.append(self._text())
            data = data[at + len(self._mark) :]
        rest = max(0, len(data) - len(self._mark) + 1)
        self._keep(data[:rest])
        self._open = data[rest:]

    @property
    def ready(self) -> bool:
        return bool(self._done)

    def take(self) -> str:
        """What the oldest call printed; without a mark, everything so far."""
        if self._done:
            return self._done.popleft()
        self._keep(self._open)
        self._open = b""
        return self._text()

    def _keep(self, data: bytes) -> None:
        self._count += len(data)
        room = self._half - len(self._head)
        self._head += data[:room]
        if len(data) > room:
            self._tail = (self._tail + data[room:][-self._half :])[-self._half :]

    def _text(self) -> str:
        cut = self._count - len(self._head) - len(self._tail)
        note = f"\n[… {cut:,} bytes more …]\n".encode() if cut else b""
        whole = (self._head + note + self._tail).decode("utf-8", "replace")
        self._head, self._tail, self._count = b"", b"", 0
        return clean(whole.replace("\r\n", "\n"), len(whole))


class PollChannel:
    """The pipes where they can be polled (Linux, macOS)."""

    def __init__(self, request: int, reply: int, output: int, printed: Output):
        self._request, self._reply, self._output = request, reply, output
        self.printed = printed
        self._unsent: deque[memoryview] = deque()
        self._got = bytearray()
        self._watched = monotonic()
        self._poll = select.poll()
        for fd in (request, reply, output):
            os.set_blocking(fd, False)
        for fd in (reply, output):
            self._poll.register(fd, select.POLLIN)
        self._replies = select.poll()
        self._replies.register(reply, select.POLLIN)

    def send(self, pieces: Sequence[Any]) -> None:
        """Send a frame, as far as the worker takes it; the rest goes while a reply is awaited."""
        self._unsent.extend(memoryview(piece).cast("B") for piece in pieces if len(piece))
        self._push()

    def receive(
        self, deadline: float, max_body: int, watch: Callable[[], None] = lambda: None
    ) -> tuple[bytes, bytes]:
        """The next frame, as header and body.

        Args:
            deadline: on the clock of time.monotonic.
            max_body: bytes.
            watch: called fifty times a second meanwhile; it may raise.
        Raises:
            DeadlinePassed, Closed, WireError
        """
        lengths = None
        # Most calls are short: what they print is read after their reply, and wakes nobody before it.
        if not self._got and not self._unsent and self._replies.poll(SHORT_MS):
            self._take_reply()
        while True:
            if lengths is None and len(self._got) >= PREFIX.size:
                lengths = frame_lengths(bytes(self._got[: PREFIX.size]), max_body)
            if lengths and len(self._got) >= PREFIX.size + sum(lengths):
                begin, end = PREFIX.size + lengths[0], PREFIX.size + sum(lengths)
                header, body = bytes(self._got[PREFIX.size : begin]), bytes(self._got[begin:end])
                del self._got[:end]
                return header, body
            now = monotonic()
            if now >= deadline:
                raise DeadlinePassed
            if now - self._watched >= WATCH_S:  # even if one short call follows another
                self._watched = now
                watch()
            self._step(min(deadline, self._watched + WATCH_S) - now)

    def _step(self, seconds: float) -> None:
        for fd, event in self._poll.poll(max(1, 1000 * seconds)):
            if fd == self._reply:
                self._take_reply()
            elif fd == self._output:
                data = self._read(fd, CHUNK)
                if data == b"" or event & select.POLLNVAL:
                    self._poll.unregister(fd)
                self.printed.feed(data or b"")
            else:
                self._push()

    def _take_reply(self) -> None:
        data = self._read(self._reply, CHUNK)
        if data == b"":
            raise Closed
        self._got += data or b""

    def _push(self) -> None:
        try:
            while self._unsent:
                view = self._unsent.popleft()
                sent = os.write(self._request, view)
                if sent < len(view):
                    self._unsent.appendleft(view[sent:])
        except BlockingIOError:
            self._unsent.appendleft(view)
            self._poll.register(self._request, select.POLLOUT)
            return
        except OSError:  # the worker has gone: the reply's end will say so
            self._unsent.clear()
        with contextlib.suppress(KeyError):
            self._poll.unregister(self._request)

    def linger(self, seconds: float) -> bytes:
        """What comes on the reply's pipe after a call was broken off: where the code was, as text."""
        deadline = monotonic() + seconds
        while len(self._got) < CHUNK and monotonic() < deadline:
            data = self._read(self._reply, CHUNK)
            self._got += data or b""
            dying = self._got.startswith(b"Fatal Python error")
            traced = b'  File "' in self._got and self._got.endswith(b"\n")
            if data == b"" or (data is None and traced and not dying):
                break
            if data is None:
                select.select([self._reply], [], [], 0.005)
        return bytes(self._got[:CHUNK])

    def settle(self) -> str:
        """What the call printed that was just answered (or broken off)."""
        for _ in range(64):
            if self.printed.ready:
                break
            data = self._read(self._output, CHUNK)
            if not data:
                break
            self.printed.feed(data)
        return self.printed.take()

    @staticmethod
    def _read(fd: int, size: int) -> bytes | None:
        try:
            return os.read(fd, size)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def close(self) -> None:
        for fd in (self._request, self._reply, self._output):
            os.close(fd)


class ThreadChannel:
    """The pipes where they cannot be polled (Windows): a thread waits at each end."""

    def __init__(self, request: int, reply: int, output: int, printed: Output):
        self._fds = (request, reply, output)
        self.printed = printed
        self._lock = threading.Lock()
        self._marked = threading.Event()
        self._out: queue.SimpleQueue[Sequence[Any] | None] = queue.SimpleQueue()
        self._in: queue.SimpleQueue[tuple[bytes, bytes] | Exception] = queue.SimpleQueue()
        self._max_body = 0
        self._rest = b""
        self._want = threading.Semaphore(0)
        self._over = False
        self._threads = [
            threading.Thread(target=work, daemon=True)
            for work in (self._write_all, self._read_frames, self._read_output)
        ]
        for thread in self._threads:
            thread.start()

    def send(self, pieces: Sequence[Any]) -> None:
        self._out.put(pieces)

    def receive(
        self, deadline: float, max_body: int, watch: Callable[[], None] = lambda: None
    ) -> tuple[bytes, bytes]:
        """As PollChannel.receive."""
        self._max_body = max_body
        self._want.release()
        while True:
            left = deadline - monotonic()
            if left <= 0:
                raise DeadlinePassed
            try:
                got = self._in.get(timeout=min(left, WATCH_S))
            except queue.Empty:
                watch()
                continue
            if isinstance(got, Exception):
                raise got
            return got

    def linger(self, seconds: float) -> bytes:
        """As PollChannel.linger: as much as came instead of a frame."""
        return self._rest

    def settle(self) -> str:
        self._marked.wait(0.2)
        with self._lock:
            text = self.printed.take()
            if not self.printed.ready:
                self._marked.clear()
        return text

    def _write_all(self) -> None:
        while (pieces := self._out.get()) is not None:
            try:
                for piece in pieces:
                    view = memoryview(piece).cast("B")
                    while len(view):
                        view = view[os.write(self._fds[0], view[:CHUNK]) :]
            except OSError:  # the worker has gone
                continue
        os.close(self._fds[0])

    def _read_frames(self) -> None:
        try:
            while self._is_wanted():
                self._rest = b""
                header, body = frame_lengths(self._exactly(PREFIX.size), self._max_body)
                self._in.put((self._exactly(header), self._exactly(body)))
        except (Closed, WireError) as error:
            with contextlib.suppress(OSError):
                self._rest += os.read(self._fds[1], CHUNK)
            self._in.put(error)
        except OSError:
            self._in.put(Closed())
        os.close(self._fds[1])

    def _is_wanted(self) -> bool:
        """Wait until a frame is asked for; False when none ever will be."""
        self._want.acquire()
        return not self._over

    def _exactly(self, size: int) -> bytes:
        parts, left = [], size
        while left:
            data = os.read(self._fds[1], min(left, 1 << 20))
            self._rest = data[:CHUNK]
            if not data:
                raise Closed
            parts.append(data)
            left -= len(data)
        return b"".join(parts)

    def _read_output(self) -> None:
        try:
            while data := os.read(self._fds[2], CHUNK):
                with self._lock:
                    self.printed.feed(data)
                    if self.printed.ready:
                        self._marked.set()
        except OSError:
            pass
        self._marked.set()
        os.close(self._fds[2])

    def close(self) -> None:
        """Let the threads end; each closes its own pipe. The worker must have been ended before."""
        self._over = True
        self._want.release()
        self._out.put(None)
        for thread in self._threads:
            thread.join(1)
