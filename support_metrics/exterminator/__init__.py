"""The tools of the person on duty: what waits, the week, the handoff, the release, the rotation."""
