"""JSON exactly as received: numbers keep their digits, a damaged file is refused whole, a damaged record is set aside."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import msgspec

from support_metrics.errors import SourceError
from support_metrics.sources.base import Damaged, Record
from support_metrics.sources.lines import Place, Spot, Text, each_of

AGAIN = "export or fetch it again and replace the file; nothing of it was landed"
LINES = (".jsonl", ".ndjson")

_decode = msgspec.json.Decoder(float_hook=lambda digits: msgspec.Raw(digits.encode())).decode
_encode = msgspec.json.Encoder().encode
# The integer -0 would come back as 0; it is so rare that a look-alike inside a string may cost the slow way.
_NEGATIVE_ZERO = re.compile(rb"-0[\s,}\]]|-0\Z").search
_NOT_A_NUMBER = re.compile(r"(?<![\w\"])-?(?:NaN|Infinity)(?![\w\"])")
_LONGEST_INTEGER = 4000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_PAGE = ("data", "items", "includes", "users", "tweets")


class Unusable(NamedTuple):
    """Stands in a decoded file for a record that cannot be kept, although the file around it is sound."""

    reason: str


class BadRecord(Exception):
    """Why one record of a sound file has to be set aside."""


# Decoding


def decode(data: bytes, name: str, line: int = 1) -> Any:
    """The JSON value in `data`; numbers other than plain integers are `msgspec.Raw`, so that encoding repeats their digits.

    Records holding half a surrogate pair become `Unusable`. Raises SourceError with `name`, line (counted from `line`) and
    column when the JSON is damaged.
    """
    if data[:3] == _BYTE_ORDER_MARK:
        data = data[3:]
    if not _NEGATIVE_ZERO(data):
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _decode(data)
    return _decode_carefully(data, name, line)


def _decode_carefully(data: bytes, name: str, line: int) -> Any:
    """The slow way, for what the fast one refuses: it knows where the damage is, and takes what is odd but sound."""
    if not data.strip():
        raise SourceError(f"{name}, line {line}: the file is empty", AGAIN)
    try:
        text = data.decode().rstrip()
    except UnicodeDecodeError as error:
        at = line + data.count(b"\n", 0, error.start)
        raise SourceError(f"{name}, line {at}: byte 0x{data[error.start]:02x} is not UTF-8", AGAIN) from error
    try:
        value = json.loads(text, parse_int=_integer, parse_float=_verbatim, parse_constant=_refuse_constant)
        return _set_aside(value)
    except json.JSONDecodeError as error:
        at, column = line + error.lineno - 1, error.colno
        if text.lstrip()[:1] == "<":
            raise SourceError(f"{name}, line {at}, column {column}: holds HTML or XML instead of JSON", AGAIN) from error
        what = "the JSON is cut short" if error.pos >= len(text) or "Unterminated" in error.msg else f"not valid JSON: {error.msg}"
        raise SourceError(f"{name}, line {at}, column {column}: {what}", AGAIN) from error
    except RecursionError as error:
        raise SourceError(f"{name}, line {line}: the JSON is nested too deeply", AGAIN) from error
    except ValueError as error:
        found = _NOT_A_NUMBER.search(text)
        at = line + text.count("\n", 0, found.start() if found else 0)
        raise SourceError(f"{name}, line {at}: not valid JSON: {error}", AGAIN) from error


def _verbatim(digits: str) -> msgspec.Raw:
    return msgspec.Raw(digits.encode())


def _integer(digits: str) -> int | msgspec.Raw:
    return _verbatim(digits) if digits == "-0" or len(digits) > _LONGEST_INTEGER else int(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _set_aside(value: Any) -> Any:
    """Replace the smallest records that cannot be written as UTF-8 by `Unusable`."""
    try:
        _encode(value)
        return value
    except UnicodeEncodeError:
        if isinstance(value, list):
            return [_set_aside(item) for item in value]
        if isinstance(value, dict) and any(isinstance(value.get(key), list | dict) for key in _PAGE):
            return {key: _set_aside(item) if key in _PAGE else item for key, item in value.items()}
        return Unusable("holds half of a surrogate pair, which is no character")


# Files of records


@contextlib.contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn the operating system's refusal to read into one clear error."""
    try:
        yield
    except OSError as error:
        raise SourceError(f"{name}: cannot be read: {error.strerror or error}", "make the file readable, or correct the setting") from error


def read_values(path: Path, name: str) -> Iterator[tuple[Place, Any]]:
    """Every value of a file of JSON lines, of one JSON array or of one object, with its place; arrays yield their items.

    JSON lines are read as a stream. Raises SourceError, naming file and line, when any of it is damaged.
    """
    with readable(name), path.open("rb") as file:
        lines = ((number, line) for number, line in enumerate(file, 1) if not line.isspace())
        number, line = next(lines, (1, b""))
        try:
            value = decode(line, name, number)
        except SourceError as first_line_error:
            file.seek(0)
            try:
                value = decode(file.read(), name)
            except SourceError:
                if path.suffix in LINES:
                    raise first_line_error from None
                raise
            yield from _items(value, Spot(Text(name, lambda: _whole(path, name))), name)
            return
        yield from _items(value, f"{name}:{number}", name)
        for number, line in lines:
            yield from _items(decode(line, name, number), f"{name}:{number}", name)


def _whole(path: Path, name: str) -> bytes:
    with readable(name):
        return path.read_bytes()


def _items(value: Any, place: Place, name: str) -> Iterator[tuple[Place, Any]]:
    if isinstance(value, list):
        yield from each_of(value, place)
        return
    refuse_error_answer(value, name)
    yield place, value


def unpage(values: Iterable[tuple[Place, Any]], field: str) -> Iterator[tuple[Place, Any]]:
    """Objects themselves; a page of an API's answer yields those in its `field`."""
    for place, value in values:
        if isinstance(value, dict) and isinstance(value.get(field), list):
            yield from each_of(value[field], place, field)
        else:
            yield place, value


def refuse_error_answer(value: Any, name: str) -> None:
    """Raise SourceError for an API's error saved in the place of its data."""
    if not isinstance(value, dict) or any(key in value for key in ("id", "data", "items")):
        return
    said = value.get("error") or value.get("errors") or value.get("message") or value.get("title")
    if said and (value.keys() & {"error", "errors", "documentation_url", "status"} or value.keys() == {"message"}):
        if isinstance(said, dict):
            said = said.get("message", said)
        raise SourceError(f"{name}: holds an API's error answer, not data: {str(said)[:200]}", AGAIN)


# Records


def read_records(values: Iterable[tuple[Place, Any]], stream: str, make: Callable[[Any], Record]) -> Iterator[Record | Damaged]:
    """What `make` makes of each value; those it refuses by BadRecord are set aside with their place."""
    for place, value in values:
        try:
            yield make(an_object(value))
        except BadRecord as bad:
            yield Damaged(stream, str(place), str(bad))


def an_object(value: Any) -> dict[str, Any]:
    if type(value) is dict:
        return value
    if isinstance(value, Unusable):
        raise BadRecord(value.reason)
    raise BadRecord("is no JSON object")


def identifier(record: dict[str, Any], field: str = "id") -> str:
    """The text of an integer or text field that a key needs; raises BadRecord where it is missing."""
    value = record.get(field)
    if type(value) is int or (type(value) is str and value.strip()):
        return str(value)
    raise BadRecord(f"has no {field}" if value is None else f"its {field} is neither text nor an integer")


def instant(record: dict[str, Any], *fields: str) -> datetime | None:
    """The first of the ISO 8601 fields that is there, in UTC; raises BadRecord where it is no instant."""
    for field in fields:
        value = record.get(field)
        if value is None:
            continue
        try:
            moment = datetime.fromisoformat(value)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            raise BadRecord(f"its {field} is no ISO 8601 instant") from None
    return None
