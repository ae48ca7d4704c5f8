#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "libs/policy/testing/packs.h"
#include "libs/runtime/testing/test_site.h"
#include "libs/testkit/status.h"
#include "services/billing/app_wiring.h"
#include "services/billing/store/list_codec.h"
#include "services/billing/tests/harness.h"
#include "yilian/billing/v1/capitation_service.pb.h"
#include "yilian/billing/v1/ledger_service.pb.h"
#include "yilian/billing/v1/rule_pack_service.pb.h"
#include "yilian/billing/v1/settlement_list_service.pb.h"
#include "yilian/billing/v1/settlement_service.pb.h"
#include "yilian/common/v1/operator.pb.h"

// The running service, called over mTLS as institutions and the agency do.
namespace yilian::billing::test {

using runtime::new_request_id;

inline std::string lists(const char* name) {
    return std::string("yilian.billing.v1.SettlementListService/") + name;
}
inline std::string settlement(const char* name) {
    return std::string("yilian.billing.v1.SettlementService/") + name;
}
inline std::string ledger(const char* name) {
    return std::string("yilian.billing.v1.LedgerService/") + name;
}
inline std::string capitation(const char* name) {
    return std::string("yilian.billing.v1.CapitationService/") + name;
}
inline std::string rules(const char* name) {
    return std::string("yilian.billing.v1.RulePackService/") + name;
}
inline std::string operators(const char* name) {
    return std::string("yilian.common.v1.OperatorService/") + name;
}

class Service : public testing::TestWithParam<storage::Dialect> {
  protected:
    void SetUp() override {
        site_.district = "350104";
        site_.clock_start = "2026-01-01T00:00:00+08:00";
        start();
    }

    // Again on the same database, after a change of `peers_`.
    void start() {
        for (auto* client : {&b1_, &h1_, &v1_, &clerk_, &approver_, &operator_}) client->reset();
        facts_.reset();
        app_.reset();
        config::ServiceConfig config = site_.config("billing");
        for (const auto& [name, address] : peers_) config.peers[name] = address;
        config.policies_dir = runtime::TestSite::repository_policies();
        if (!rules_dir_.empty()) config.settings["rules_dir"] = rules_dir_;
        if (metrics_) config.metrics.host = "127.0.0.1";
        app_ = runtime::TestSite::start(std::move(config), definition());
        ASSERT_NE(app_, nullptr);
        facts_ = std::make_unique<Harness>(app_->store(), policy::testing::shipped_packs(),
                                           site_.district);
        b1_ = site_.client(*app_, "B1", {"coder", "finance"});
        h1_ = site_.client(*app_, "H1", {"coder", "finance"});
        v1_ = site_.client(*app_, "V1", {"coder"});
        clerk_ = site_.client(*app_, "AGENCY", {"agency_clerk"}, "clerk");
        approver_ = site_.client(*app_, "AGENCY", {"agency_approver"}, "approver");
        operator_ = site_.operator_client(*app_);
    }

    void clock(const std::string& to) {
        common::v1::AdvanceClockRequest request;
        store::set_instant(request.mutable_to(), at(to));
        const auto answer =
            operator_->call<common::v1::AdvanceClockResponse>(operators("AdvanceClock"), request);
        ASSERT_TRUE(answer.ok()) << answer.error().reason;
        facts_->now = at(to);
    }

    template <class Resp>
    Resp ok(const std::unique_ptr<rpc::Client>& who, const std::string& method,
            const google::protobuf::Message& request) {
        auto answer = who->call<Resp>(method, request);
        if (!answer.ok()) {
            std::string why = method + ' ' + answer.error().reason;
            for (const auto& [key, value] : answer.error().metadata) why += ' ' + key + '=' + value;
            for (const auto& [field, code] : answer.error().violations) {
                why += ' ' + field + ' ' + code;
            }
            ADD_FAILURE() << why;
        }
        return answer.ok() ? answer.value() : Resp();
    }
    template <class Resp>
    std::string refused(const std::unique_ptr<rpc::Client>& who, const std::string& method,
                        const google::protobuf::Message& request) {
        const auto answer = who->call<Resp>(method, request);
        return answer.ok() ? "OK" : answer.error().reason;
    }

    v1::Case submit(const std::unique_ptr<rpc::Client>& who, const v1::SettlementList& list) {
        v1::SubmitSettlementListRequest request;
        request.set_request_id(new_request_id());
        *request.mutable_list() = list;
        return ok<v1::Case>(who, lists("SubmitSettlementList"), request);
    }

    v1::Run settle_march() {
        v1::StartRunRequest start;
        start.set_request_id(new_request_id());
        start.set_kind(v1::RUN_KIND_INSTITUTION_MONTH);
        start.set_scope_id(site_.district);
        start.set_period("2026-03");
        const auto run = ok<v1::Run>(clerk_, settlement("StartRun"), start);
        EXPECT_EQ(run.run_id(), "INSTITUTION_MONTH-2026-03");
        EXPECT_EQ(run.state(), v1::RUN_STATE_COMPUTED);
        v1::ApproveRunRequest approve;
        approve.set_request_id(new_request_id());
        approve.set_run_id(run.run_id());
        approve.set_etag(run.etag());
        approve.set_result_digest(run.result_digest());
        const auto approved = ok<v1::Run>(approver_, settlement("ApproveRun"), approve);
        clock("2026-04-15T09:00:00+08:00");
        v1::PublishRunRequest publish;
        publish.set_request_id(new_request_id());
        publish.set_run_id(run.run_id());
        publish.set_etag(approved.etag());
        return ok<v1::Run>(approver_, settlement("PublishRun"), publish);
    }

    runtime::TestSite site_{GetParam()};
    std::map<std::string, std::string> peers_;  // addresses of other services
    bool metrics_ = false;                      // serve the metrics page
    std::string rules_dir_;                     // "" = that of the repository
    std::unique_ptr<runtime::App> app_;
    std::unique_ptr<Harness> facts_;
    std::unique_ptr<rpc::Client> b1_, h1_, v1_, clerk_, approver_, operator_;
};
}  // namespace yilian::billing::test
