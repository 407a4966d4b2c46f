"""Forgetting a person, on a small team whose files are written by `team`."""
