"""Runs a plugin's code so that nothing it raises ends the program, except the user's Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import ExitStack, redirect_stdout
from types import FrameType
from typing import Self


class Guarded:
    """Keeps what a block raises as its `error`, SystemExit and KeyboardInterrupt too.

    A KeyboardInterrupt that the user caused goes through, also where the block swallowed it. What
    the block prints goes to stderr, since stdout is for programs to read.
    """

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self._pressed = False
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(redirect_stdout(sys.stderr))
        self._watch()
        return self

    def __exit__(self, _: object, error: BaseException | None, *__: object) -> bool:
        self._stack.close()
        if self._pressed:
            raise KeyboardInterrupt
        self.error = error
        return True

    def _watch(self) -> None:
        """Note SIGINT until the block ends; a handler that the block sets is taken off again.

        Only the main thread is interrupted, and only where SIGINT has a handler of Python's.
        """
        before = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or not callable(before):
            return
        handler = before

        def note(number: int, frame: FrameType | None) -> None:
            self._pressed = True
            handler(number, frame)

        signal.signal(signal.SIGINT, note)
        self._stack.callback(signal.signal, signal.SIGINT, before)
