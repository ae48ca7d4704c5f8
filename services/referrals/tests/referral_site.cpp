#include "services/referrals/tests/referral_site.h"

#include <thread>

#include "grpcpp/channel.h"
#include "libs/calendar/local_time.h"
#include "libs/events/codec.h"
#include "libs/kafka/admin.h"
#include "libs/runtime/testing/facts.h"
#include "services/referrals/app_wiring.h"
#include "services/referrals/store/values.h"
#include "yilian/directory/v1/events.pb.h"

namespace yilian::referrals::testing {
namespace {

using namespace std::chrono_literals;

constexpr storage::Query kEvents{
    "test.events", "SELECT type FROM outbox WHERE ($1 = '' OR aggregateid = $1) ORDER BY position"};
constexpr storage::Query kPayload{
    "test.payload",
    "SELECT payload FROM outbox WHERE aggregateid = $1 AND type = $2 ORDER BY position DESC LIMIT "
    "1"};

std::vector<std::string> topics() {
    return {"yilian.directory.v1", "yilian.registries.v1", "yilian.referrals.v1",
            "yilian.prescriptions.v1"};
}

std::string operator_method(const std::string& name) {
    return "yilian.common.v1.OperatorService/" + name;
}

}  // namespace

Instant local(const std::string& text) { return *calendar::parse_rfc3339(text + "+08:00"); }

void set_local(google::protobuf::Timestamp* out, const std::string& text) {
    store::set_time(out, local(text));
}

std::string shown(const google::protobuf::Timestamp& at) {
    return calendar::rfc3339(store::instant_of(at)).substr(0, 19);
}

ReferralSite::ReferralSite(storage::Dialect dialect, const std::string& district)
    : site_(dialect),
      broker_(topics(), kafka::kPartitions),
      producer_({.connection = {.address = kafka::BrokerAddress::fixed(broker_.bootstrap())}}) {
    site_.district = district;
    site_.clock_start = "2026-03-01T00:00:00+08:00";
    start();
}

ReferralSite::~ReferralSite() {
    clients_.clear();
    app_.reset();
}

void ReferralSite::start() {
    auto config = site_.config("referrals");
    config.kafka.bootstrap = broker_.bootstrap();
    config.policies_dir =
        policies_dir.empty() ? runtime::TestSite::repository_policies() : policies_dir;
    config.peers = peers;
    app_ = runtime::TestSite::start(std::move(config), definition());
}

void ReferralSite::restart() {
    clients_.clear();
    app_.reset();
    start();
}

rpc::Client& ReferralSite::client(const std::string& institution_id) {
    auto& client = clients_[institution_id];
    if (!client) {
        client = institution_id == "operator"
                     ? site_.operator_client(*app_)
                     : site_.client(*app_, institution_id,
                                    {"doctor", "nurse", "registrar", "team_lead"});
        // A busy machine may need several attempts; the calls are then about the service alone.
        EXPECT_TRUE(client->channel()->WaitForConnected(std::chrono::system_clock::now() + 30s));
    }
    return *client;
}

void ReferralSite::clock(const std::string& local_time) {
    common::v1::AdvanceClockRequest request;
    set_local(request.mutable_to(), local_time);
    const auto answer = call<common::v1::AdvanceClockResponse>(
        "operator", operator_method("AdvanceClock"), request);
    ASSERT_TRUE(answer.ok()) << answer.error().reason;
}

void ReferralSite::send(const events::Envelope& event) {
    const auto error = producer_.send({events::topic_of(event.type), event.partition_key,
                                       event.payload, events::to_headers(event)},
                                      [](const kafka::Delivery& delivery) {
                                          EXPECT_TRUE(delivery.error.ok()) << delivery.error.text;
                                      });
    ASSERT_TRUE(error.ok()) << error.text;
}

std::string ReferralSite::publish(const google::protobuf::Message& message) {
    const events::Envelope event =
        runtime::fact_envelope(message, site_.district, ids_, sequences_, app_->clock().now());
    send(event);
    sent_[event.id] = event;
    unsettled_.push_back(event.id);
    return event.id;
}

void ReferralSite::settle() {
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (producer_.outstanding() > 0 && std::chrono::steady_clock::now() < until) {
        producer_.poll(50ms);
    }
    for (const std::string& event_id : unsettled_) {
        runtime::wait_until_applied(*app_, sent_.at(event_id), until);
    }
    unsettled_.clear();
}

std::string ReferralSite::fact(const google::protobuf::Message& message) {
    std::string event_id = publish(message);
    settle();
    return event_id;
}

void ReferralSite::deliver_again(const std::string& event_id) {
    send(sent_.at(event_id));
    settle();
}

void ReferralSite::people_and_places() {
    struct Place {
        const char* id;
        const char* institution_class;
        common::v1::InstitutionLevel level;
        bool member;
    };
    for (const Place& place :
         {Place{"H1", "hospital", common::v1::INSTITUTION_LEVEL_L3, true},
          Place{"H2", "hospital", common::v1::INSTITUTION_LEVEL_L3, true},
          Place{"B1", "centre", common::v1::INSTITUTION_LEVEL_L1, true},
          Place{"V1", "village_clinic", common::v1::INSTITUTION_LEVEL_L1, true},
          Place{"T1", "township_hospital", common::v1::INSTITUTION_LEVEL_L1, true},
          Place{"H9", "hospital", common::v1::INSTITUTION_LEVEL_L3, false}}) {
        directory::v1::InstitutionRegistered institution;
        institution.set_institution_id(place.id);
        institution.set_class_(place.institution_class);
        institution.set_level(place.level);
        institution.set_effective_on("2025-01-01");
        publish(institution);
        directory::v1::PractitionerRegistered doctor;
        doctor.set_practitioner_id(std::string(place.id) + "-p1");
        doctor.add_institution_ids(place.id);
        doctor.set_institution_id(place.id);
        doctor.set_valid_from("2025-01-01");
        publish(doctor);
        if (!place.member) continue;
        directory::v1::ConsortiumMembershipChanged membership;
        membership.set_consortium_id("C1");
        membership.set_institution_id(place.id);
        membership.set_from("2025-01-01");
        publish(membership);
    }
    settle();
}

void ReferralSite::resident(const std::string& resident_id, const std::string& birth_date) {
    directory::v1::ResidentRegistered resident;
    resident.set_resident_id(resident_id);
    resident.set_sex(common::v1::SEX_MALE);
    resident.set_birth_date(birth_date);
    resident.set_insurance(common::v1::INSURANCE_RES);
    fact(resident);
}

void ReferralSite::contract(const std::string& resident_id, const std::string& contract_id) {
    directory::v1::ContractActivated contract;
    contract.set_contract_id(contract_id);
    contract.set_resident_id(resident_id);
    contract.set_team_id("team-t");
    contract.set_institution_id("B1");
    contract.set_valid_from("2026-01-01");
    contract.set_valid_to("2026-12-31");
    fact(contract);
}

v1::Referral ReferralSite::get(const std::string& institution_id, const std::string& referral_id) {
    v1::GetReferralRequest request;
    request.set_referral_id(referral_id);
    const auto answer = call<v1::Referral>(
        institution_id, "yilian.referrals.v1.ReferralService/GetReferral", request);
    EXPECT_TRUE(answer.ok()) << answer.error().reason;
    return answer.ok() ? answer.value() : v1::Referral();
}

v1::ReferralContent ReferralSite::content() {
    v1::ReferralContent c;
    c.set_direction(v1::DIRECTION_UP);
    c.set_kind(v1::REFERRAL_KIND_INPATIENT);
    c.set_priority(v1::PRIORITY_ROUTINE);
    c.set_sender_department_code("A02");
    c.set_receiver_institution_id("H1");
    v1::Diagnosis* main = c.add_diagnoses();
    main->set_code("I10.x05");
    main->set_is_main(true);
    c.add_diagnoses()->set_code("E87.600");
    c.set_reason_code("NOT_AT_GOAL");
    c.set_chief_complaint("headache");
    c.set_present_illness("three weeks");
    c.set_past_history("none");
    for (const auto& [code, value] : {std::pair{"sbp_mmhg", 172}, std::pair{"dbp_mmhg", 104},
                                      std::pair{"potassium_e2", 320}, std::pair{"diuretic", 0}}) {
        v1::Measurement* m = c.add_measurements();
        m->set_code(code);
        m->set_value(value);
    }
    c.mutable_consent()->set_method(v1::CONSENT_METHOD_SIGNED);
    set_local(c.mutable_consent()->mutable_given_at(), "2026-03-01T08:00:00");
    return c;
}

v1::Referral ReferralSite::submitted(const std::string& resident_id,
                                     const v1::ReferralContent& content,
                                     const std::string& sender) {
    v1::CreateReferralRequest create;
    create.set_referral_id(ids_.next_ulid());
    create.set_resident_id(resident_id);
    *create.mutable_content() = content;
    const v1::Referral draft = change(sender, "CreateReferral", create);
    v1::SubmitReferralRequest submit;
    submit.set_referral_id(draft.referral_id());
    submit.set_etag(draft.etag());
    return change(sender, "SubmitReferral", submit);
}

v1::Referral ReferralSite::accepted(const std::string& resident_id,
                                    const v1::ReferralContent& content) {
    v1::AcceptReferralRequest accept;
    accept.set_referral_id(submitted(resident_id, content).referral_id());
    return change(content.receiver_institution_id(), "AcceptReferral", accept);
}

void ReferralSite::offer(const std::string& institution_id,
                         const std::function<void(v1::ServiceOffer&)>& more) {
    v1::PublishServiceOfferRequest request;
    request.set_request_id(runtime::new_request_id());
    v1::ServiceOffer* offer = request.mutable_offer();
    offer->set_offer_id("offer-" + institution_id);
    offer->set_institution_id(institution_id);
    offer->add_kinds(v1::REFERRAL_KIND_INPATIENT);
    offer->add_kinds(v1::REFERRAL_KIND_OUTPATIENT);
    offer->set_valid_from("2026-01-01");
    if (more) more(*offer);
    const auto answer = call<v1::ServiceOffer>(
        institution_id, "yilian.referrals.v1.SlotService/PublishServiceOffer", request);
    EXPECT_TRUE(answer.ok()) << answer.error().reason;
}

std::vector<v1::Slot> ReferralSite::slots(const std::string& pool_id, v1::ResourceKind kind,
                                          const std::string& start_at, int capacity,
                                          const std::string& owner) {
    v1::PublishPoolRequest publish;
    publish.set_request_id(runtime::new_request_id());
    publish.mutable_pool()->set_pool_id(pool_id);
    publish.mutable_pool()->set_owner_institution_id(owner);
    publish.mutable_pool()->set_resource_kind(kind);
    publish.mutable_pool()->set_specialty_code("A03");
    EXPECT_TRUE(
        call<v1::ResourcePool>(owner, "yilian.referrals.v1.SlotService/PublishPool", publish).ok());
    v1::OpenSlotsRequest open;
    open.set_request_id(runtime::new_request_id());
    open.set_pool_id(pool_id);
    v1::SlotPlan* plan = open.add_plans();
    set_local(plan->mutable_start_at(), start_at);
    store::set_time(plan->mutable_end_at(), local(start_at) + 30min);
    plan->set_capacity(capacity);
    for (int i = 0; i < 4; ++i) plan->add_slot_ids(ids_.next_ulid());
    const auto answer =
        call<v1::OpenSlotsResponse>(owner, "yilian.referrals.v1.SlotService/OpenSlots", open);
    EXPECT_TRUE(answer.ok()) << answer.error().reason;
    if (!answer.ok()) return {};
    return {answer.value().slots().begin(), answer.value().slots().end()};
}

rpc::CallResult<v1::Hold> ReferralSite::hold(const std::string& institution_id,
                                             const std::string& slot_id,
                                             const std::string& resident_id,
                                             const std::string& referral_id) {
    v1::HoldSlotRequest request;
    request.set_request_id(runtime::new_request_id());
    request.set_hold_id(ids_.next_ulid());
    request.set_slot_id(slot_id);
    request.set_resident_id(resident_id);
    request.set_referral_id(referral_id);
    return call<v1::Hold>(institution_id, "yilian.referrals.v1.SlotService/HoldSlot", request);
}

v1::Referral ReferralSite::booked(const v1::Referral& referral, const std::string& slot_id) {
    const auto held = hold("B1", slot_id, referral.resident_id(), referral.referral_id());
    EXPECT_TRUE(held.ok()) << held.error().reason;
    if (!held.ok()) return {};
    v1::BookReferralRequest book;
    book.set_referral_id(referral.referral_id());
    book.set_hold_id(held.value().hold_id());
    return change("B1", "BookReferral", book);
}

std::vector<std::string> ReferralSite::events(const std::string& subject) {
    std::vector<std::string> types;
    (void)app_->store().read([&](storage::Transaction& tx) {
        types.clear();
        for (const storage::Row& row : tx.select(kEvents, subject)) {
            const std::string type = row.text(0).substr(std::string("yilian.referrals.").size());
            if (type != "access.recorded.v1") types.push_back(type.substr(0, type.size() - 3));
        }
    });
    return types;
}

std::string ReferralSite::last_payload(const google::protobuf::Descriptor& type,
                                       const std::string& subject) {
    const std::string name = type.options().GetExtension(common::v1::event).type();
    std::string payload;
    (void)app_->store().read([&](storage::Transaction& tx) {
        const auto row = tx.select_one(kPayload, subject, name);
        if (row) payload = row->bytes(0);
    });
    EXPECT_FALSE(payload.empty()) << "no " << name << " of " << subject;
    return payload;
}

std::vector<std::string> ReferralSite::violations() {
    const auto answer = call<common::v1::RunChecksResponse>(
        "operator", operator_method("RunChecks"), common::v1::RunChecksRequest());
    EXPECT_TRUE(answer.ok()) << answer.error().reason;
    std::vector<std::string> found;
    if (!answer.ok()) return found;
    for (const auto& result : answer.value().results()) {
        for (const auto& violation : result.violations()) {
            found.push_back(result.check_id() + ": " + violation);
        }
    }
    return found;
}

std::int64_t ReferralSite::count(const std::string& name) {
    const auto answer = call<common::v1::GetCountsResponse>(
        "operator", operator_method("GetCounts"), common::v1::GetCountsRequest());
    EXPECT_TRUE(answer.ok()) << answer.error().reason;
    if (answer.ok()) {
        for (const auto& count : answer.value().counts()) {
            if (count.name() == name && count.scope().empty()) return count.value();
        }
    }
    ADD_FAILURE() << "no count " << name;
    return -1;
}

std::int64_t ReferralSite::number(const storage::Query& query) {
    std::int64_t value = -1;
    (void)app_->store().read(
        [&](storage::Transaction& tx) { value = tx.select_one(query)->i64(0); });
    return value;
}

}  // namespace yilian::referrals::testing
