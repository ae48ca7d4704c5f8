#!/usr/bin/env python3
"""check_layers.py ROOT: every include and every text file of the tree against the rules of
docs/development.md, section Layers. Prints one line for each violation; exit code 1 if there is one.

Debian's libraries share one include folder, so the compiler does not enforce any of this.
"""

import os
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)
FREE = {"absl", "fmt"}  # vocabulary of all libraries
SYSTEM = {"sys", "arpa", "netinet", "linux"}
TEST_LIBRARIES = {"gtest", "gmock", "rapidcheck", "rapidcheck.h", "benchmark"}
TEST_FOLDERS = {"tests", "testing", "testkit"}
DOMAIN_LIBS = {"base", "amount", "calendar", "ident", "lifecycle", "policy"}
TRANSPORT = {"grpc", "grpcpp"}
CLI_MAY_USE = ("services/billing/domain/", "services/billing/store/rule_pack_files.h")
SOURCES = {".h", ".cpp"}

# Folders of one machine, and addresses of package registries: neither belongs into a repository.
FORBIDDEN_TEXT = {
    "machine path": re.compile(r"(?<![\w.${}*-])/(work|root|home)/\w|(?<![\w.$}])/tmp/[\w.-]"),
    "registry host": re.compile(
        r"registry\.npmjs|pypi\.org|pythonhosted\.org|repo1?\.maven|crates\.io|proxy\.golang"
        r"|deb\.debian\.org|snapshot\.debian"),
}
BINARY = {".png", ".binpb", ".gz", ".zip", ".ico"}
MADE_BY_TOOLS = {".git", "node_modules", "__pycache__"}
MADE_BY_RUNS = {"build", "out", "run", "shared"}  # in the root of the tree


def read_table(root):
    """Layer table -> {lib: (libs it may use, closed downward; third-party prefixes)}."""
    rows = {}
    text = (root / "docs/development.md").read_text(encoding="utf-8").split("## Layers", 1)[1]
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or len(cells) != 4 or cells[0] in ("lib", "---"):
            continue
        rows[cells[0]] = (set(cells[2].split()), set(cells[3].split()))
    closed = {}
    for lib, (direct, others) in rows.items():  # the order of the table is downward
        unknown = direct - closed.keys()
        if unknown:
            raise SystemExit(f"docs/development.md: {lib} uses {unknown} from below itself")
        libs = direct.union(*(closed[d][0] for d in direct)) if direct else set()
        closed[lib] = (libs | {lib}, others)
    return closed


def is_test(path):
    return bool(TEST_FOLDERS.intersection(path.parts)) or path.stem.endswith("_test")


def is_test_header(include):
    return include.startswith("libs/testkit/") or bool(
        TEST_FOLDERS.intersection(include.split("/"))) or include.split("/")[0] in TEST_LIBRARIES


def library_violation(path, include, table):
    lib, parts = path.parts[1], include.split("/")
    if lib not in table:
        return "is not in the table"
    libs, others = table[lib]
    if parts[0] == "services":
        return "a library knows no service"
    if is_test(path):
        return None
    if is_test_header(include):
        return "test code in the product"
    if parts[0] == "libs":
        return None if parts[1] in libs else f"libs/{lib} may not use libs/{parts[1]}"
    foreign = len(parts) > 1 or parts[0] in ("libpq-fe.h", "sqlite3.h", "jansson.h")
    if foreign and parts[0] not in others | FREE | SYSTEM:
        return f"libs/{lib} may not use {parts[0]}"
    return None


def domain_violation(path, include):
    service, parts = path.parts[1], include.split("/")
    if len(parts) == 1 and "." not in include:
        return None  # standard library
    if parts[0] == "libs" and parts[1] in DOMAIN_LIBS:
        return None
    return None if include.startswith(f"services/{service}/domain/") else "domain stays pure"


def service_violation(path, include):
    service, parts = path.parts[1], include.split("/")
    folder = path.parts[2] if len(path.parts) > 3 else ""
    if parts[0] == "services" and parts[1] != service:
        if service == "cli" and include.startswith(CLI_MAY_USE):
            return None
        return "a service never includes another"
    if is_test(path):
        return None
    if folder == "domain":
        return domain_violation(path, include)
    if is_test_header(include):
        return "test code in the product"
    if parts[0] == "services" and folder and len(parts) > 3 and parts[2] != folder:
        if parts[2] in ("rpc", "consume"):
            return f"{folder}/ may not know {parts[2]}/"
    if parts[0] in TRANSPORT and service != "cli" and folder not in ("rpc", ""):
        return "gRPC stays in rpc/"
    return None


def include_violations(root, path, text, table):
    for include in INCLUDE.findall(text):
        if path.parts[0] == "libs":
            wrong = library_violation(path, include, table)
        elif path.parts[0] == "services":
            wrong = service_violation(path, include)
        else:
            wrong = None
        if wrong:
            yield f"{path}: includes {include}: {wrong}"


def text_violations(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        for what, pattern in FORBIDDEN_TEXT.items():
            if pattern.search(line):
                yield f"{path}:{number}: {what}: {line.strip()[:80]}"


def files(root):
    for folder, below, names in os.walk(root):
        here = pathlib.Path(folder).relative_to(root)
        skipped = MADE_BY_TOOLS if here.parts else MADE_BY_TOOLS | MADE_BY_RUNS
        below[:] = sorted(set(below) - skipped)
        yield from (here / name for name in sorted(names))


def violations(root):
    table = read_table(root)
    for path in files(root):
        if path.suffix in BINARY or path.name == "check_layers.py":
            continue
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # test data that is meant to be bad
        if path.suffix in SOURCES and len(path.parts) > 2:
            yield from include_violations(root, path, text, table)
        if not path.is_relative_to("tests/layers"):
            yield from text_violations(path, text)


def main():
    found = list(violations(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "layers: no violation")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
