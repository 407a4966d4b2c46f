"""Sending to people: Slack and e-mail, each thing once."""
