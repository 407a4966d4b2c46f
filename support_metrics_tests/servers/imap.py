"""A small IMAP4rev1 server on loopback: what a client that only reads needs, from folders that can be changed while they are read."""

from __future__ import annotations

import re
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

USER, PASSWORD = "support@acme.example.org", 'marked imap "password\\'
# What goes wrong at a command, once: the connection breaks, or another answer is given. `NO` and `BAD` are sent with the command's tag.
FAULTS = ("reset", "silence", "truncated", "garbled", "BYE", "NO [UNAVAILABLE] later", "BAD what?")


class Folder:
    """Messages by UID. `add` gives each the next one; a `validity` that changes makes all of them new."""

    def __init__(self, messages: Iterable[bytes] = (), validity: int = 11) -> None:
        self.validity, self.next_uid = validity, 1
        self.messages: dict[int, bytes] = {}
        for message in messages:
            self.add(message)

    def add(self, message: bytes) -> None:
        self.messages[self.next_uid] = message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        self.next_uid += 1


class Imap:
    """`asked` holds every command but for what comes after LOGIN; `faults` maps the number of a command, from 0, to what goes wrong there."""

    def __init__(self, folders: dict[str, Folder]) -> None:
        self.folders = folders
        self.password = PASSWORD
        self.asked: list[str] = []
        self.faults: dict[int, str] = {}
        self.before: Callable[[int, str], None] = lambda number, command: None
        self.withheld: set[int] = set()
        self.port = 0
        self.released = threading.Event()
        self.lock = threading.RLock()

    def answer(self, session: dict[str, str], command: str) -> tuple[bytes, str]:
        """The untagged lines and what follows the tag."""
        verb, _, rest = command.partition(" ")
        if verb == "UID":
            verb, _, rest = rest.partition(" ")
        if verb == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n", "OK"
        if verb == "LOGIN":
            escaped = self.password.replace("\\", "\\\\").replace('"', '\\"')
            return b"", "OK" if rest == f'{USER} "{escaped}"' else "NO [AUTHENTICATIONFAILED] Invalid credentials"
        if verb == "EXAMINE":
            return self._examine(session, rest)
        folder = self.folders.get(session.get("folder", ""))
        if folder and verb == "SEARCH":
            found = " ".join(str(uid) for uid in folder.messages if _within(uid, rest.removeprefix("UID "), folder))
            return f"* SEARCH {found}".rstrip().encode() + b"\r\n", "OK"
        if folder and verb == "FETCH":
            return self._fetch(folder, rest), "OK"
        if verb == "LOGOUT":
            return b"* BYE see you\r\n", "OK"
        return b"", "BAD not here"

    def _examine(self, session: dict[str, str], name: str) -> tuple[bytes, str]:
        folder = self.folders.get(name.strip('"'))
        if folder is None:
            return b"", f"NO [NONEXISTENT] there is no {name}"
        session["folder"] = name.strip('"')
        lines = (
            f"* {len(folder.messages)} EXISTS", "* 0 RECENT", f"* OK [UIDVALIDITY {folder.validity}] valid",
            f"* OK [UIDNEXT {folder.next_uid}] next",
        )  # fmt: skip
        return "".join(f"{line}\r\n" for line in lines).encode(), "OK [READ-ONLY]"

    def _fetch(self, folder: Folder, rest: str) -> bytes:
        wanted, _, items = rest.partition(" ")
        lines = [b"* 1 FETCH (FLAGS (\\Seen))\r\n"]  # a server may tell of other things at any time
        for number, (uid, message) in enumerate(sorted(folder.messages.items()), 1):
            if any(_within(uid, part, folder) for part in wanted.split(",")):
                if "SIZE" in items:
                    lines.append(f"* {number} FETCH (UID {uid} RFC822.SIZE {len(message)})\r\n".encode())
                elif uid in self.withheld:
                    continue
                elif uid % 2:
                    lines.append(f"* {number} FETCH (UID {uid} BODY[] {{{len(message)}}}\r\n".encode() + message + b")\r\n")
                else:
                    lines.append(f"* {number} FETCH (BODY[] {{{len(message)}}}\r\n".encode() + message + f" UID {uid})\r\n".encode())
        return b"".join(lines)


def _within(uid: int, part: str, folder: Folder) -> bool:
    """Whether a UID is in `7` or `3:9`; as the standard has it, the ends may stand in either order and `*` is the last there is."""
    ends = [max(folder.messages, default=0) if end == "*" else int(end) for end in part.split(":")]
    return min(ends) <= uid <= max(ends)


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        imap, session = self.server.imap, dict[str, str]()
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline():
            tag, _, command = line.decode().rstrip("\r\n").partition(" ")
            with imap.lock:
                number = len(imap.asked)
                imap.asked.append("LOGIN" if command.startswith("LOGIN") else command)
                imap.before(number, command)
                untagged, status = imap.answer(session, command)
                fault = imap.faults.pop(number, "")
            sent = untagged + f"{tag} {status} done\r\n".encode()
            if fault == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if fault == "silence":
                imap.released.wait()
                return
            if fault == "truncated":
                self.wfile.write(sent[: len(sent) // 2])
                return
            if fault == "BYE":
                self.wfile.write(b"* BYE going down\r\n")
                return
            if fault == "garbled":
                sent = b"\x00\xff" + sent[::-1] + b"\r\n"
            elif fault:
                sent = f"{tag} {fault}\r\n".encode()
            self.wfile.write(sent)
            if command == "LOGOUT":
                return


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, imap: Imap) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.imap = imap

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone is no error here."""


@contextmanager
def serving_imap(imap: Imap) -> Iterator[int]:
    """Serve on a free loopback port while the context lasts; yields the port."""
    server = _Server(imap)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    imap.port = server.server_address[1]
    try:
        yield imap.port
    finally:
        imap.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def from_mbox(path: Path) -> list[bytes]:
    """The messages of an mbox file, as a server would hold them."""
    parts = re.split(rb"(?:\A|\n)From \S.*\d{4}\n", path.read_bytes().removesuffix(b"\n"))[1:]
    return [re.sub(rb"(?m)^>(>*From )", rb"\1", part) for part in parts]


def demo(folders: Sequence[Path]) -> Imap:
    """The demo's mailbox: every message of its dated folders, once."""
    return Imap({"INBOX": Folder(dict.fromkeys(message for folder in folders for message in from_mbox(folder / "support.mbox")))})
