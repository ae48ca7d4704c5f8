#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "libs/base/ulid.h"
#include "libs/events/event.h"
#include "libs/kafka/mock_cluster.h"
#include "libs/kafka/producer.h"
#include "libs/runtime/testing/test_site.h"
#include "yilian/common/v1/operator.pb.h"
#include "yilian/directory/v1/contract_service.pb.h"
#include "yilian/directory/v1/import_service.pb.h"
#include "yilian/directory/v1/institution_service.pb.h"
#include "yilian/directory/v1/policy_service.pb.h"
#include "yilian/directory/v1/resident_service.pb.h"

// The whole service on a scratch database and an in-process broker, with the facts that other
// services would have published. The clock is driven.
namespace yilian::directory::testing {

// Who calls: an institution, a practitioner and roles.
struct Who {
    std::string institution_id;
    std::string subject;
    std::vector<std::string> roles;
};
inline const Who kRegistrar{"AGENCY", "registrar-1", {"registrar"}};
inline const Who kTeamLead{"B1", "gp-1", {"doctor", "nurse", "team_lead"}};
inline const Who kOtherTeam{"B2", "gp-2", {"doctor", "nurse", "team_lead"}};

// "yilian.directory.v1.ContractService/SignContract" by request type.
[[nodiscard]] std::string method_of(const google::protobuf::Message& request);

class DirectorySite {
  public:
    DirectorySite(storage::Dialect dialect, const std::string& district,
                  const std::string& clock_start = "2025-12-20T09:00:00+08:00");
    ~DirectorySite();

    void restart();
    // Folder of policy packs from the next restart on; "" = those of the repository.
    std::string policies_dir{};
    // Moves the business clock to a local time, "2026-01-01T00:00:00".
    void clock(const std::string& local_time);
    // Publishes a fact of another service and waits until it is applied here. Answers its event id.
    std::string fact(const google::protobuf::Message& message);
    // The same record once more; returns when it has been judged.
    void deliver_again(const std::string& event_id);

    template <class Resp, class Req>
    rpc::CallResult<Resp> call(const Who& who, Req request) {
        if constexpr (requires { request.set_request_id(""); }) {
            if (request.request_id().empty()) request.set_request_id(runtime::new_request_id());
        }
        const auto raw = call_raw(who, method_of(request), request);
        if (!raw.ok()) return raw.error();
        return parsed<Resp>(raw.value());
    }
    // The answer of a call that must succeed.
    template <class Resp, class Req>
    Resp ok(const Who& who, const Req& request) {
        const auto answer = call<Resp>(who, request);
        EXPECT_TRUE(answer.ok()) << method_of(request) << ": " << answer.error().reason << " "
                                 << answer.error().message;
        return answer.ok() ? answer.value() : Resp();
    }
    // Its reason, "" when it succeeds.
    template <class Resp, class Req>
    std::string refusal(const Who& who, const Req& request) {
        const auto answer = call<Resp>(who, request);
        return answer.ok() ? "" : answer.error().reason;
    }
    [[nodiscard]] rpc::Client& client(const Who& who);
    [[nodiscard]] rpc::CallResult<std::string> call_raw(const Who& who, const std::string& method,
                                                        const google::protobuf::Message& request);
    // A method of OperatorService that must succeed.
    template <class Resp>
    Resp operate(const std::string& name, const google::protobuf::Message& request) {
        const auto raw = call_raw({"operator", "operator-1", {"operator"}},
                                  "yilian.common.v1.OperatorService/" + name, request);
        EXPECT_TRUE(raw.ok()) << name << ": " << raw.error().reason;
        return raw.ok() ? parsed<Resp>(raw.value()) : Resp();
    }

    // Hospital H1 and centres B1 and B2 in consortium C1, village clinic V1 under B1; practitioners
    // gp-1, nurse-1 (B1), gp-2, nurse-2 (B2), doctor-1 (H1); team t of B1, team u of B2.
    void people_and_places();
    void institution(const std::string& id, const std::string& institution_class,
                     const std::string& parent = "");
    void practitioner(const std::string& id, const std::string& institution_id);
    rpc::CallResult<v1::Team> team(
        const std::string& id, const std::string& institution_id,
        const std::vector<std::pair<std::string, std::string>>& members_and_roles);
    // A resident of home B1 with a document of its own.
    void resident(const std::string& resident_id, const std::string& birth_date = "1967-06-15");
    [[nodiscard]] static v1::RegisterResidentRequest registration(const std::string& resident_id,
                                                                  const std::string& document,
                                                                  const std::string& birth_date);
    [[nodiscard]] static v1::OfferContractRequest offer(const std::string& contract_id,
                                                        const std::string& resident_id,
                                                        const std::string& team_id,
                                                        const std::string& valid_from,
                                                        const std::string& valid_to);
    [[nodiscard]] static v1::SignContractRequest signature(const std::string& contract_id);
    // Offered and signed by the team's institution.
    v1::Contract signed_contract(const std::string& contract_id, const std::string& resident_id,
                                 const std::string& valid_from = "2026-01-01",
                                 const std::string& valid_to = "2026-12-31");
    [[nodiscard]] v1::Contract contract(const std::string& contract_id);
    [[nodiscard]] v1::ContractStatus status(const std::string& resident_id, const std::string& on);

    // Types of the published events of a subject without prefix and version: "contract.signed";
    // reads of records left out. "" = of all.
    [[nodiscard]] std::vector<std::string> events(const std::string& subject);
    // The last event of this type and subject, parsed.
    template <class Msg>
    Msg last_event(const std::string& subject) {
        Msg message;
        EXPECT_TRUE(message.ParseFromString(last_payload(*Msg::descriptor(), subject)));
        return message;
    }
    // Violations of every check, "DIR-C01: id".
    [[nodiscard]] std::vector<std::string> violations();
    [[nodiscard]] std::int64_t count(const std::string& name);
    [[nodiscard]] std::int64_t number(const storage::Query& query);
    [[nodiscard]] std::string next_id() { return ids_.next_ulid(); }
    [[nodiscard]] runtime::App& app() { return *app_; }
    [[nodiscard]] runtime::TestSite& site() { return site_; }

  private:
    template <class Resp>
    static Resp parsed(const std::string& bytes) {
        Resp message;
        EXPECT_TRUE(message.ParseFromString(bytes));
        return message;
    }
    std::string last_payload(const google::protobuf::Descriptor& type, const std::string& subject);
    void start();
    kafka::Delivery send(const events::Envelope& event);

    runtime::TestSite site_;
    kafka::MockCluster broker_;
    kafka::Producer producer_;
    std::unique_ptr<runtime::App> app_;
    std::map<std::string, std::unique_ptr<rpc::Client>> clients_;
    std::map<std::string, std::int64_t> sequences_;
    std::map<std::string, events::Envelope> sent_;
    SeededIds ids_{2026};
};

}  // namespace yilian::directory::testing
