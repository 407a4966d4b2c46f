"""The demo inputs: half a year of an invented team, simulated from a seed.

`history` holds what happened as plain data, `story` makes it happen, and `writers` render what each source would have said of it
at a given moment. `python -m support_metrics.demo FOLDER` writes the files; the same seed gives the same bytes.
`planted_cases.json` among them names every case put in on purpose, with the keys to find it.
"""
