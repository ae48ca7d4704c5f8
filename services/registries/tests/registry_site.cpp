#include "services/registries/tests/registry_site.h"

#include <algorithm>
#include <thread>

#include "libs/calendar/local_time.h"
#include "libs/events/codec.h"
#include "libs/kafka/admin.h"
#include "libs/runtime/testing/facts.h"
#include "services/registries/app_wiring.h"
#include "yilian/common/v1/event.pb.h"
#include "yilian/directory/v1/events.pb.h"

namespace yilian::registries::testing {
namespace {

using namespace std::chrono_literals;

constexpr storage::Query kEvents{
    "test.events",
    "SELECT type FROM outbox WHERE ($1 = '' OR partition_key = $1) AND "
    "type <> 'yilian.registries.access.recorded.v1' ORDER BY position"};
constexpr storage::Query kPayload{
    "test.payload",
    "SELECT payload FROM outbox WHERE partition_key = $1 AND type = $2 ORDER BY position DESC "
    "LIMIT 1"};

std::vector<std::string> topics() {
    return {"yilian.directory.v1",
            "yilian.registries.v1",
            "yilian.referrals.v1",
            "yilian.prescriptions.v1",
            "yilian.billing.v1",
            "yilian.registries.yilian.directory.v1.dlt",
            "yilian.registries.yilian.referrals.v1.dlt"};
}

}  // namespace

std::string RegistrySite::method_of(const google::protobuf::Message& request) {
    const auto* service = request.GetDescriptor()->file()->FindServiceByName("RegistryService");
    for (int m = 0; m < service->method_count(); ++m) {
        if (service->method(m)->input_type() == request.GetDescriptor()) {
            return service->full_name() + "/" + service->method(m)->name();
        }
    }
    return "";
}

RegistrySite::RegistrySite(storage::Dialect dialect, const std::string& district,
                           const std::string& clock_start)
    : site_(dialect),
      broker_(topics(), kafka::kPartitions),
      producer_({.connection = {.address = kafka::BrokerAddress::fixed(broker_.bootstrap())}}) {
    site_.district = district;
    site_.clock_start = clock_start;
    start();
}

RegistrySite::~RegistrySite() {
    clients_.clear();
    app_.reset();
}

void RegistrySite::start() {
    auto config = site_.config("registries");
    config.kafka.bootstrap = broker_.bootstrap();
    config.policies_dir =
        policies_dir.empty() ? runtime::TestSite::repository_policies() : policies_dir;
    app_ = runtime::TestSite::start(std::move(config), definition());
}

void RegistrySite::restart() {
    clients_.clear();
    app_.reset();
    start();
}

rpc::CallResult<std::string> RegistrySite::call_raw(const Who& who, const std::string& method,
                                                    const google::protobuf::Message& request) {
    std::string key = who.institution_id + "/" + who.subject;
    for (const std::string& role : who.roles) key += "/" + role;
    auto& client = clients_[key];
    if (!client) client = site_.client(*app_, who.institution_id, who.roles, who.subject);
    return client->call_raw_blocking(method, request, {.timeout = std::chrono::seconds(60)});
}

void RegistrySite::clock(const std::string& local_time) {
    const auto ms = to_ms(*calendar::parse_rfc3339(local_time + "+08:00"));
    common::v1::AdvanceClockRequest request;
    request.mutable_to()->set_seconds(ms / 1000);
    operate<common::v1::AdvanceClockResponse>("AdvanceClock", request);
}

kafka::Delivery RegistrySite::send(const events::Envelope& event) {
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

std::string RegistrySite::fact(const google::protobuf::Message& message) {
    const events::Envelope event =
        runtime::fact_envelope(message, site_.district, ids_, sequences_, app_->clock().now());
    send(event);
    sent_[event.id] = event;
    runtime::wait_until_applied(*app_, event, std::chrono::steady_clock::now() + 30s);
    return event.id;
}

void RegistrySite::deliver_again(const std::string& event_id) {
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

void RegistrySite::people_and_places() {
    for (const auto& [id, institution_class] :
         {std::pair{"H1", "hospital"}, std::pair{"B1", "centre"}, std::pair{"B2", "centre"}}) {
        directory::v1::InstitutionRegistered m;
        m.set_institution_id(id);
        m.set_class_(institution_class);
        fact(m);
    }
    for (const auto& [id, institution_id] :
         {std::pair{"gp-1", "B1"}, std::pair{"nurse-1", "B1"}, std::pair{"gp-2", "B2"},
          std::pair{"doctor-1", "H1"}}) {
        directory::v1::PractitionerRegistered m;
        m.set_practitioner_id(id);
        m.add_institution_ids(institution_id);
        m.set_institution_id(institution_id);
        m.set_title("MIDDLE");
        m.set_valid_from("2020-01-01");
        fact(m);
    }
    for (const auto& [id, institution_id] : {std::pair{"t", "B1"}, std::pair{"u", "B2"}}) {
        directory::v1::TeamCreated m;
        m.set_team_id(id);
        m.set_institution_id(institution_id);
        fact(m);
    }
}

void RegistrySite::resident(const std::string& resident_id, const std::string& birth_date) {
    directory::v1::ResidentRegistered m;
    m.set_resident_id(resident_id);
    m.set_sex(common::v1::SEX_MALE);
    m.set_birth_date(birth_date);
    m.set_home_institution_id("B1");
    fact(m);
}

void RegistrySite::died(const std::string& resident_id, const std::string& on) {
    directory::v1::ResidentDeceased m;
    m.set_resident_id(resident_id);
    m.set_on(on);
    fact(m);
}

void RegistrySite::contract(const std::string& resident_id, const std::string& team_id,
                            const std::string& institution_id) {
    directory::v1::ContractActivated m;
    m.set_contract_id("c-" + resident_id + "-" + team_id);
    m.set_resident_id(resident_id);
    m.set_team_id(team_id);
    m.set_institution_id(institution_id);
    m.set_valid_from("2026-01-01");
    m.set_valid_to("2026-12-31");
    fact(m);
}

v1::ConfirmEnrolmentRequest RegistrySite::confirmation(const std::string& resident_id,
                                                       const std::string& disease_code) {
    v1::ConfirmEnrolmentRequest r;
    r.set_enrolment_id(next_id());
    r.set_resident_id(resident_id);
    r.set_disease_code(disease_code);
    r.set_evidence_ref("encounter-1");
    r.set_consent_document_id("doc-1");
    return r;
}

v1::Enrolment RegistrySite::enrolled(const std::string& resident_id,
                                     const std::string& disease_code,
                                     const std::string& confirmed_on) {
    auto request = confirmation(resident_id, disease_code);
    request.set_confirmed_on(confirmed_on);
    return ok<v1::Enrolment>(kDoctor, request);
}

v1::RecordVisitRequest RegistrySite::visit(const std::string& resident_id, const std::string& on,
                                           int sbp, int dbp) {
    v1::RecordVisitRequest r;
    r.set_visit_id(next_id());
    r.set_resident_id(resident_id);
    r.mutable_data()->set_visit_on(on);
    r.mutable_data()->set_mode(v1::VISIT_MODE_CLINIC);
    if (sbp != 0) r.mutable_data()->set_sbp_mmhg(sbp);
    if (dbp != 0) r.mutable_data()->set_dbp_mmhg(dbp);
    return r;
}

v1::Visit RegistrySite::visited(const std::string& resident_id, const std::string& on, int sbp,
                                int dbp) {
    return ok<v1::Visit>(kDoctor, visit(resident_id, on, sbp, dbp));
}

v1::Visit RegistrySite::voided(const std::string& visit_id) {
    v1::VoidVisitRequest r;
    r.set_visit_id(visit_id);
    r.set_reason_code("WRONG_PATIENT");
    return ok<v1::Visit>(kDoctor, r);
}

v1::Enrolment RegistrySite::enrolment(const std::string& resident_id,
                                      const std::string& disease_code) {
    v1::GetEnrolmentsRequest r;
    r.set_resident_id(resident_id);
    v1::Enrolment last;
    const auto answer = ok<v1::GetEnrolmentsResponse>(kDoctor, r);
    for (const v1::Enrolment& e : answer.enrolments()) {
        if (!disease_code.empty() && e.disease_code() != disease_code) continue;
        if (last.enrolment_id().empty() || e.state() != v1::ENROLMENT_STATE_CLOSED) last = e;
    }
    return last;
}

std::vector<v1::CareAction> RegistrySite::actions(const std::string& resident_id) {
    v1::ListCareActionsRequest r;
    r.set_resident_id(resident_id);
    const auto answer = ok<v1::ListCareActionsResponse>(kDoctor, r);
    return {answer.actions().begin(), answer.actions().end()};
}

std::vector<std::string> RegistrySite::action_lines(const std::string& resident_id) {
    std::vector<std::string> lines;
    for (const v1::CareAction& a : actions(resident_id)) {
        const std::string kind = v1::CareActionKind_Name(a.kind());
        const std::string state = v1::CareActionState_Name(a.state());
        lines.push_back(kind.substr(std::string("CARE_ACTION_KIND_").size()) + " " + a.due_on() +
                        " " + state.substr(std::string("CARE_ACTION_STATE_").size()));
    }
    std::ranges::sort(lines, {}, [](const std::string& line) {
        const std::size_t at = line.find(' ');
        return line.substr(at) + line.substr(0, at);
    });
    return lines;
}

std::vector<std::string> RegistrySite::events(const std::string& resident_id) {
    std::vector<std::string> out;
    const std::string prefix = "yilian.registries.";
    EXPECT_TRUE(app_->store()
                    .read([&](storage::Transaction& tx) {
                        out.clear();
                        for (const auto& row : tx.select(kEvents, resident_id)) {
                            std::string type = row.text(0).substr(prefix.size());
                            out.push_back(type.substr(0, type.rfind(".v1")));
                        }
                    })
                    .ok());
    return out;
}

std::string RegistrySite::last_payload(const google::protobuf::Descriptor& type,
                                       const std::string& resident_id) {
    const std::string name = type.options().GetExtension(common::v1::event).type();
    std::string payload;
    (void)app_->store().read([&](storage::Transaction& tx) {
        const auto row = tx.select_one(kPayload, resident_id, name);
        payload = row ? row->bytes(0) : "";
    });
    EXPECT_FALSE(payload.empty()) << "no " << name << " of " << resident_id;
    return payload;
}

std::vector<std::string> RegistrySite::violations() {
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

std::int64_t RegistrySite::count(const std::string& name, const std::string& period,
                                 const std::string& scope) {
    const auto answer =
        operate<common::v1::GetCountsResponse>("GetCounts", common::v1::GetCountsRequest());
    for (const auto& count : answer.counts()) {
        if (count.name() == name && count.scope() == scope && count.period() == period) {
            return count.value();
        }
    }
    return -1;
}

std::int64_t RegistrySite::number(const storage::Query& query) {
    std::int64_t found = -1;
    EXPECT_TRUE(app_->store()
                    .read([&](storage::Transaction& tx) { found = tx.select_one(query)->i64(0); })
                    .ok());
    return found;
}

}  // namespace yilian::registries::testing
