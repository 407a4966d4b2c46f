"""What X means when it refuses (https://docs.x.com/x-api/fundamentals/response-codes-and-errors)."""

from __future__ import annotations

import json

from support_metrics.errors import PlaceMissing, SourceError, SourceUnavailable
from support_metrics.sources.calls import Answer

TOKEN = "make an access token for the brand's account in X's developer console and put it into X_BEARER_TOKEN"
MENDS = {
    401: f"{TOKEN}; user access tokens last two hours unless they are made anew",
    403: "use a token of the brand's own account with the scopes tweet.read, users.read and dm.read, in a project whose plan includes them",
    404: "correct x.account_id and x.api_url",
}


class Expired(Exception):
    """A page token that is no longer known: the listing has to begin anew."""


def refusal(answer: Answer) -> Exception | None:
    """What an answer means, where X says more than its status does."""
    body = answer.body if isinstance(answer.body, dict) else {}
    kind = str(body.get("type", "")).rpartition("/")[2]
    if answer.status == 200:
        return _missing(body) if "data" not in body else None
    if answer.status == 400 and "pagination_token" in json.dumps(body.get("errors"), default=str):
        return Expired()
    if kind == "unsupported-authentication":
        return SourceError(
            "x: direct messages are refused to an app-only token (403 unsupported-authentication)",
            "put a user access token of the brand's account, with the scope dm.read, into X_BEARER_TOKEN; "
            "posts have landed, and with `refresh` they go on doing so",
        )
    if kind == "usage-capped":
        return SourceUnavailable(
            "x: the plan's posts of this month are used up", "nothing is lost; wait for the next month, or take a larger plan"
        )
    if answer.status == 402:
        return SourceUnavailable("x: the account's credits are used up", "nothing is lost; add credits in X's developer console")
    if kind == "client-forbidden":
        return SourceError("x: the app belongs to no project whose plan includes this (403 client-forbidden)", MENDS[403])
    return None


def _missing(body: dict[str, object]) -> Exception | None:
    """X answers 200 for an account that does not exist, with the reason beside the data that is not there."""
    errors = body.get("errors")
    for error in errors if isinstance(errors, list) else []:
        if isinstance(error, dict) and error.get("resource_type") == "user" and error.get("parameter") == "id":
            return PlaceMissing("x.account_id: X knows no such account, or shows it to nobody", "correct x.account_id, a numeric id")
    return None
