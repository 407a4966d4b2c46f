"""The payload in landing: canonical JSON, so that equal objects are equal bytes wherever they came from."""

from __future__ import annotations

import re
from typing import Any

import msgspec

_encode = msgspec.json.Encoder(order="sorted").encode
# Slack signs file links with t=xox…, GitHub private images with jwt=…, object stores with X-Amz-…; all change at every fetch.
_VALUE = rb"[\w%~+/=.:-]*[\w%~+/=-]"
_PARAMETER = rb"(?:(?:t|token)=xox[a-z]-" + _VALUE + rb"|jwt=" + _VALUE + rb"|X-Amz-[A-Za-z-]+=" + _VALUE + rb")"
_TOKENS = re.compile(rb"(\?|&(?:amp;)?)" + _PARAMETER + rb"(?:&(?:amp;)?" + _PARAMETER + rb")*(&(?:amp;)?(?=[\w.-]+=))?")


MARKS = ("xox", "jwt=", "X-Amz-")  # nothing without one of these holds a token


def encode(payload: Any) -> bytes:
    """The payload as JSON: keys sorted, no spaces, numbers verbatim."""
    return _encode(payload)


def without_tokens(encoded: bytes) -> bytes:
    """The same without the token parameters of URLs."""
    return _TOKENS.sub(lambda tokens: tokens[1] if tokens[2] else b"", encoded)


def canonical(payload: Any) -> bytes:
    """The payload as canonical JSON: keys sorted, no spaces, numbers verbatim, token parameters of URLs removed."""
    return without_tokens(_encode(payload))
