#!/usr/bin/env python3
"""instruction_gate.py PROGRAM [--write]: instructions a case in the hot loops, against a budget.

Unlike times, instruction counts are the same on a busy machine. Each loop of the program runs under
callgrind, which counts only inside its function; the count for a case may not be more than the
tolerance above the budget of instructions.json.

When a change costs instructions on purpose, or saves some: run it with --write, look at the
difference of instructions.json, and commit it together with the change and the reason. The budget
holds for the release build; another compiler version needs one --write, too.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

BUDGETS = pathlib.Path(__file__).with_name("instructions.json")


def count(program, loop, folder):
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--toggle-collect=yilian::counted_{loop}(*",
         f"--callgrind-out-file={folder}/{loop}", program, loop],
        capture_output=True, text=True, check=False)
    collected = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not collected:
        sys.exit(f"{loop}: valgrind ended with {run.returncode}\n{run.stderr}")
    return int(collected[1]) / int(run.stdout)


def main():
    program, write = sys.argv[1], "--write" in sys.argv[2:]
    budgets = json.loads(BUDGETS.read_text())
    over = []
    with tempfile.TemporaryDirectory() as folder:
        for loop, budget in budgets["instructions_per_case"].items():
            measured = count(program, loop, folder)
            limit = budget * (1 + budgets["tolerance"])
            print(f"{loop:12} {measured:8.0f} a case, budget {budget}, limit {limit:.0f}")
            if write:
                budgets["instructions_per_case"][loop] = round(measured)
            elif measured > limit:
                over.append(loop)
            elif measured < budget * (1 - budgets["tolerance"]):
                print(f"{loop:12} is well below its budget: lower it with --write")
    if write:
        BUDGETS.write_text(json.dumps(budgets, indent=2) + "\n")
    if over:
        sys.exit(f"over the budget: {', '.join(over)}. On purpose? Then see {__file__}")


if __name__ == "__main__":
    main()
