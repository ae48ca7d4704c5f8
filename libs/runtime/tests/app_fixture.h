#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libs/runtime/app.h"
#include "libs/runtime/testing/test_site.h"
#include "libs/runtime/tests/sample_service.h"
#include "libs/testkit/status.h"
#include "yilian/directory/v1/institution_service.pb.h"

// A whole service, called over mTLS with minted tokens; common to the tests of this folder.
namespace yilian::runtime {

inline constexpr const char* kRegister =
    "yilian.directory.v1.InstitutionService/RegisterInstitution";
inline constexpr const char* kChange = "yilian.directory.v1.InstitutionService/ChangeInstitution";
inline constexpr const char* kGet = "yilian.directory.v1.InstitutionService/GetInstitution";
inline constexpr const char* kList = "yilian.directory.v1.InstitutionService/ListInstitutions";
inline constexpr const char* kReplay = "yilian.common.v1.EventLogService/ReplayEvents";

inline std::string op(const char* name) {
    return std::string("yilian.common.v1.OperatorService/") + name;
}

inline directory::v1::RegisterInstitutionRequest registration(const std::string& id,
                                                              const std::string& name) {
    directory::v1::RegisterInstitutionRequest request;
    request.set_request_id(new_request_id());
    request.mutable_institution()->set_institution_id(id);
    request.mutable_institution()->set_name(name);
    request.mutable_institution()->set_class_("hospital");
    request.mutable_institution()->set_effective_on("2026-03-01");
    return request;
}

inline constexpr storage::Query kAuditRows{
    "test.audit",
    "SELECT action, subject, outcome, reason, actor, institution_id FROM audit_rows "
    "ORDER BY position"};
inline constexpr storage::Query kKeys{"test.keys", "SELECT COUNT(*) FROM request_keys"};
inline constexpr storage::Query kEvents{
    "test.events",
    "SELECT type, aggregateid, sequence, correlation_id, causation_id, "
    "traceparent FROM outbox ORDER BY position"};

// Waits for callbacks of other threads. A std::promise may still be at work in its thread when the
// waiter goes on and destroys it.
class Countdown {
  public:
    explicit Countdown(int count) : count_(count) {}
    void down() {
        const std::lock_guard lock(mutex_);
        --count_;
        changed_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return count_ <= 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int count_;
};

class AppTest : public testing::TestWithParam<storage::Dialect> {
  protected:
    void SetUp() override {
        app_ = site_.start(sample::definition(probe_));
        ASSERT_NE(app_, nullptr);
        client_ = site_.client(*app_, "H001", {"registrar", "doctor"});
    }
    void TearDown() override {
        client_.reset();
        app_.reset();
    }
    void restart(config::ServiceConfig config) {
        client_.reset();
        app_.reset();
        app_ = TestSite::start(std::move(config), sample::definition(probe_));
        ASSERT_NE(app_, nullptr);
        client_ = site_.client(*app_, "H001", {"registrar", "doctor"});
    }
    rpc::CallResult<directory::v1::Institution> add(
        const directory::v1::RegisterInstitutionRequest& request) {
        return client_->call<directory::v1::Institution>(kRegister, request);
    }
    std::vector<std::string> rows(const storage::Query& query) {
        std::vector<std::string> out;
        EXPECT_THAT(app_->store().read([&](storage::Transaction& tx) {
            out.clear();
            for (const auto& row : tx.select(query)) {
                std::string line;
                for (const auto& value : row.values()) {
                    if (!line.empty()) line += '|';
                    if (const auto* text = std::get_if<std::string>(&value.held())) line += *text;
                    if (const auto* number = std::get_if<std::int64_t>(&value.held())) {
                        line += std::to_string(*number);
                    }
                }
                out.push_back(line);
            }
        }),
                    testkit::IsOk());
        return out;
    }

    sample::Probe probe_;
    TestSite site_{GetParam()};
    std::unique_ptr<App> app_;
    std::unique_ptr<rpc::Client> client_;
};

}  // namespace yilian::runtime
