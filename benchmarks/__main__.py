"""`make bench`: speed and memory on a busy community, as ratios to plain DuckDB reading the same files in the same run.

Every step runs in a process of its own, so that its peak memory is its own. Sizes: a tenth, then the whole.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import busy_team, calls, classifier, drawn
from support_metrics_tests.classifier.judging import judge, labelled

REALDATA = Path(os.environ.get("REALDATA") or Path(__file__).parents[2] / "shared/realdata") / "chat/labelled.jsonl"
MESSAGES, ISSUES, COMMENTS = 1_000_000, 50_000, 200_000
RUNS = 3
BOUNDS = {"land": 2.0, "land again": 2.0, "land an overlapping export": 2.0, "build": 1.2, "publish": 0.2}


def main() -> None:
    """Print the figures for a tenth of the size and for the whole."""
    with tempfile.TemporaryDirectory(prefix="support-metrics-bench-", dir=os.environ.get("BENCH_FOLDER")) as folder:
        tenth = measure(Path(folder) / "tenth", 10)
        whole = measure(Path(folder) / "whole", 1)
        print("\nGrowth from a tenth to the whole (10 is linear):")
        for step in ("read_json", *BOUNDS):
            print(f"  {step:28} {whole[step]['seconds'] / max(tenth[step]['seconds'], 1e-9):6.1f} ×")
    _business_time()
    _pages_landed()
    _people()
    _classifier()
    calls.show()


def measure(folder: Path, divisor: int) -> dict[str, Any]:
    """Generate the inputs and run every step on them; returns seconds and peak memory of each."""
    folder.mkdir(parents=True)
    print(f"\n{MESSAGES // divisor:,} Slack messages, {ISSUES // divisor:,} issues, {COMMENTS // divisor:,} comments", flush=True)
    busy_team.write_slack_export(folder / "slack", MESSAGES // divisor)
    busy_team.write_github(folder / "github", ISSUES // divisor, COMMENTS // divisor)
    settings = busy_team.write_settings(folder)
    size = sum(file.stat().st_size for file in (folder / "slack").rglob("*.json"))
    print(f"  Slack export: {size / 1e6:,.0f} MB of JSON")
    # Once to warm the file cache, which does not count.
    _step("read_json", folder)
    results = {"read_json": _median([_step("read_json", folder) for _ in range(RUNS)])}
    base = results["read_json"]["seconds"]
    print(f"  {'plain DuckDB read_json':28} {base:6.1f} s           peak {results['read_json']['megabytes']:6,.0f} MB")
    for step in ("land", "land again", "land an overlapping export"):
        if step == "land an overlapping export":
            busy_team.touch_every_day(folder / "slack")
        results[step] = _step("land", settings)
        _show(step, results[step], base)
    _step("land github", settings)
    # By turns, so that a machine that is slow for a while is so for both.
    plain, builds = zip(*((_step("read_json", folder), _step("build", settings)) for _ in range(RUNS)), strict=True)
    base, results["build"] = _median(plain)["seconds"], _median(builds)
    print(f"  {'plain DuckDB read_json again':28} {base:6.1f} s")
    _show("build", results["build"], base)
    results["publish"] = _median([{"seconds": run["publish"], "megabytes": run["megabytes"]} for run in builds])
    _show("publish", results["publish"], base)
    print(f"  what is published is a file of {results['build']['file']:.0f} MB")
    page = _step("pages", settings)
    print(
        f"  a week's page {page['seconds']:.1f} s with imports (bound 3 s), those of a year {page['year_seconds']:.1f} s (bound 30 s), "
        f"at most {page['size'] / 1e6:.1f} MB (bound 6 MB), peak {page['megabytes']:,.0f} MB",
        flush=True,
    )
    return results


def _show(step: str, result: dict[str, Any], base: float) -> None:
    ratio = result["seconds"] / base
    print(
        f"  {step:28} {result['seconds']:6.1f} s = {ratio:5.2f} ×  peak {result['megabytes']:6,.0f} MB   (bound {BOUNDS[step]} ×, 2,000 MB)",
        flush=True,
    )


def _median(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The run that took neither the longest nor the shortest, with the highest peak of them all."""
    return sorted(runs, key=lambda run: run["seconds"])[len(runs) // 2] | {"megabytes": max(run["megabytes"] for run in runs)}


def _step(name: str, path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.steps", name, str(path)], check=True, capture_output=True, text=True
    )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _business_time() -> None:
    with tempfile.TemporaryDirectory() as folder:
        result = _step("business time", Path(folder))
    print(
        f"\nBusiness time of {result['requests']:,} requests over {result['years']} years: "
        f"the join {result['seconds']:.2f} s (bound 1 s), the whole model of targets and due times {result['model_seconds']:.2f} s"
    )


def _pages_landed() -> None:
    with tempfile.TemporaryDirectory() as folder:
        few, many = (_step(name, Path(folder)) for name in ("few pages landed", "pages landed"))
    print(
        f"Landing {few['pages']:,} pages as they come from an API: {few['seconds']:.1f} s of processor time; {many['pages']:,}: "
        f"{many['seconds']:.1f} s, {many['seconds'] / few['seconds']:.1f} × (10 is linear)"
    )


def _people() -> None:
    with tempfile.TemporaryDirectory() as folder:
        few, many = (_step(name, Path(folder)) for name in ("people", "many people"))
    for each in (few, many):
        print(
            f"Merging {each['accounts']:,} accounts and suggesting further merges: {each['seconds']:.2f} s "
            f"({each['merged']:,} merged, {each['suggested']:,} suggested)"
        )
    print(f"  growth from a tenth to the whole: {many['seconds'] / few['seconds']:.1f} × (10 is linear)")


def _classifier() -> None:
    """How good the Slack classifier is: on our own messages, and on labelled ones where there are any."""
    messages = labelled()
    named = [
        found
        for (found,) in judge([{"text": text} for text, *_ in messages], "select is_about_help from core.slack_signs order by message_id")
    ]
    print("\nSlack classifier")
    for says, put_aside in (("our own messages, put aside", True), ("our own messages, in sight", False)):
        chosen = [(found, asks) for found, (_, asks, aside) in zip(named, messages, strict=True) if aside == put_aside]
        hits, found, asking = (sum(each) for each in zip(*((found and asks, found, asks) for found, asks in chosen), strict=True))
        print(f"  {says:40} F1 {2 * hits / (found + asking):.3f}   precision {hits / found:.2f}   recall {hits / asking:.2f}")
    if not REALDATA.is_file():
        print(f"  no labelled messages: {REALDATA} is not there")
        return
    with classifier.trial(REALDATA) as tried:
        print("\n".join(f"  {line.strip()}" for line in classifier.report(tried)))
    print("\n".join(f"  {line.strip()}" for line in drawn.report(REALDATA.parents[1] / "slack")))


if __name__ == "__main__":
    main()
