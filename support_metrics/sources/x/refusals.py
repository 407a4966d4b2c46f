"""What X means when it refuses (https://docs.x.com/x-api/fundamentals/response-codes-and-errors)."""

from __future__ import annotations

import json

from support_metrics.errors import PlaceMissing, SourceError, SourceUnavailable
from support_metrics.sources.calls import Answer

WRONG_ADDRESS = "correct x.account_id and x.api_url"
MENDS = {
    401: "copy the app's bearer token again (Keys and tokens, in X's developer console) into X_BEARER_TOKEN",
    403: "see in X's developer console that the app may read posts: its plan or credits must include that",
    404: WRONG_ADDRESS,
}
# Direct messages are private: only a token of the account itself reads them.
USER_TOKEN = "put a user access token of the brand's account, with the scopes dm.read, tweet.read and users.read, into X_USER_TOKEN"
USER_MENDS = {
    401: f"{USER_TOKEN}; such tokens last two hours, so make one anew before each refresh",
    403: f"{USER_TOKEN}; the app's plan or credits must include direct messages",
    404: WRONG_ADDRESS,
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
            "x: direct messages are refused to an app's token (403 unsupported-authentication)",
            f"{USER_TOKEN}, or turn x.direct_messages off; posts land all the same",
        )
    if kind == "usage-capped":
        return SourceUnavailable(
            "x: the plan's posts of this month are used up", "nothing is lost; wait for the next month, or take a larger plan"
        )
    if answer.status == 402:
        return SourceUnavailable("x: the account's credits are used up", "nothing is lost; add credits in X's developer console")
    if kind == "client-forbidden":
        return SourceError(
            "x: the app belongs to no project whose plan includes this (403 client-forbidden)",
            "put the app into a project, in X's developer console, whose plan or credits include it",
        )
    return None


def _missing(body: dict[str, object]) -> Exception | None:
    """X answers 200 for an account that does not exist, with the reason beside the data that is not there."""
    errors = body.get("errors")
    for error in errors if isinstance(errors, list) else []:
        if isinstance(error, dict) and error.get("resource_type") == "user" and error.get("parameter") == "id":
            return PlaceMissing("x.account_id: X knows no such account, or shows it to nobody", "correct x.account_id, a numeric id")
    return None
