// A service that dies leaves no core file: its memory holds names, identity numbers and secrets. It
// forbids them itself, whatever the limits it was started with.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "libs/runtime/testing/test_site.h"
#include "libs/testkit/temp_dir.h"
#include "tests/chaos/fleet.h"
#include "tests/functional/markers.h"
#include "yilian/directory/v1/resident_service.pb.h"

namespace yilian::functional {
namespace {

namespace dir = directory::v1;
using testing::IsEmpty;
using testing::Not;

// Core files are allowed and come into a folder of the test's own.
class CoreFiles : public testing::Test {
  protected:
    CoreFiles() : before_(std::filesystem::current_path()) {
        std::filesystem::current_path(folder_.path());
        EXPECT_EQ(getrlimit(RLIMIT_CORE, &limit_), 0);
        const rlimit most{limit_.rlim_max, limit_.rlim_max};
        EXPECT_EQ(setrlimit(RLIMIT_CORE, &most), 0);
    }
    ~CoreFiles() override {
        setrlimit(RLIMIT_CORE, &limit_);
        std::filesystem::current_path(before_);
    }

    // Does this machine write core files into the folder where a program runs?
    static bool written_here() {
        std::ifstream file("/proc/sys/kernel/core_pattern");
        std::string pattern;
        std::getline(file, pattern);
        rlimit now{};
        getrlimit(RLIMIT_CORE, &now);
        return now.rlim_cur > 0 && !pattern.empty() &&
               pattern.find_first_of("|/") == std::string::npos;
    }

    testkit::TempDir folder_;
    std::filesystem::path before_;
    rlimit limit_{};
};

dir::RegisterResidentRequest resident(Markers& markers) {
    dir::RegisterResidentRequest r;
    r.set_request_id(runtime::new_request_id());
    r.set_resident_id("01jwa1k000000000000000000r");
    r.mutable_identity()->set_document_kind("PASSPORT");
    markers.stamp(r);
    r.set_sex(common::v1::SEX_MALE);
    r.set_birth_date("1967-06-15");
    r.set_insurance(common::v1::INSURANCE_RES);
    r.set_insured_region("350104");
    return r;
}

TEST_F(CoreFiles, OfAProgramThatAllowsThemIsFoundByItsMarker) {
    Markers markers;
    const auto request = resident(markers);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) std::abort();  // with the request in its memory
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    if (written_here()) {
        EXPECT_TRUE(WCOREDUMP(status));
        EXPECT_THAT(find_in_folder(markers, folder_.path().string()), Not(IsEmpty()));
    } else {
        std::ofstream("core") << "…" << request.identity().name() << "…";
        EXPECT_THAT(find_in_folder(markers, folder_.path().string()), Not(IsEmpty()));
    }
}

TEST_F(CoreFiles, AreNotWrittenByAServiceThatHoldsPersonalData) {
    Markers markers;
    chaos::Fleet fleet({"directory"});
    const auto registrar = fleet.client("directory", "AGENCY", {"registrar"});
    const auto answer = registrar->call<dir::RegisterResidentResponse>(
        "yilian.directory.v1.ResidentService/RegisterResident", resident(markers));
    ASSERT_TRUE(answer.ok()) << answer.error().reason;
    const pid_t pid = fleet.process("directory").pid();
    ASSERT_EQ(kill(pid, SIGABRT), 0);
    siginfo_t ended{};
    ASSERT_EQ(waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT), 0);
    EXPECT_EQ(ended.si_code, CLD_KILLED) << "dumped, even if to somewhere else";
    EXPECT_EQ(ended.si_status, SIGABRT);
    EXPECT_THAT(find_in_folder(markers, folder_.path().string()), IsEmpty());
    EXPECT_THAT(find_in_folder(markers, fleet.folder()), IsEmpty());
}

}  // namespace
}  // namespace yilian::functional
