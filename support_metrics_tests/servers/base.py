"""A loopback server: routes, a log of what was asked, and faults at chosen requests."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it came: headers with lower-case names; the query and a form's or JSON body as one mapping.

    Any other body is `body`, a character for each byte.
    """

    method: str
    path: str
    given: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """What is sent back. A `body` that is neither bytes nor text is sent as JSON."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


# A fault is given the sound reply and returns another, or one of these two.
RESET, SILENCE = "reset", "silence"
FORM = "application/x-www-form-urlencoded"
Fault = Callable[[Reply], Reply | str]


def refused(status: int, body: Any = None, **headers: str) -> Fault:
    """An error status with its body; header names take `_` for `-`."""
    said = {"message": "refused"} if body is None else body
    return lambda _: Reply(said, status, {name.replace("_", "-"): value for name, value in headers.items()})


def truncated(reply: Reply) -> Reply:
    """Sound JSON cut in the middle, with a length that fits what is sent."""
    return Reply(reply.encoded()[: max(len(reply.encoded()) // 2, 1)], reply.status, reply.headers)


def garbled(reply: Reply) -> Reply:
    return Reply(b"\x00\xff" + reply.encoded()[::-1], reply.status, reply.headers)


def html(reply: Reply) -> Reply:
    return Reply("<!doctype html><title>Unicorn!</title>", 200, {**reply.headers, "Content-Type": "text/html"})


def reset(reply: Reply) -> str:
    """The connection is reset before any answer."""
    return RESET


def silence(reply: Reply) -> str:
    """No answer ever: the client's own time-out has to end it."""
    return SILENCE


TRANSIENT: Mapping[str, Fault] = {
    "500": refused(500),
    "502": refused(502),
    "503": refused(503, Retry_After="0"),
    "429": refused(429),
    "429 with Retry-After": refused(429, Retry_After="0"),
    "reset": reset,
    "silence": silence,
    "truncated": truncated,
    "garbled": garbled,
    "html": html,
}
PERMANENT: Mapping[str, Fault] = {"401": refused(401), "403": refused(403), "404": refused(404), "409": refused(409), "422": refused(422)}


class Api:
    """What a server answers. Subclasses answer `reply`; `before` runs before each request and may move the world on.

    `date` is the server's clock, sent as the Date header. `faults` maps the number of a request, from 0, to what goes wrong there, once.
    """

    def __init__(self, date: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.date = date
        self.asked: list[Asked] = []
        self.faults: dict[int, Fault] = {}
        self.before: Callable[[int, Asked], None] = lambda number, asked: None
        self.released = threading.Event()
        self.address = ""
        self._lock = threading.RLock()

    def reply(self, asked: Asked) -> Reply:
        raise NotImplementedError

    def handle(self, asked: Asked) -> Reply | str:
        with self._lock:
            number = len(self.asked)
            self.asked.append(asked)
            self.before(number, asked)
            reply = self.reply(asked)
            fault = self.faults.pop(number, None)
            return fault(reply) if fault else reply

    def paths(self) -> list[str]:
        """What was asked, as `METHOD path`, in order."""
        return [f"{asked.method} {asked.path}" for asked in self.asked]


@contextmanager
def serving(api: Api) -> Iterator[str]:
    """Serve on a free loopback port while the context lasts; yields the address, `http://127.0.0.1:<port>`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    api.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield api.address
    finally:
        api.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(api: Api) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body in one packet: in two, the second waits 40 ms for the first to be acknowledged

        def _answer(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, url.path, {**dict(parse_qsl(url.query)), **_form(self.rfile.read(length), headers)}, headers)
            outcome = api.handle(asked)
            if outcome == RESET:
                # Lingering for no time makes closing send RST instead of FIN.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.close()
                return
            if outcome == SILENCE:
                api.released.wait()
                self.close_connection = True
                return
            assert isinstance(outcome, Reply)
            body = b"" if outcome.status in (204, 304) else outcome.encoded()
            self.send_response_only(outcome.status)
            self.send_header("Date", format_datetime(api.date(), usegmt=True))
            for name, value in {"Content-Type": "application/json; charset=utf-8", **outcome.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _answer

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: `asked` is the log."""

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, ValueError, OSError):
                self.close_connection = True

    return Handler


def _form(body: bytes, headers: Mapping[str, str]) -> dict[str, str]:
    if not body:
        return {}
    if headers.get("content-type", "").startswith("application/json"):
        value = json.loads(body)
        return {"json": body.decode(), **({key: str(each) for key, each in value.items()} if isinstance(value, dict) else {})}
    if headers.get("content-type", FORM).startswith(FORM) and b"=" in body and body.isascii():
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    return {"body": body.decode("latin-1")}
