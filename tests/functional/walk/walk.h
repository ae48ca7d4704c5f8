#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/timestamp.pb.h"
#include "tests/functional/platform.h"
#include "yilian/billing/v1/types.pb.h"
#include "yilian/registries/v1/types.pb.h"

// The loop of events.md 7 through all five services: one resident, 26 steps, with the names, dates,
// times and numbers of the specification. Each step moves the clock to its time, makes its calls,
// and expects its answers, its events and the copies that follow. walk_test.cpp is the story; other
// tests take the state after it.
namespace yilian::functional::walk {

// People and places. Ids of records are made by clients; names of places are imported codes.
inline constexpr const char* kDistrict = "350104";
inline constexpr const char* kConsortium = "C1";
inline constexpr const char* kHospital = "H1";
inline constexpr const char* kCentre = "B1";
inline constexpr const char* kClinic = "V1";
inline constexpr const char* kTeam = "t";
inline constexpr const char* kResident = "01jwa1k000000000000000000r";
inline constexpr const char* kContract = "01jwa1k000000000000000000c";
inline constexpr const char* kPrescription = "01jwa1k00000000000000000rx";
inline constexpr const char* kAmlodipine = "XC08CAA001A001010100000";

inline const Platform::Who kRegistrar{"AGENCY", "registrar-1", {"registrar"}};
inline const Platform::Who kTeamDoctor{"B1", "gp-1", {"doctor", "nurse", "team_lead"}};
inline const Platform::Who kPharmacist{"B1", "ph-1", {"pharmacist"}};
inline const Platform::Who kCentreCoder{"B1", "coder-1", {"coder", "finance"}};
inline const Platform::Who kHospitalDoctor{"H1", "doctor-2", {"doctor", "nurse", "registrar"}};
inline const Platform::Who kHospitalCoder{"H1", "coder-2", {"coder", "finance"}};
inline const Platform::Who kVillageDoctor{"V1", "vd-1", {"dispenser"}};
inline const Platform::Who kVillageCoder{"V1", "vd-1", {"coder"}};
inline const Platform::Who kAgencyClerk{"AGENCY", "clerk-1", {"agency_clerk"}};
inline const Platform::Who kAgencyApprover{"AGENCY", "approver-1", {"agency_approver"}};

class Walk {
  public:
    // Starts the five services on 2025-12-20 09:00.
    Walk();

    void people_and_places();

    void step1_contract_is_signed_and_its_fee_is_split();
    void step2_resident_is_enrolled();
    void step3_capitation_of_march_is_priced();
    void step4_first_visit_asks_for_an_adjusted_treatment();
    void step5_second_visit_advises_to_refer();
    void step6_advice_opens_a_draft();
    void step8_draft_is_filled_and_its_criteria_are_met();
    void step9_referral_is_submitted();
    void step10_hospital_accepts();
    void step11_bed_is_held_and_booked();
    void step13_resident_arrives_and_the_record_follows();
    void step14_care_starts_and_the_evidence_is_issued();
    void step15_centre_sends_the_list_of_the_first_stay();
    void step16_hospital_completes_and_proposes_down();
    void step17_centre_accepts_the_return();
    void steps18_and_19_hospital_sends_the_list_of_the_second_stay();
    void step20_home_visit_follows_up_and_the_loop_is_closed();
    void step21_long_prescription_is_assessed();
    void step22_extended_prescription_becomes_effective();
    void step23_clinic_dispenses();
    void step24_clinic_sends_its_list_and_the_prescription_is_settled();
    void step25_month_is_computed_and_approved();
    void step26_month_is_published_closed_and_paid();
    // All of the above in order.
    void whole();

    // The table of postings, the balances and the counts under the steps.
    void expect_postings_of_march();
    void expect_balances_of_march();
    void expect_counts();
    // Every check of every service, dead letters, effects and the ledger.
    void expect_everything_right();

    // Consumes what is under way, then moves the clock to a local time "2026-03-17T09:20".
    void at(const std::string& local_time);

    // A call that must succeed, else the walk ends here. A request_id that is empty is filled.
    template <class Resp>
    Resp ok(const Platform::Who& who, std::string_view method,
            const google::protobuf::Message& request) {
        const auto prepared = with_request_id(request);
        if (amend) amend(*prepared);
        auto answer = platform.call<Resp>(who, method, *prepared);
        if (!answer.ok()) stop(method, answer.error());
        if (answered) answered(who, method, *prepared, answer.value());
        return answer.value();
    }
    // The reason of a call that must be refused, "" when it succeeds.
    template <class Resp>
    std::string refused(const Platform::Who& who, std::string_view method,
                        const google::protobuf::Message& request) {
        const auto answer = platform.call<Resp>(who, method, *with_request_id(request));
        return answer.ok() ? "" : answer.error().reason;
    }

    // Published events of a type, oldest first, from the outbox of their owner.
    template <class Msg>
    std::vector<Msg> published() {
        std::vector<Msg> messages;
        for (const std::string& payload : payloads(*Msg::descriptor())) {
            YILIAN_INVARIANT(messages.emplace_back().ParseFromString(payload), "event payload");
        }
        return messages;
    }
    // The only one of its type; fails the test unless there is exactly one.
    template <class Msg>
    Msg only() {
        auto messages = published<Msg>();
        expect_one(Msg::descriptor()->full_name(), messages.size());
        return messages.empty() ? Msg() : messages.back();
    }
    template <class Msg>
    Msg last() {
        auto messages = published<Msg>();
        if (messages.empty()) expect_one(Msg::descriptor()->full_name(), 0);
        return messages.empty() ? Msg() : messages.back();
    }
    // Short types ("referral.accepted") of a service's events about one subject, in order.
    std::vector<std::string> history(const std::string& service, const std::string& subject);

    // Rows of a table of a service: the copies that follow an event.
    std::int64_t rows(const std::string& service, const std::string& table);

    // For tests that look at every call: changes a request before it is sent; sees both sides of
    // one that succeeded.
    std::function<void(google::protobuf::Message& request)> amend;
    std::function<void(const Platform::Who&, std::string_view method,
                       const google::protobuf::Message& request,
                       const google::protobuf::Message& answer)>
        answered;

    Platform platform;
    std::string referral_id;
    std::string evidence_id;

  private:
    static std::unique_ptr<google::protobuf::Message> with_request_id(
        const google::protobuf::Message& request);
    [[noreturn]] static void stop(std::string_view method, const rpc::CallError& error);
    static void expect_one(std::string_view type, std::size_t count);
    std::vector<std::string> payloads(const google::protobuf::Descriptor& type);

    void institution(const std::string& id, const std::string& institution_class, int level,
                     const std::string& parent);
    void member_of_consortium(const std::string& id, bool lead);
    void practitioner(const std::string& id, const std::string& institution_id,
                      const std::vector<std::string>& rights);
    void team();
    void resident();
    void drug_catalogue();
    void hospital_offers_beds();

    registries::v1::Visit visit(const std::string& visit_id, const std::string& on, int sbp_mmhg,
                                int dbp_mmhg, registries::v1::VisitMode mode);
    std::vector<registries::v1::CareAction> care_actions();
    std::int64_t visit_points();
    billing::v1::Case submit(const Platform::Who& who, const billing::v1::SettlementList& list);
    std::map<std::string, std::int64_t> balances(const std::string& until_period);

    std::string adjust_action_id_;
    std::string refer_action_id_;
    std::string follow_up_action_id_;
    std::string hold_id_;
    std::string claim_secret_;
    std::string run_id_;
    std::string run_etag_;
};

// "2026-03-17T11:20" of an answer's time, at +08:00.
[[nodiscard]] std::string shown(const google::protobuf::Timestamp& at);
// "2026-03-17T11:20" -> the field.
void set_local(google::protobuf::Timestamp* field, const std::string& local_time);

// Full names of methods: referrals("AcceptReferral").
[[nodiscard]] std::string contracts(std::string_view method);
[[nodiscard]] std::string registry(std::string_view method);
[[nodiscard]] std::string referrals(std::string_view method);
[[nodiscard]] std::string slots(std::string_view method);
[[nodiscard]] std::string prescriptions(std::string_view method);
[[nodiscard]] std::string lists(std::string_view method);
[[nodiscard]] std::string settlement(std::string_view method);
[[nodiscard]] std::string ledger(std::string_view method);

}  // namespace yilian::functional::walk
