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
#include "yilian/registries/v1/registry_service.pb.h"

// The whole service on a scratch database and an in-process broker, with the facts that other
// services would have published. The clock is driven.
namespace yilian::registries::testing {

// Who calls: an institution, a practitioner and roles.
struct Who {
    std::string institution_id;
    std::string subject;
    std::vector<std::string> roles;
};
inline const Who kDoctor{"B1", "gp-1", {"doctor", "nurse", "team_lead"}};
inline const Who kNurse{"B1", "nurse-1", {"nurse"}};
inline const Who kOtherDoctor{"B2", "gp-2", {"doctor", "nurse", "team_lead"}};
inline const Who kHospital{"H1", "doctor-1", {"doctor"}};
inline const Who kRegistrar{"AGENCY", "registrar-1", {"registrar"}};

class RegistrySite {
  public:
    RegistrySite(storage::Dialect dialect, const std::string& district,
                 const std::string& clock_start = "2026-01-12T09:00:00+08:00");
    ~RegistrySite();

    void restart();
    // Folder of policy packs from the next restart on; "" = those of the repository.
    std::string policies_dir{};
    [[nodiscard]] std::string file(const std::string& name) const { return site_.file(name); }
    // Moves the business clock to a local time, "2026-03-16T09:00:00".
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

    // Hospital H1 and centres B1 and B2; practitioners gp-1, nurse-1 (B1), gp-2 (B2), doctor-1
    // (H1); team t of B1, team u of B2.
    void people_and_places();
    // A resident of home B1.
    void resident(const std::string& resident_id, const std::string& birth_date = "1967-06-15");
    void died(const std::string& resident_id, const std::string& on);
    // A contract with a team, 2026-01-01 to 2026-12-31.
    void contract(const std::string& resident_id, const std::string& team_id = "t",
                  const std::string& institution_id = "B1");

    [[nodiscard]] v1::ConfirmEnrolmentRequest confirmation(
        const std::string& resident_id, const std::string& disease_code = "hypertension");
    // Confirmed today by gp-1, or on an earlier day.
    v1::Enrolment enrolled(const std::string& resident_id,
                           const std::string& disease_code = "hypertension",
                           const std::string& confirmed_on = "");
    // A visit in the clinic; values of 0 were not measured.
    [[nodiscard]] v1::RecordVisitRequest visit(const std::string& resident_id,
                                               const std::string& on, int sbp, int dbp);
    v1::Visit visited(const std::string& resident_id, const std::string& on, int sbp, int dbp);
    v1::Visit voided(const std::string& visit_id);
    // The only enrolment of the resident that is not closed; of a disease when there are more.
    [[nodiscard]] v1::Enrolment enrolment(const std::string& resident_id,
                                          const std::string& disease_code = "");
    [[nodiscard]] std::vector<v1::CareAction> actions(const std::string& resident_id);
    // "ADJUST 2026-03-16 DONE", by day.
    [[nodiscard]] std::vector<std::string> action_lines(const std::string& resident_id);

    // Types of the published events about a resident, oldest first and without prefix and version:
    // "visit.recorded"; reads of records left out. "" = about anybody.
    [[nodiscard]] std::vector<std::string> events(const std::string& resident_id);
    // The last event of this type about a resident, parsed.
    template <class Msg>
    Msg last_event(const std::string& resident_id) {
        Msg message;
        EXPECT_TRUE(message.ParseFromString(last_payload(*Msg::descriptor(), resident_id)));
        return message;
    }
    // Violations of every check, "REG-C01: id".
    [[nodiscard]] std::vector<std::string> violations();
    [[nodiscard]] std::int64_t count(const std::string& name, const std::string& period = "",
                                     const std::string& scope = "");
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
    static std::string method_of(const google::protobuf::Message& request);
    std::string last_payload(const google::protobuf::Descriptor& type,
                             const std::string& resident_id);
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

}  // namespace yilian::registries::testing
