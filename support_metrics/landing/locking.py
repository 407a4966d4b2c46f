"""Who may use what was landed at the same time: many side by side, but nobody while somebody is being forgotten.

Landing a unit, building and reporting each hold the landing zone `shared`; forgetting holds it `alone`. The lock is the operating system's,
on the folder itself: it leaves no file behind, and goes with the process that held it. Within a process it may be taken again and again.

Files of the team that more than one command changes are changed by whoever holds their folder `alone`.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass
class _Hold:
    """How this process holds a folder: how often, and which thread does where it is alone."""

    descriptor: int | None
    times: int = 0
    alone: int | None = None


_holds: dict[Path, _Hold] = {}
_changed = threading.Condition()


@contextlib.contextmanager
def shared(root: Path) -> Iterator[None]:
    """Use what was landed together with others; waits while somebody is being forgotten."""
    with _held(root, fcntl.LOCK_SH, lambda: None):
        yield


@contextlib.contextmanager
def alone(root: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Use what was landed alone; `waiting` is called where others have to end first. Not to be asked for by who holds it `shared`."""
    with _held(root, fcntl.LOCK_EX, waiting):
        yield


@contextlib.contextmanager
def _held(root: Path, how: int, waiting: Callable[[], None]) -> Iterator[None]:
    root = root.absolute()
    me = threading.get_ident()
    with _changed:
        while (hold := _holds.get(root)) and hold.alone != me and (hold.alone or how == fcntl.LOCK_EX):
            _changed.wait()
        if hold is None:
            hold = _holds[root] = _Hold(_locked(root, how, waiting), alone=me if how == fcntl.LOCK_EX else None)
        hold.times += 1
    try:
        yield
    finally:
        with _changed:
            hold.times -= 1
            if not hold.times:
                del _holds[root]
                if hold.descriptor is not None:
                    os.close(hold.descriptor)
            _changed.notify_all()


def _locked(root: Path, how: int, waiting: Callable[[], None]) -> int | None:
    """The open folder, locked; None where there is no folder to lock, or its file system knows no locks: then there is nobody to wait for."""
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(descriptor, how)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
