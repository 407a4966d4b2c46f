"""Where the weekly report and alerts are sent."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from support_metrics.settings.fields import Duration
from support_metrics.settings.sections import Section


class Posting(Section):
    """Channels and addresses. Slack's token is SLACK_BOT_TOKEN, with the scopes chat:write and, for the picture, files:write."""

    slack_channel: str = Field("", description="Id of the channel that gets the weekly report, such as C0123456789.")
    slack_api_url: str = "https://slack.com/api/"
    report_url: str = Field("", description="Address under which people open the folder of reports; without it no links are sent.")
    with_schedule: bool = Field(False, description="Dagster's weekly schedule posts the report it made, too.")
    alert_channel: str = Field("", description="Id of the channel that hears of requests about to miss their target.")
    alert_before: Duration = Field(2700, description="An alert is posted when less than this is left on the request's own clock.")
    smtp_host: str = Field("", description="Send the report by e-mail, too, with the password in SMTP_PASSWORD where a user is set.")
    smtp_port: int = 587
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="`none` only for a server on this very machine.")
    smtp_user: str = ""
    email_from: str = ""
    email_to: list[str] = []
