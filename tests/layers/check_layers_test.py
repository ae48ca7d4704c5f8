#!/usr/bin/env python3
"""Plants one violation of each rule in a small tree and expects check_layers.py to name it."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECK = ROOT / "tests/tools/check_layers.py"


def check(files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        table = (ROOT / "docs/development.md").read_text(encoding="utf-8")
        for name, text in {"docs/development.md": table, **files}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, str(CHECK), folder], capture_output=True, text=True)
        return done.returncode, done.stdout


class CheckLayers(unittest.TestCase):
    def expect(self, path, line, found):
        code, output = check({path: line + "\n"})
        self.assertEqual(code, 1 if found else 0, output)
        self.assertEqual(path in output, found, output)

    def test_allowed(self):
        for path, line in (
                ("libs/storage/store.cpp", '#include "libs/base/clock.h"'),
                ("libs/storage/store.cpp", "#include <sqlite3.h>"),
                ("libs/timers/timers.cpp", "#include <fmt/format.h>"),
                ("libs/audit/tests/audit_test.cpp", '#include "libs/testkit/database.h"'),
                ("libs/runtime/testing/site.h", '#include "libs/testkit/database.h"'),
                ("services/billing/domain/points.cpp", "#include <vector>"),
                ("services/billing/domain/points.cpp", '#include "libs/policy/keys.h"'),
                ("services/billing/rpc/settle.cpp", "#include <grpcpp/grpcpp.h>"),
                ("services/cli/drg_group.cpp", '#include "services/billing/domain/drg/grouper.h"'),
                ("deploy/run.sh", 'folder=$root/run; cache="${TMPDIR:-/tmp}"')):
            with self.subTest(path=path, line=line):
                self.expect(path, line, False)

    def test_refused(self):
        for path, line in (
                ("libs/base/clock.cpp", '#include "libs/storage/store.h"'),
                ("libs/amount/scaled.h", "#include <spdlog/spdlog.h>"),
                ("libs/outbox/relay.cpp", "#include <grpcpp/grpcpp.h>"),
                ("libs/timers/timers.cpp", '#include "services/billing/domain/points.h"'),
                ("libs/timers/timers.cpp", "#include <gtest/gtest.h>"),
                ("libs/timers/timers.cpp", '#include "libs/timers/testing/ticker.h"'),
                ("libs/storage/store.cpp", "  #  include <librdkafka/rdkafka.h>"),
                ("libs/utils/strings.h", "#include <string>\n#include \"libs/base/clock.h\""),
                ("services/billing/domain/points.cpp", '#include "libs/storage/store.h"'),
                ("services/billing/domain/points.cpp", '#include "yilian/billing/v1/types.pb.h"'),
                ("services/billing/domain/points.cpp", "#include <unistd.h>"),
                ("services/billing/domain/points.cpp", '#include "services/billing/app/close.h"'),
                ("services/billing/app/close.cpp", "#include <grpcpp/grpcpp.h>"),
                ("services/billing/app/close.cpp", '#include "services/billing/rpc/settle.h"'),
                ("services/billing/app/close.cpp", '#include "services/directory/domain/types.h"'),
                ("services/billing/app/close.cpp", '#include "libs/testkit/database.h"'),
                ("services/cli/import.cpp", '#include "services/directory/domain/types.h"'),
                ("README.md", "see /" + "work/main/README.md"),
                ("README.md", "cd /" + "tmp/build"),
                ("deploy/run.sh", "curl https://py" + "pi.org/simple")):
            with self.subTest(path=path, line=line):
                self.expect(path, line, True)


if __name__ == "__main__":
    unittest.main()
