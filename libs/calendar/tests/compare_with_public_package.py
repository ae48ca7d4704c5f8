#!/usr/bin/env python3
"""Compares each day of the compiled-in calendar with the PyPI package chinese_calendar.

Usage: compare_with_public_package.py --dump PROGRAM --packages DIR

The package is installed into DIR when it is not there. Exit codes: 0 equal, 1 a day differs or a
year is missing, 2 the package cannot be had (the comparison is never skipped).
"""

import argparse
import datetime
import pathlib
import subprocess
import sys

PACKAGE = "chinese_calendar==1.11.0"
YEARS = (2024, 2025, 2026)


def install(folder: pathlib.Path) -> None:
    if (folder / "chinese_calendar").is_dir():
        return
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-input",
               "--disable-pip-version-check", "--root-user-action=ignore",
               "--target", str(folder), PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        print(f"cannot install {PACKAGE} with pip: {lines[-1]}", file=sys.stderr)
        sys.exit(2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dump", required=True)
    parser.add_argument("--packages", required=True, type=pathlib.Path)
    arguments = parser.parse_args()

    folder = arguments.packages / PACKAGE  # a raised version is installed anew
    install(folder)
    sys.path.insert(0, str(folder))
    import chinese_calendar

    ours = {}
    text = subprocess.run([arguments.dump], check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        day, working = line.split(",")
        ours[datetime.date.fromisoformat(day)] = working == "1"

    differences = 0
    for year in YEARS:
        day = datetime.date(year, 1, 1)
        while day.year == year:
            theirs = chinese_calendar.is_workday(day)
            if day not in ours:
                print(f"{day}: not in our data", file=sys.stderr)
                differences += 1
            elif ours[day] != theirs:
                print(f"{day}: ours {ours[day]}, {PACKAGE} {theirs}", file=sys.stderr)
                differences += 1
            day += datetime.timedelta(days=1)
    extra = sorted({day.year for day in ours} - set(YEARS))
    if extra:
        print(f"years {extra} are in the data but not compared: extend YEARS", file=sys.stderr)
        return 1
    print(f"{len(ours)} days compared with {PACKAGE}, {differences} differ")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
