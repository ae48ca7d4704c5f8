#include "tests/functional/walk/walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <stdexcept>

#include "libs/calendar/local_time.h"
#include "services/billing/app_wiring.h"
#include "services/directory/app_wiring.h"
#include "services/prescriptions/app_wiring.h"
#include "services/referrals/app_wiring.h"
#include "services/registries/app_wiring.h"
#include "yilian/common/v1/event.pb.h"

namespace yilian::functional::walk {
namespace {

constexpr storage::Query kPayloads{"walk.payloads",
                                   "SELECT payload FROM outbox WHERE type = $1 ORDER BY position"};
constexpr storage::Query kHistory{
    "walk.history", "SELECT type FROM outbox WHERE aggregateid = $1 ORDER BY position"};

}  // namespace

Walk::Walk()
    : platform(kDistrict, "2025-12-20T09:00:00+08:00",
               {directory::definition(), registries::definition(), referrals::definition(),
                prescriptions::definition(), billing::definition()}) {}

void Walk::whole() {
    people_and_places();
    step1_contract_is_signed_and_its_fee_is_split();
    step2_resident_is_enrolled();
    step3_capitation_of_march_is_priced();
    step4_first_visit_asks_for_an_adjusted_treatment();
    step5_second_visit_advises_to_refer();
    step6_advice_opens_a_draft();
    step8_draft_is_filled_and_its_criteria_are_met();
    step9_referral_is_submitted();
    step10_hospital_accepts();
    step11_bed_is_held_and_booked();
    step13_resident_arrives_and_the_record_follows();
    step14_care_starts_and_the_evidence_is_issued();
    step15_centre_sends_the_list_of_the_first_stay();
    step16_hospital_completes_and_proposes_down();
    step17_centre_accepts_the_return();
    steps18_and_19_hospital_sends_the_list_of_the_second_stay();
    step20_home_visit_follows_up_and_the_loop_is_closed();
    step21_long_prescription_is_assessed();
    step22_extended_prescription_becomes_effective();
    step23_clinic_dispenses();
    step24_clinic_sends_its_list_and_the_prescription_is_settled();
    step25_month_is_computed_and_approved();
    step26_month_is_published_closed_and_paid();
}

void Walk::at(const std::string& local_time) {
    platform.drain();
    platform.advance(local_time + ":00+08:00");
}

std::unique_ptr<google::protobuf::Message> Walk::with_request_id(
    const google::protobuf::Message& request) {
    std::unique_ptr<google::protobuf::Message> copy(request.New());
    copy->CopyFrom(request);
    const auto* field = copy->GetDescriptor()->FindFieldByName("request_id");
    const auto* reflection = copy->GetReflection();
    if (field != nullptr && reflection->GetString(*copy, field).empty()) {
        reflection->SetString(copy.get(), field, request_id());
    }
    return copy;
}

void Walk::stop(std::string_view method, const rpc::CallError& error) {
    std::string why = std::string(method) + ": " + error.reason + " " + error.message;
    for (const auto& [key, value] : error.metadata) why += " " + key + "=" + value;
    for (const auto& [field, code] : error.violations) why += " " + field + " " + code;
    throw std::runtime_error(why);
}

void Walk::expect_one(std::string_view type, std::size_t count) {
    EXPECT_EQ(count, 1U) << "published events " << type;
}

std::vector<std::string> Walk::payloads(const google::protobuf::Descriptor& type) {
    const std::string name = type.options().GetExtension(common::v1::event).type();
    std::vector<std::string> found;
    const auto status =
        platform.app(events::service_of(name)).store().read([&](storage::Transaction& tx) {
            found.clear();
            for (const auto& row : tx.select(kPayloads, name)) found.push_back(row.bytes(0));
        });
    EXPECT_TRUE(status.ok()) << status;
    return found;
}

std::int64_t Walk::rows(const std::string& service, const std::string& table) {
    // Queries are cached by the address of their text, which must stay.
    static std::deque<std::string> texts;
    const storage::Query query{"walk.rows",
                               texts.emplace_back("SELECT count(*) FROM " + table).c_str()};
    std::int64_t count = -1;
    const auto status = platform.app(service).store().read(
        [&](storage::Transaction& tx) { count = tx.select_one(query)->i64(0); });
    EXPECT_TRUE(status.ok()) << status;
    return count;
}

std::vector<std::string> Walk::history(const std::string& service, const std::string& subject) {
    const std::string prefix = "yilian." + service + ".";
    std::vector<std::string> types;
    const auto status = platform.app(service).store().read([&](storage::Transaction& tx) {
        types.clear();
        for (const auto& row : tx.select(kHistory, subject)) {
            const std::string& type = row.text(0);
            types.push_back(type.substr(prefix.size(), type.size() - prefix.size() - 3));
        }
    });
    EXPECT_TRUE(status.ok()) << status;
    return types;
}

std::string shown(const google::protobuf::Timestamp& at) {
    const std::int64_t ms = at.seconds() * 1000 + at.nanos() / 1'000'000;
    return calendar::rfc3339(instant_from_ms(ms)).substr(0, 16);
}

void set_local(google::protobuf::Timestamp* field, const std::string& local_time) {
    const auto at = calendar::parse_rfc3339(local_time + ":00+08:00");
    ASSERT_TRUE(at.ok()) << local_time;
    field->set_seconds(to_ms(*at) / 1000);
}

namespace {
std::string method_of(std::string_view service, std::string_view method) {
    return std::string(service) + "/" + std::string(method);
}
}  // namespace

std::string contracts(std::string_view method) {
    return method_of("yilian.directory.v1.ContractService", method);
}
std::string registry(std::string_view method) {
    return method_of("yilian.registries.v1.RegistryService", method);
}
std::string referrals(std::string_view method) {
    return method_of("yilian.referrals.v1.ReferralService", method);
}
std::string slots(std::string_view method) {
    return method_of("yilian.referrals.v1.SlotService", method);
}
std::string prescriptions(std::string_view method) {
    return method_of("yilian.prescriptions.v1.PrescriptionService", method);
}
std::string lists(std::string_view method) {
    return method_of("yilian.billing.v1.SettlementListService", method);
}
std::string settlement(std::string_view method) {
    return method_of("yilian.billing.v1.SettlementService", method);
}
std::string ledger(std::string_view method) {
    return method_of("yilian.billing.v1.LedgerService", method);
}

}  // namespace yilian::functional::walk
