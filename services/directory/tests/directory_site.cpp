#include "services/directory/tests/directory_site.h"

#include <thread>

#include "libs/calendar/local_time.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/envelope.h"
#include "libs/events/codec.h"
#include "libs/kafka/admin.h"
#include "libs/rpc/local_site.h"
#include "libs/runtime/testing/facts.h"
#include "services/directory/app_wiring.h"
#include "yilian/common/v1/event.pb.h"

namespace yilian::directory::testing {
namespace {

using namespace std::chrono_literals;

constexpr storage::Query kEvents{"test.events",
                                 "SELECT type FROM outbox WHERE ($1 = '' OR aggregateid = $1) AND "
                                 "type <> 'yilian.directory.access.recorded.v1' ORDER BY position"};
constexpr storage::Query kPayload{
    "test.payload",
    "SELECT payload FROM outbox WHERE aggregateid = $1 AND type = $2 ORDER BY position DESC LIMIT "
    "1"};

std::vector<std::string> topics() {
    return {"yilian.directory.v1",
            "yilian.registries.v1",
            "yilian.referrals.v1",
            "yilian.prescriptions.v1",
            "yilian.billing.v1",
            "yilian.directory.yilian.registries.v1.dlt",
            "yilian.directory.yilian.billing.v1.dlt"};
}

}  // namespace

std::string method_of(const google::protobuf::Message& request) {
    const auto* file = request.GetDescriptor()->file();
    for (int s = 0; s < file->service_count(); ++s) {
        for (int m = 0; m < file->service(s)->method_count(); ++m) {
            const auto* method = file->service(s)->method(m);
            if (method->input_type() == request.GetDescriptor()) {
                return method->service()->full_name() + "/" + method->name();
            }
        }
    }
    return "";
}

DirectorySite::DirectorySite(storage::Dialect dialect, const std::string& district,
                             const std::string& clock_start)
    : site_(dialect),
      broker_(topics(), kafka::kPartitions),
      producer_({.connection = {.address = kafka::BrokerAddress::fixed(broker_.bootstrap())}}) {
    site_.district = district;
    site_.clock_start = clock_start;
    EXPECT_TRUE(
        rpc::write_file(site_.file("identity_key"), crypto::KeyRing::make_line(1), true).ok());
    EXPECT_TRUE(
        rpc::write_file(site_.file("digest_key"), crypto::hex(crypto::random_bytes(32)), true)
            .ok());
    start();
}

DirectorySite::~DirectorySite() {
    clients_.clear();
    app_.reset();
}

void DirectorySite::start() {
    auto config = site_.config("directory");
    config.kafka.bootstrap = broker_.bootstrap();
    config.policies_dir =
        policies_dir.empty() ? runtime::TestSite::repository_policies() : policies_dir;
    config.secrets = {{"identity_key", site_.file("identity_key")},
                      {"digest_key", site_.file("digest_key")}};
    app_ = runtime::TestSite::start(std::move(config), definition());
}

void DirectorySite::restart() {
    clients_.clear();
    app_.reset();
    start();
}

rpc::Client& DirectorySite::client(const Who& who) {
    auto& client = clients_[who.institution_id + "/" + who.subject];
    if (!client) client = site_.client(*app_, who.institution_id, who.roles, who.subject);
    return *client;
}

rpc::CallResult<std::string> DirectorySite::call_raw(const Who& who, const std::string& method,
                                                     const google::protobuf::Message& request) {
    return client(who).call_raw_blocking(method, request, {.timeout = std::chrono::seconds(60)});
}

void DirectorySite::clock(const std::string& local_time) {
    const auto ms = to_ms(*calendar::parse_rfc3339(local_time + "+08:00"));
    common::v1::AdvanceClockRequest request;
    request.mutable_to()->set_seconds(ms / 1000);
    operate<common::v1::AdvanceClockResponse>("AdvanceClock", request);
}

kafka::Delivery DirectorySite::send(const events::Envelope& event) {
    std::optional<kafka::Delivery> delivered;
    const auto error = producer_.send({events::topic_of(event.type), event.partition_key,
                                       event.payload, events::to_headers(event)},
                                      [&](const kafka::Delivery& d) { delivered = d; });
    EXPECT_TRUE(error.ok()) << error.text;
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (!delivered && std::chrono::steady_clock::now() < until) producer_.poll(50ms);
    EXPECT_TRUE(delivered && delivered->error.ok());
    return delivered.value_or(kafka::Delivery());
}

std::string DirectorySite::fact(const google::protobuf::Message& message) {
    const events::Envelope event =
        runtime::fact_envelope(message, site_.district, ids_, sequences_, app_->clock().now());
    send(event);
    sent_[event.id] = event;
    runtime::wait_until_applied(*app_, event, std::chrono::steady_clock::now() + 30s);
    return event.id;
}

void DirectorySite::deliver_again(const std::string& event_id) {
    const events::Envelope& event = sent_.at(event_id);
    const kafka::Delivery at = send(event);
    const std::string topic = events::topic_of(event.type);
    const auto until = std::chrono::steady_clock::now() + 30s;
    bool passed = false;
    while (!passed && std::chrono::steady_clock::now() < until) {
        const auto status = operate<common::v1::GetPipelineStatusResponse>(
            "GetPipelineStatus", common::v1::GetPipelineStatusRequest());
        for (const auto& c : status.consumed()) {
            passed = passed || (c.topic() == topic && c.partition() == at.partition &&
                                c.next_offset() > at.offset);
        }
        if (!passed) std::this_thread::sleep_for(5ms);
    }
    EXPECT_TRUE(passed);
}

void DirectorySite::institution(const std::string& id, const std::string& institution_class,
                                const std::string& parent) {
    v1::RegisterInstitutionRequest r;
    auto* i = r.mutable_institution();
    i->set_institution_id(id);
    i->set_name("place " + id);
    i->set_class_(institution_class);
    i->set_level(institution_class == "hospital" ? common::v1::INSTITUTION_LEVEL_L3
                                                 : common::v1::INSTITUTION_LEVEL_L1);
    i->set_district_code(site_.district);
    i->set_parent_institution_id(parent);
    i->set_agreement_from("2020-01-01");
    i->set_effective_on("2020-01-01");
    ok<v1::Institution>(kRegistrar, r);
    v1::SetMembershipRequest m;
    m.mutable_membership()->set_consortium_id("C1");
    m.mutable_membership()->set_institution_id(id);
    m.mutable_membership()->set_role(id == "H1" ? v1::MEMBERSHIP_ROLE_LEAD
                                                : v1::MEMBERSHIP_ROLE_MEMBER);
    m.mutable_membership()->set_from("2020-01-01");
    ok<v1::Membership>(kRegistrar, m);
}

void DirectorySite::practitioner(const std::string& id, const std::string& institution_id) {
    v1::RegisterPractitionerRequest r;
    auto* p = r.mutable_practitioner();
    p->set_practitioner_id(id);
    p->set_name("Doctor " + id);
    p->add_institution_ids(institution_id);
    p->set_title("MIDDLE");
    p->add_rights("PRESCRIBE");
    p->set_valid_from("2020-01-01");
    ok<v1::Practitioner>(kRegistrar, r);
}

rpc::CallResult<v1::Team> DirectorySite::team(
    const std::string& id, const std::string& institution_id,
    const std::vector<std::pair<std::string, std::string>>& members_and_roles) {
    v1::CreateTeamRequest r;
    r.set_team_id(id);
    r.set_institution_id(institution_id);
    r.set_leader_id(members_and_roles.front().first);
    for (const auto& [practitioner_id, role] : members_and_roles) {
        auto* member = r.add_members();
        member->set_practitioner_id(practitioner_id);
        member->set_role(role);
    }
    return call<v1::Team>(kRegistrar, r);
}

void DirectorySite::people_and_places() {
    institution("H1", "hospital");
    institution("B1", "centre");
    institution("B2", "centre");
    institution("V1", "village_clinic", "B1");
    practitioner("gp-1", "B1");
    practitioner("nurse-1", "B1");
    practitioner("gp-2", "B2");
    practitioner("nurse-2", "B2");
    practitioner("doctor-1", "H1");
    EXPECT_TRUE(team("t", "B1", {{"gp-1", "GP"}, {"nurse-1", "NURSE"}}).ok());
    EXPECT_TRUE(team("u", "B2", {{"gp-2", "GP"}, {"nurse-2", "NURSE"}}).ok());
}

v1::RegisterResidentRequest DirectorySite::registration(const std::string& resident_id,
                                                        const std::string& document,
                                                        const std::string& birth_date) {
    v1::RegisterResidentRequest r;
    r.set_resident_id(resident_id);
    r.mutable_identity()->set_document_kind("PASSPORT");
    r.mutable_identity()->set_document_number(document);
    r.mutable_identity()->set_name("Resident " + resident_id);
    r.set_sex(common::v1::SEX_MALE);
    r.set_birth_date(birth_date);
    r.set_insurance(common::v1::INSURANCE_RES);
    r.set_insured_region("350104");
    r.set_home_institution_id("B1");
    return r;
}

void DirectorySite::resident(const std::string& resident_id, const std::string& birth_date) {
    ok<v1::RegisterResidentResponse>(kRegistrar,
                                     registration(resident_id, "P-" + resident_id, birth_date));
}

v1::OfferContractRequest DirectorySite::offer(const std::string& contract_id,
                                              const std::string& resident_id,
                                              const std::string& team_id,
                                              const std::string& valid_from,
                                              const std::string& valid_to) {
    v1::OfferContractRequest r;
    r.set_contract_id(contract_id);
    r.set_resident_id(resident_id);
    r.set_team_id(team_id);
    r.set_valid_from(valid_from);
    r.set_valid_to(valid_to);
    r.set_fee_fen(12'000);
    return r;
}

v1::SignContractRequest DirectorySite::signature(const std::string& contract_id) {
    v1::SignContractRequest r;
    r.set_contract_id(contract_id);
    r.mutable_signature()->set_method(v1::SIGNATURE_METHOD_E_SIGN);
    r.mutable_signature()->set_document_id("doc-1");
    return r;
}

v1::Contract DirectorySite::signed_contract(const std::string& contract_id,
                                            const std::string& resident_id,
                                            const std::string& valid_from,
                                            const std::string& valid_to) {
    ok<v1::Contract>(kTeamLead, offer(contract_id, resident_id, "t", valid_from, valid_to));
    return ok<v1::Contract>(kTeamLead, signature(contract_id));
}

v1::Contract DirectorySite::contract(const std::string& contract_id) {
    v1::GetContractRequest r;
    r.set_contract_id(contract_id);
    return ok<v1::Contract>(kTeamLead, r);
}

v1::ContractStatus DirectorySite::status(const std::string& resident_id, const std::string& on) {
    v1::GetContractStatusRequest r;
    r.set_resident_id(resident_id);
    r.set_on(on);
    return ok<v1::ContractStatus>(kTeamLead, r);
}

std::vector<std::string> DirectorySite::events(const std::string& subject) {
    std::vector<std::string> out;
    const std::string prefix = "yilian.directory.";
    EXPECT_TRUE(app_->store()
                    .read([&](storage::Transaction& tx) {
                        out.clear();
                        for (const auto& row : tx.select(kEvents, subject)) {
                            std::string type = row.text(0).substr(prefix.size());
                            out.push_back(type.substr(0, type.rfind(".v1")));
                        }
                    })
                    .ok());
    return out;
}

std::string DirectorySite::last_payload(const google::protobuf::Descriptor& type,
                                        const std::string& subject) {
    const std::string name = type.options().GetExtension(common::v1::event).type();
    std::string payload;
    (void)app_->store().read([&](storage::Transaction& tx) {
        const auto row = tx.select_one(kPayload, subject, name);
        payload = row ? row->bytes(0) : "";
    });
    EXPECT_FALSE(payload.empty()) << "no " << name << " of " << subject;
    return payload;
}

std::vector<std::string> DirectorySite::violations() {
    std::vector<std::string> found;
    const auto answer =
        operate<common::v1::RunChecksResponse>("RunChecks", common::v1::RunChecksRequest());
    for (const auto& result : answer.results()) {
        for (const std::string& id : result.violations()) {
            found.push_back(result.check_id() + ": " + id);
        }
    }
    return found;
}

std::int64_t DirectorySite::count(const std::string& name) {
    const auto answer =
        operate<common::v1::GetCountsResponse>("GetCounts", common::v1::GetCountsRequest());
    for (const auto& count : answer.counts()) {
        if (count.name() == name && count.scope().empty() && count.period().empty()) {
            return count.value();
        }
    }
    return -1;
}

std::int64_t DirectorySite::number(const storage::Query& query) {
    std::int64_t found = -1;
    EXPECT_TRUE(app_->store()
                    .read([&](storage::Transaction& tx) { found = tx.select_one(query)->i64(0); })
                    .ok());
    return found;
}

}  // namespace yilian::directory::testing
