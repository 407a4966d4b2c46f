"""`python -m support_metrics.demo FOLDER` writes the demo inputs below FOLDER."""

from __future__ import annotations

import argparse
from pathlib import Path

from support_metrics.demo.snapshots import write
from support_metrics.demo.story import SEED


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m support_metrics.demo", description="Write the demo inputs, the same bytes for the same seed."
    )
    parser.add_argument("folder", type=Path, help="where to write, for example data/demo")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed tells another story")
    given = parser.parse_args()
    sizes = write(given.folder, given.seed)
    print(f"{len(sizes)} files, {sum(sizes.values()) / 1e6:.2f} MB in {given.folder}")


if __name__ == "__main__":
    main()
