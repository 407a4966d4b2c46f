"""What is written to people, received on loopback: Slack's posting methods, and an SMTP server."""

from __future__ import annotations

import asyncio
import email
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from functools import partial
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from support_metrics_tests.servers.base import Api, Asked, Reply

TOKEN = "xoxb-posting-token"
PASSWORD = "smtp-password"


class SlackPosts(Api):
    """A workspace with one channel, C1, which the app is in. `refusals` maps a method to the word it is refused with."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self.files: dict[str, dict[str, Any]] = {}
        self.refusals: dict[str, str] = {}
        self.page = 999

    @property
    def shown(self) -> list[dict[str, Any]]:
        """Files shown in the channel."""
        return [each for each in self.files.values() if each.get("channel")]

    def reply(self, asked: Asked) -> Reply:
        if asked.path.startswith("/upload/"):
            self.files[asked.path.rpartition("/")[2]]["content"] = asked.given["body"].encode("latin-1")
            return Reply("OK", headers={"Content-Type": "text/plain"})
        method = asked.path.rpartition("/")[2]
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply({"ok": False, "error": "invalid_auth"})
        if method in self.refusals:
            return Reply({"ok": False, "error": self.refusals[method], "needed": "chat:write"})
        if asked.given.get("channel", asked.given.get("channel_id", "C1")) != "C1":
            return Reply({"ok": False, "error": "channel_not_found"})
        answer: dict[str, Any] = {"ok": True}
        if method == "chat.postMessage":
            at = self.date() + timedelta(microseconds=len(self.messages))
            self.messages.append(json.loads(asked.given["json"]) | {"ts": f"{at.timestamp():.6f}"})
            answer |= {"channel": "C1", "ts": self.messages[-1]["ts"]}
        elif method == "conversations.history":
            answer |= self._history(asked.given)
        elif method == "files.getUploadURLExternal":
            name = f"F{len(self.files)}"
            self.files[name] = {"name": asked.given["filename"], "alt": asked.given.get("alt_txt"), "length": int(asked.given["length"])}
            answer |= {"upload_url": f"{self.address}/upload/{name}", "file_id": name}
        elif method == "files.completeUploadExternal":
            files = json.loads(asked.given["files"])
            for each in files:
                self.files[each["id"]] |= {"channel": asked.given.get("channel_id"), "title": each.get("title")}
            answer |= {"files": [{"id": each["id"], "title": each.get("title")} for each in files]}
        else:
            return Reply({"ok": False, "error": "unknown_method"})
        return Reply(answer)

    def _history(self, given: Mapping[str, str]) -> dict[str, Any]:
        """The newest first, a page at a time, of the span asked for."""
        oldest, latest = float(given.get("oldest", 0)), float(given.get("latest", "inf"))
        found = [each for each in self.messages[::-1] if oldest < float(each["ts"]) <= latest]
        first = int(given.get("cursor", 0))
        last = first + min(int(given.get("limit", 100)), self.page)
        return {
            "messages": found[first:last],
            "has_more": last < len(found),
            "response_metadata": {"next_cursor": str(last) if last < len(found) else ""},
        }


class Mailbox:
    """The mails that were taken, with their envelopes; `refused` recipients are answered as it says.

    It can hang up when it has taken one, refuse those it was given, or say something else to DATA or QUIT.
    """

    def __init__(self) -> None:
        self.hangs_up, self.verdict, self.farewell = False, "250 taken", "221 Bye"
        self.refused = {"nobody@example.com": "550 no such user"}
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.verdict[0] in "45":
            return self.verdict
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        self.recipients.append(envelope.rcpt_tos)
        if self.hangs_up:
            server.transport.abort()
        return self.verdict

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:
        return self.farewell


@contextmanager
def receiving() -> Iterator[Mailbox]:
    """An SMTP server on a free loopback port, which wants a user and PASSWORD."""
    box = Mailbox()

    def known(server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)

    loop = asyncio.new_event_loop()
    make = partial(SMTP, box, authenticator=known, auth_require_tls=False, loop=loop)
    server = loop.run_until_complete(loop.create_server(make, "127.0.0.1", 0))
    box.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        talks = asyncio.all_tasks(loop)
        for talk in talks:
            talk.cancel()
        loop.run_until_complete(asyncio.wait(talks) if talks else asyncio.sleep(0))
        loop.close()
