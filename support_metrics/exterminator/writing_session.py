"""GitHub's session of the sources, with writes: one attempt each, and every refusal turned into what can be done about it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from support_metrics.errors import PostingError, SourceError
from support_metrics.sources.calls import Answer, hide
from support_metrics.sources.github.session import CONNECT_TIMEOUT, READ_TIMEOUT, Session

MAY_WRITE = "give the token write access to Issues of this repository (docs/exterminator.md)"
_SAID = 200


class WriteRefused(PostingError):
    """The token may not write this."""


class IssueLocked(WriteRefused):
    """The issue takes no comment from this token as long as it is locked."""


class WritingSession(Session):
    """A Session that may write, too. One attempt each."""

    def _secret(self, variable: str, what: str) -> str:
        value = os.environ.get(variable, "").strip()
        if not value:
            raise SourceError(f"the environment holds no {variable} ({what})", f"set {variable}; docs/exterminator.md says what it may do")
        self._secrets.add(value)
        return value

    def send(self, verb: str, path: str, name: str, body: Mapping[str, Any] | None = None) -> Answer:
        """The answer to a write, without its content. Raises TryAgain where it may have been lost, and what `_refusal` says."""
        self._connection.timeout = (CONNECT_TIMEOUT, READ_TIMEOUT)  # type: ignore[assignment]
        self._request(path, name, {"Accept": "application/vnd.github+json"}, verb, body and dict(body))
        response = self._connection.kept  # type: ignore[attr-defined]
        said = {key.lower(): value for key, value in response.headers.items()}
        if response.status_code not in (200, 201, 204):
            raise self._refused_write(response.status_code, said, _message(response.content), name)
        return Answer(response.status_code, said, None)

    def _refused_write(self, status: int, headers: Mapping[str, str], said: str, name: str) -> Exception:
        """What to raise for a refused write: rate limits are waited for, as in reading, and a missing permission is that to write."""
        error = self._refusal(status, headers, said, name)
        if status != 403 or type(error) is not SourceError or "x-github-sso" in headers:
            return error
        if "locked" in said.lower():
            return IssueLocked(
                f"github: {name}: the issue is locked", "unlock it on GitHub, or let someone comment who may write to the repository"
            )
        return WriteRefused(f"github: {name}: the token may not write this ({hide(said, self._secrets)[:_SAID] or status})", MAY_WRITE)


def _message(content: bytes) -> str:
    """What GitHub says of a refusal."""
    try:
        value = json.loads(content)
    except ValueError:
        return ""
    return str(value.get("message") or "") if isinstance(value, dict) else ""
