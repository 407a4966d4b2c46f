"""The leads' file: where the lead tracker stands with each new person, decided by hand and kept under review."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from support_metrics.settings.fields import Said
from support_metrics.settings.sections import Section

Status = Literal["new", "contacted", "talking", "opportunity", "customer", "not a lead", "later"]
# Domains at which anybody may have an address, so that they tell no employer.
FREE_MAIL = [
    "126.com", "163.com", "aol.com", "duck.com", "fastmail.com", "fastmail.fm", "free.fr", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de",
    "gmx.net", "googlemail.com", "hey.com", "hotmail.co.uk", "hotmail.com", "hotmail.fr", "icloud.com", "laposte.net", "libero.it", "live.com",
    "mac.com", "mail.com", "mail.ru", "mailbox.org", "me.com", "msn.com", "naver.com", "orange.fr", "outlook.com", "outlook.de", "pm.me",
    "posteo.de", "proton.me", "protonmail.com", "qq.com", "rediffmail.com", "seznam.cz", "t-online.de", "tuta.io", "tutanota.com", "web.de",
    "wp.pl", "yahoo.co.jp", "yahoo.co.uk", "yahoo.com", "yahoo.de", "yahoo.fr", "yandex.com", "yandex.ru", "ymail.com", "zoho.com",
]  # fmt: skip


class Lead(Section):
    """Where we stand with one person, since when and by whose word; of several entries for one person the latest holds."""

    person: Said = Field(description="Account key, login, address or full name; it must mean one person.")
    status: Status
    since: date
    who: Said
    note: str = ""


class Leads(Section):
    lead: list[Lead] = []
    free_mail: list[str] = Field(FREE_MAIL, description="Domains of addresses that tell no employer.")
