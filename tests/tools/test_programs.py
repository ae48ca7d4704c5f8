#!/usr/bin/env python3
"""test_programs.py BUILD LABEL: the programs that the tests with this label run, one a line.

Ninja builds exactly these: a sanitizer build of the whole tree would take most of the time of CI.
"""

import json
import pathlib
import subprocess
import sys


def output_of(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main() -> int:
    build, label = str(pathlib.Path(sys.argv[1]).resolve()), sys.argv[2]
    executables = {
        pathlib.PurePath(line.split(": ")[0]).name
        for line in output_of("ninja", "-C", build, "-t", "targets", "all").splitlines()
        if ": CXX_EXECUTABLE_LINKER" in line
    }
    tests = json.loads(
        output_of("ctest", "--test-dir", build, "-L", f"^{label}$", "--show-only=json-v1"))["tests"]
    # ctest leaves the command out while its program does not exist; the program is named as the test.
    words = [pathlib.PurePath(word).name for test in tests
             for word in test.get("command", [test["name"]])]
    programs = sorted(executables.intersection(words))
    print("\n".join(programs))
    return 0 if programs else 1


if __name__ == "__main__":
    sys.exit(main())
