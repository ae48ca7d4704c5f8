#include "libs/testkit/temp_dir.h"

#include <stdlib.h>

#include <system_error>

#include "libs/base/invariant.h"

namespace yilian::testkit {

TempDir::TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "yl-test-XXXXXX").string();
    YILIAN_INVARIANT(mkdtemp(name.data()) != nullptr, "cannot make a temporary folder");
    path_ = name;
}

TempDir::~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace yilian::testkit
