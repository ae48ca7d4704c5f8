#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/message.h"
#include "libs/base/ulid.h"
#include "libs/events/event.h"
#include "libs/kafka/mock_cluster.h"
#include "libs/kafka/producer.h"
#include "libs/runtime/testing/test_site.h"
#include "yilian/common/v1/event.pb.h"
#include "yilian/common/v1/operator.pb.h"
#include "yilian/prescriptions/v1/drug_catalogue_service.pb.h"
#include "yilian/prescriptions/v1/prescription_service.pb.h"

// The whole service on a scratch database and an in-process broker, with the facts that other
// services would have published and the demo catalogue. The clock is driven.
namespace yilian::prescriptions::testing {

// Drugs of the demo catalogue.
inline constexpr const char* kAmlodipine = "XC08CAA001A001010100000";
inline constexpr const char* kValsartan = "XC09CAA001E001010100000";
inline constexpr const char* kValsartanAmlodipine = "XC09DBA001A001010100000";
inline constexpr const char* kMetformin = "XA10BAA001A001010100000";
inline constexpr const char* kAmoxicillin = "XJ01CAA001E001010100000";
inline constexpr const char* kLiquorice = "T001700000";
inline constexpr const char* kGansui = "T001700001";

// "2026-03-16T09:00:00" at +08:00.
[[nodiscard]] Instant local(const std::string& text);
void set_local(google::protobuf::Timestamp* out, const std::string& text);
// "2026-03-16T09:00:00" of an answer.
[[nodiscard]] std::string shown(const google::protobuf::Timestamp& at);

// Who calls: gp and ph work at B1, dispensers everywhere.
struct Who {
    std::string institution_id;
    std::string subject;
    std::vector<std::string> roles;
};
inline const Who kDoctor{"B1", "gp", {"doctor"}};
inline const Who kOtherDoctor{"B1", "gp2", {"doctor"}};
inline const Who kPharmacist{"B1", "ph", {"pharmacist"}};
inline const Who kDispenser{"B1", "di", {"dispenser"}};
inline const Who kClinic{"V1", "v1-di", {"dispenser"}};
inline const Who kClinic2{"V2", "v2-di", {"dispenser"}};
inline const Who kOutside{"X1", "x1-di", {"dispenser", "doctor"}};
inline const Who kRegistrar{"AGENCY", "registrar", {"registrar"}};
inline const Who kOperator{"operator", "operator", {"operator"}};

class PrescriptionSite {
  public:
    PrescriptionSite(storage::Dialect dialect, const std::string& district,
                     const std::string& clock_start = "2026-01-01T00:00:00+08:00");
    ~PrescriptionSite();

    // Stops the service where it is and starts it again on the same database.
    void restart();
    // Addresses of other services, settings and policy packs, from the next restart on.
    std::map<std::string, std::string> peers{};
    std::map<std::string, std::string> settings{};
    // "" = the packs of the repository.
    std::string policies_dir{};
    // Moves the business clock; every timer due by then has fired when this returns.
    void clock(const std::string& local_time);
    // Publishes a fact of another service and waits until it is applied here. Answers its event id.
    std::string fact(const google::protobuf::Message& message);
    void deliver_again(const std::string& event_id);

    // B1 a centre with the clinic V1, B2 a centre with V2, H1 a hospital; consortium C1 of all; X1
    // a clinic outside. Doctors gp and gp2 (MIDDLE), jr (JUNIOR), pharmacist ph. The demo
    // catalogue.
    void people_and_places();
    void resident(const std::string& resident_id, const std::string& birth_date = "1967-06-15");
    void contract(const std::string& resident_id, const std::string& contract_id);
    void visit(const std::string& resident_id, const std::string& visit_id,
               const std::string& visit_on, bool satisfied = true,
               const std::string& disease_code = "hypertension");
    void died(const std::string& resident_id, const std::string& on);
    // The referral with plan and return that an EXTENDED follows.
    void referral_back(const std::string& resident_id, const std::string& referral_id,
                       const std::vector<std::string>& drugs);
    void benefit(const std::string& resident_id, const std::string& prescription_id,
                 const std::string& list_id);
    // The demo catalogue as rows of the import.
    [[nodiscard]] static v1::ImportDrugCatalogueRequest demo_catalogue();

    [[nodiscard]] rpc::Client& client(const Who& who);
    template <class Resp>
    rpc::CallResult<Resp> call(const Who& who, const std::string& method,
                               const google::protobuf::Message& request) {
        return client(who).call<Resp>(method, request);
    }
    // A method of PrescriptionService; request_id is filled when it is empty.
    template <class Resp = v1::Prescription, class Req>
    rpc::CallResult<Resp> attempt(const Who& who, const std::string& method, Req request) {
        if constexpr (requires { request.request_id(); }) {
            if (request.request_id().empty()) request.set_request_id(runtime::new_request_id());
        }
        return call<Resp>(who, "yilian.prescriptions.v1.PrescriptionService/" + method, request);
    }
    template <class Resp = v1::Prescription, class Req>
    Resp change(const Who& who, const std::string& method, Req request) {
        const auto answer = attempt<Resp>(who, method, std::move(request));
        EXPECT_TRUE(answer.ok()) << method << ": " << answer.error().reason << " "
                                 << answer.error().message;
        return answer.ok() ? answer.value() : Resp();
    }
    // Its reason, "" when it succeeds.
    template <class Resp = v1::Prescription, class Req>
    std::string refusal(const Who& who, const std::string& method, Req request) {
        const auto answer = attempt<Resp>(who, method, std::move(request));
        return answer.ok() ? "" : answer.error().reason;
    }

    // Content of one line of a drug of the catalogue.
    [[nodiscard]] static v1::PrescriptionContent content(
        v1::PrescriptionKind kind = v1::PRESCRIPTION_KIND_NORMAL,
        const std::vector<std::string>& drugs = {kAmlodipine}, std::int32_t days = 7);
    [[nodiscard]] v1::DraftPrescriptionRequest draft_of(const std::string& resident_id,
                                                        const v1::PrescriptionContent& content);
    v1::Prescription drafted(const std::string& resident_id,
                             const v1::PrescriptionContent& content);
    // Signed by the doctor at the present time.
    [[nodiscard]] v1::SignPrescriptionRequest sign_of(const v1::Prescription& p);
    v1::Prescription is_signed(const std::string& resident_id,
                               const v1::PrescriptionContent& content);
    v1::Prescription effective(const std::string& resident_id,
                               const v1::PrescriptionContent& content);
    v1::ClaimPrescriptionResponse claimed(const Who& who, const std::string& prescription_id);
    [[nodiscard]] v1::DispenseLineRequest dispense_of(const std::string& prescription_id,
                                                      const std::string& secret,
                                                      std::int64_t quantity_milli,
                                                      std::int32_t line_no = 1);
    v1::Prescription dispensed(const Who& who, const std::string& prescription_id);
    [[nodiscard]] v1::Prescription get(const std::string& prescription_id,
                                       const Who& who = kDoctor);
    // The instances of a parent, by number.
    [[nodiscard]] std::vector<v1::Prescription> instances(const v1::Prescription& parent);

    // Types of the published events of a subject without prefix and version. "" = of all.
    [[nodiscard]] std::vector<std::string> events(const std::string& subject);
    template <class Msg>
    Msg last_event(const std::string& subject) {
        Msg message;
        EXPECT_TRUE(message.ParseFromString(last_payload(*Msg::descriptor(), subject)));
        return message;
    }
    [[nodiscard]] std::vector<std::string> violations();
    [[nodiscard]] std::int64_t count(const std::string& name);
    [[nodiscard]] std::string next_id() { return ids_.next_ulid(); }
    [[nodiscard]] std::string next_trace() { return "81" + std::to_string(++traces_); }
    [[nodiscard]] runtime::App& app() { return *app_; }
    [[nodiscard]] runtime::TestSite& site() { return site_; }

  private:
    std::string last_payload(const google::protobuf::Descriptor& type, const std::string& subject);
    void start();
    void send(const events::Envelope& event);
    void place(const std::string& id, const std::string& institution_class,
               const std::string& parent, bool member);
    void practitioner(const std::string& id, const std::string& institution_id,
                      const std::string& title, const std::vector<std::string>& rights);

    runtime::TestSite site_;
    kafka::MockCluster broker_;
    kafka::Producer producer_;
    std::unique_ptr<runtime::App> app_;
    std::map<std::string, std::unique_ptr<rpc::Client>> clients_;
    std::map<std::string, std::int64_t> sequences_;
    std::map<std::string, events::Envelope> sent_;
    SeededIds ids_{2026};
    std::int64_t traces_ = 1'000'000'000'000'000'000;
};

// Request on a prescription.
template <class Req>
[[nodiscard]] Req on(const std::string& prescription_id) {
    Req request;
    request.set_prescription_id(prescription_id);
    return request;
}

}  // namespace yilian::prescriptions::testing
