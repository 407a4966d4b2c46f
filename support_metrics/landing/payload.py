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


def canonical(payload: Any) -> bytes:
    """The payload as canonical JSON: keys sorted, no spaces, numbers verbatim, token parameters of URLs removed."""
    encoded = _encode(payload)
    if b"xox" in encoded or b"jwt=" in encoded or b"X-Amz-" in encoded:
        encoded = _TOKENS.sub(lambda tokens: tokens[1] if tokens[2] else b"", encoded)
    return encoded
