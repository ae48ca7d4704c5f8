#include "services/prescriptions/tests/prescription_site.h"

#include <cstdlib>
#include <thread>

#include "libs/calendar/local_time.h"
#include "libs/events/codec.h"
#include "libs/kafka/admin.h"
#include "libs/runtime/testing/facts.h"
#include "libs/tabular/error_report.h"
#include "libs/tabular/reader.h"
#include "services/prescriptions/app_wiring.h"
#include "services/prescriptions/store/content_codec.h"
#include "services/prescriptions/store/values.h"
#include "yilian/billing/v1/events.pb.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::prescriptions::testing {
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
            "yilian.prescriptions.v1", "yilian.billing.v1"};
}

std::string operator_method(const std::string& name) {
    return "yilian.common.v1.OperatorService/" + name;
}

using tabular::Column;
using tabular::Type;

tabular::Spec catalogue_columns() {
    return {{Column::of("generic_code", Type::kId),
             Column::of("name", Type::kText),
             Column::one_of("item_class", {"WESTERN", "PATENT_TCM", "DECOCTION_PIECES"}),
             Column::of("ingredient_codes", Type::kList),
             Column::of("effect_group", Type::kText).may_be_empty(),
             Column::of("allergy_groups", Type::kList).may_be_empty(),
             Column::of("form_code", Type::kText),
             Column::of("strength_milli", Type::kInt),
             Column::of("strength_unit", Type::kText),
             Column::of("pack_unit", Type::kText),
             Column::of("max_single_dose_milli", Type::kInt).may_be_empty(),
             Column::of("max_daily_dose_milli", Type::kInt).may_be_empty(),
             Column::of("max_days", Type::kInt).may_be_empty(),
             Column::of("insurance_max_days", Type::kInt).may_be_empty(),
             Column::of("long_excluded_class", Type::kText).may_be_empty(),
             Column::flag("essential"),
             Column::of("forbidden_groups", Type::kList).may_be_empty(),
             Column::of("min_age_days", Type::kInt).may_be_empty(),
             Column::flag("trace_required"),
             Column::of("disease_codes", Type::kList).may_be_empty()}};
}

template <class Add>
void add_all(const tabular::Row& row, std::size_t column, Add add) {
    for (const std::string& code : store::split(row.text(column))) add(code);
}

v1::DrugRow drug_row(const tabular::Row& row) {
    v1::DrugRow d;
    const auto number = [&](std::size_t column) {
        return row.text(column).empty() ? std::int64_t{0}
                                        : std::stoll(std::string(row.text(column)));
    };
    d.set_generic_code(std::string(row.text(0)));
    d.set_name(std::string(row.text(1)));
    v1::ItemClass item_class{};
    EXPECT_TRUE(v1::ItemClass_Parse("ITEM_CLASS_" + std::string(row.text(2)), &item_class));
    d.set_item_class(item_class);
    add_all(row, 3, [&](const std::string& c) { d.add_ingredient_codes(c); });
    d.set_effect_group(std::string(row.text(4)));
    add_all(row, 5, [&](const std::string& c) { d.add_allergy_groups(c); });
    d.set_form_code(std::string(row.text(6)));
    d.set_strength_milli(number(7));
    d.set_strength_unit(std::string(row.text(8)));
    d.set_pack_unit(std::string(row.text(9)));
    if (number(10) > 0) d.set_max_single_dose_milli(number(10));
    if (number(11) > 0) d.set_max_daily_dose_milli(number(11));
    if (number(12) > 0) d.set_max_days(static_cast<std::int32_t>(number(12)));
    if (number(13) > 0) d.set_insurance_max_days(static_cast<std::int32_t>(number(13)));
    d.set_long_excluded_class(std::string(row.text(14)));
    d.set_essential(row.text(15) == "1");
    add_all(row, 16, [&](const std::string& c) { d.add_forbidden_groups(c); });
    if (number(17) > 0) d.set_min_age_days(static_cast<std::int32_t>(number(17)));
    d.set_trace_required(row.text(18) == "1");
    add_all(row, 19, [&](const std::string& c) { d.add_disease_codes(c); });
    return d;
}

}  // namespace

Instant local(const std::string& text) { return *calendar::parse_rfc3339(text + "+08:00"); }

void set_local(google::protobuf::Timestamp* out, const std::string& text) {
    store::set_time(out, local(text));
}

std::string shown(const google::protobuf::Timestamp& at) {
    return calendar::rfc3339(store::instant_of(at)).substr(0, 19);
}

PrescriptionSite::PrescriptionSite(storage::Dialect dialect, const std::string& district,
                                   const std::string& clock_start)
    : site_(dialect),
      broker_(topics(), kafka::kPartitions),
      producer_({.connection = {.address = kafka::BrokerAddress::fixed(broker_.bootstrap())}}) {
    site_.district = district;
    site_.clock_start = clock_start;
    start();
}

PrescriptionSite::~PrescriptionSite() {
    clients_.clear();
    app_.reset();
}

void PrescriptionSite::start() {
    auto config = site_.config("prescriptions");
    config.kafka.bootstrap = broker_.bootstrap();
    config.policies_dir =
        policies_dir.empty() ? runtime::TestSite::repository_policies() : policies_dir;
    config.peers = peers;
    config.settings = settings;
    app_ = runtime::TestSite::start(std::move(config), definition());
}

void PrescriptionSite::restart() {
    clients_.clear();
    app_.reset();
    start();
}

rpc::Client& PrescriptionSite::client(const Who& who) {
    std::string key = who.institution_id + "/" + who.subject;
    for (const std::string& role : who.roles) key += "/" + role;
    auto& client = clients_[key];
    if (!client) client = site_.client(*app_, who.institution_id, who.roles, who.subject);
    return *client;
}

void PrescriptionSite::clock(const std::string& local_time) {
    common::v1::AdvanceClockRequest request;
    set_local(request.mutable_to(), local_time);
    const auto answer =
        call<common::v1::AdvanceClockResponse>(kOperator, operator_method("AdvanceClock"), request);
    ASSERT_TRUE(answer.ok()) << answer.error().reason;
}

void PrescriptionSite::send(const events::Envelope& event) {
    bool delivered = false;
    const auto error = producer_.send({events::topic_of(event.type), event.partition_key,
                                       event.payload, events::to_headers(event)},
                                      [&](const kafka::Delivery& delivery) {
                                          EXPECT_TRUE(delivery.error.ok()) << delivery.error.text;
                                          delivered = true;
                                      });
    ASSERT_TRUE(error.ok()) << error.text;
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (!delivered && std::chrono::steady_clock::now() < until) producer_.poll(50ms);
    ASSERT_TRUE(delivered);
}

std::string PrescriptionSite::fact(const google::protobuf::Message& message) {
    const events::Envelope event =
        runtime::fact_envelope(message, site_.district, ids_, sequences_, app_->clock().now());
    send(event);
    sent_[event.id] = event;
    runtime::wait_until_applied(*app_, event, std::chrono::steady_clock::now() + 30s);
    return event.id;
}

void PrescriptionSite::deliver_again(const std::string& event_id) { send(sent_.at(event_id)); }

void PrescriptionSite::place(const std::string& id, const std::string& institution_class,
                             const std::string& parent, bool member) {
    directory::v1::InstitutionRegistered institution;
    institution.set_institution_id(id);
    institution.set_class_(institution_class);
    institution.set_level(common::v1::INSTITUTION_LEVEL_L1);
    institution.set_parent_institution_id(parent);
    institution.set_effective_on("2025-01-01");
    fact(institution);
    if (!member) return;
    directory::v1::ConsortiumMembershipChanged membership;
    membership.set_consortium_id("C1");
    membership.set_institution_id(id);
    membership.set_from("2025-01-01");
    fact(membership);
}

void PrescriptionSite::practitioner(const std::string& id, const std::string& institution_id,
                                    const std::string& title,
                                    const std::vector<std::string>& rights) {
    directory::v1::PractitionerRegistered person;
    person.set_practitioner_id(id);
    person.add_institution_ids(institution_id);
    person.set_institution_id(institution_id);
    person.set_title(title);
    for (const std::string& right : rights) person.add_rights(right);
    person.set_valid_from("2025-01-01");
    fact(person);
}

void PrescriptionSite::people_and_places() {
    place("H1", "hospital", "", true);
    place("B1", "centre", "", true);
    place("V1", "village_clinic", "B1", true);
    place("B2", "centre", "", true);
    place("V2", "village_clinic", "B2", true);
    place("X1", "village_clinic", "", false);
    practitioner("gp", "B1", "MIDDLE", {"PRESCRIBE"});
    practitioner("gp2", "B1", "MIDDLE", {"PRESCRIBE", "REVIEW_PRESCRIPTION"});
    practitioner("jr", "B1", "JUNIOR", {"PRESCRIBE"});
    practitioner("ph", "B1", "MIDDLE", {"REVIEW_PRESCRIPTION"});
    const auto imported = call<common::v1::ImportReport>(
        kRegistrar, "yilian.prescriptions.v1.DrugCatalogueService/ImportDrugCatalogue",
        demo_catalogue());
    ASSERT_TRUE(imported.ok()) << imported.error().reason;
    ASSERT_EQ(imported.value().refused_count(), 0);
}

void PrescriptionSite::resident(const std::string& resident_id, const std::string& birth_date) {
    directory::v1::ResidentRegistered resident;
    resident.set_resident_id(resident_id);
    resident.set_sex(common::v1::SEX_MALE);
    resident.set_birth_date(birth_date);
    resident.set_insurance(common::v1::INSURANCE_RES);
    resident.set_home_institution_id("B1");
    fact(resident);
}

void PrescriptionSite::contract(const std::string& resident_id, const std::string& contract_id) {
    directory::v1::ContractActivated contract;
    contract.set_contract_id(contract_id);
    contract.set_resident_id(resident_id);
    contract.set_institution_id("B1");
    contract.set_valid_from("2026-01-01");
    contract.set_valid_to("2026-12-31");
    fact(contract);
}

void PrescriptionSite::visit(const std::string& resident_id, const std::string& visit_id,
                             const std::string& visit_on, bool satisfied,
                             const std::string& disease_code) {
    registries::v1::VisitClassified visit;
    visit.set_visit_id(visit_id);
    visit.set_enrolment_id("enrolment-" + resident_id + "-" + disease_code);
    visit.set_resident_id(resident_id);
    visit.set_disease_code(disease_code);
    visit.set_visit_on(visit_on);
    visit.set_class_(satisfied ? registries::v1::CONTROL_CLASS_SATISFIED
                               : registries::v1::CONTROL_CLASS_UNSATISFIED);
    fact(visit);
}

void PrescriptionSite::died(const std::string& resident_id, const std::string& on_day) {
    directory::v1::ResidentDeceased death;
    death.set_resident_id(resident_id);
    death.set_on(on_day);
    fact(death);
}

void PrescriptionSite::referral_back(const std::string& resident_id, const std::string& referral_id,
                                     const std::vector<std::string>& drugs) {
    referrals::v1::DownReferralProposed proposed;
    proposed.set_referral_id(referral_id);
    proposed.set_resident_id(resident_id);
    proposed.set_from_institution_id("H1");
    proposed.set_to_institution_id("B1");
    proposed.set_plan_document_id("plan-1");
    for (const std::string& drug : drugs) proposed.add_drug_codes(drug);
    fact(proposed);
    referrals::v1::DownReferralAccepted accepted;
    accepted.set_referral_id(referral_id);
    accepted.set_resident_id(resident_id);
    accepted.set_from_institution_id("H1");
    accepted.set_to_institution_id("B1");
    fact(accepted);
}

void PrescriptionSite::benefit(const std::string& resident_id, const std::string& prescription_id,
                               const std::string& list_id) {
    billing::v1::BenefitComputed benefit;
    benefit.set_list_id(list_id);
    benefit.set_resident_id(resident_id);
    benefit.set_institution_id("V1");
    benefit.set_prescription_id(prescription_id);
    benefit.set_case_key("V1/" + list_id);
    fact(benefit);
}

v1::ImportDrugCatalogueRequest PrescriptionSite::demo_catalogue() {
    v1::ImportDrugCatalogueRequest request;
    request.set_request_id(runtime::new_request_id());
    request.set_batch_id("demo-drugs");
    request.set_catalogue_id("demo");
    request.set_version("2026.1");
    request.set_effective_from("2025-01-01");
    request.set_source("synthetic demo catalogue of the project, Apache-2.0");
    const char* root = std::getenv("YILIAN_SOURCE_DIR");
    const std::string file = std::string(root == nullptr ? "." : root) +
                             "/services/prescriptions/catalogue/demo_drugs.csv";
    tabular::ErrorReport errors(".");
    auto reader = tabular::Reader::open(file, catalogue_columns(), errors);
    EXPECT_TRUE(reader.ok()) << file;
    if (!reader.ok()) return request;
    tabular::Reader rows = std::move(reader).value();
    while (true) {
        const auto more = rows.next();
        EXPECT_TRUE(more.ok());
        if (!more.ok() || !*more) break;
        *request.add_rows() = drug_row(rows.row());
    }
    EXPECT_TRUE(errors.empty()) << "a bad row in " << file;
    return request;
}

v1::PrescriptionContent PrescriptionSite::content(v1::PrescriptionKind kind,
                                                  const std::vector<std::string>& drugs,
                                                  std::int32_t days) {
    v1::PrescriptionContent c;
    c.set_kind(kind);
    auto* diagnosis = c.add_diagnoses();
    diagnosis->set_code_system("ICD10_CLINICAL");
    diagnosis->set_code("I10.x05");
    c.add_disease_codes("hypertension");
    for (const std::string& drug : drugs) {
        const bool pieces = drug.starts_with("T");
        auto* line = c.add_lines();
        line->set_generic_code(drug);
        line->set_item_class(pieces ? v1::ITEM_CLASS_DECOCTION_PIECES : v1::ITEM_CLASS_WESTERN);
        line->set_dose_milli(5000);
        line->set_dose_unit(pieces ? "g" : "mg");
        line->set_frequency_code("QD");
        line->set_route_code("PO");
        line->set_days(days);
        line->set_quantity_milli(std::int64_t{days} * 1000);
        line->set_pack_unit(pieces ? "g" : "tablet");
        line->set_skin_test(v1::SKIN_TEST_NOT_NEEDED);
    }
    return c;
}

v1::DraftPrescriptionRequest PrescriptionSite::draft_of(const std::string& resident_id,
                                                        const v1::PrescriptionContent& content) {
    v1::DraftPrescriptionRequest request;
    request.set_prescription_id(next_id());
    request.set_resident_id(resident_id);
    *request.mutable_content() = content;
    return request;
}

v1::Prescription PrescriptionSite::drafted(const std::string& resident_id,
                                           const v1::PrescriptionContent& content) {
    return change(kDoctor, "DraftPrescription", draft_of(resident_id, content));
}

v1::SignPrescriptionRequest PrescriptionSite::sign_of(const v1::Prescription& p) {
    auto request = on<v1::SignPrescriptionRequest>(p.prescription_id());
    request.mutable_signature()->set_signer_id("gp");
    request.mutable_signature()->set_algorithm("SM2");
    store::set_time(request.mutable_signature()->mutable_signed_at(), app_->clock().now());
    request.mutable_signature()->set_value("signature");
    return request;
}

v1::Prescription PrescriptionSite::is_signed(const std::string& resident_id,
                                             const v1::PrescriptionContent& content) {
    return change(kDoctor, "SignPrescription", sign_of(drafted(resident_id, content)));
}

v1::Prescription PrescriptionSite::effective(const std::string& resident_id,
                                             const v1::PrescriptionContent& content) {
    const v1::Prescription p = is_signed(resident_id, content);
    EXPECT_EQ(p.state(), v1::PRESCRIPTION_STATE_PHARMACIST_REVIEW) << p.ShortDebugString();
    return change(kPharmacist, "ReviewPass", on<v1::ReviewPassRequest>(p.prescription_id()));
}

v1::ClaimPrescriptionResponse PrescriptionSite::claimed(const Who& who,
                                                        const std::string& prescription_id) {
    return change<v1::ClaimPrescriptionResponse>(who, "ClaimPrescription",
                                                 on<v1::ClaimPrescriptionRequest>(prescription_id));
}

v1::DispenseLineRequest PrescriptionSite::dispense_of(const std::string& prescription_id,
                                                      const std::string& secret,
                                                      std::int64_t quantity_milli,
                                                      std::int32_t line_no) {
    auto request = on<v1::DispenseLineRequest>(prescription_id);
    request.set_secret(secret);
    request.set_dispense_id(next_id());
    request.set_line_no(line_no);
    request.set_quantity_milli(quantity_milli);
    auto* checks = request.mutable_checks();
    checks->set_prescription_checked(true);
    checks->set_drug_checked(true);
    checks->set_incompatibility_checked(true);
    checks->set_rationality_checked(true);
    checks->set_checked_by("ph");
    request.add_trace_codes(next_trace());
    return request;
}

v1::Prescription PrescriptionSite::dispensed(const Who& who, const std::string& prescription_id) {
    const auto claim = claimed(who, prescription_id);
    v1::Prescription p = claim.prescription();
    for (const v1::Line& line : claim.prescription().lines()) {
        p = change(who, "DispenseLine",
                   dispense_of(prescription_id, claim.secret(), line.content().quantity_milli(),
                               line.content().line_no()));
    }
    return p;
}

v1::Prescription PrescriptionSite::get(const std::string& prescription_id, const Who& who) {
    return change(who, "GetPrescription", on<v1::GetPrescriptionRequest>(prescription_id));
}

std::vector<v1::Prescription> PrescriptionSite::instances(const v1::Prescription& parent) {
    v1::ListPrescriptionsRequest request;
    request.set_resident_id(parent.resident_id());
    request.set_page_size(500);
    const auto list = change<v1::ListPrescriptionsResponse>(kDoctor, "ListPrescriptions", request);
    std::map<int, v1::Prescription> by_number;
    for (const v1::PrescriptionSummary& row : list.prescriptions()) {
        const v1::Prescription p = get(row.prescription_id());
        if (p.parent_id() == parent.prescription_id()) by_number[p.instance_no()] = p;
    }
    std::vector<v1::Prescription> out;
    for (auto& [number, p] : by_number) out.push_back(std::move(p));
    return out;
}

std::vector<std::string> PrescriptionSite::events(const std::string& subject) {
    std::vector<std::string> types;
    (void)app_->store().read([&](storage::Transaction& tx) {
        types.clear();
        for (const auto& row : tx.select(kEvents, subject)) {
            const std::string& type = row.text(0);
            const std::string prefix = "yilian.prescriptions.";
            types.push_back(type.substr(prefix.size(), type.size() - prefix.size() - 3));
        }
    });
    std::erase(types, "access.recorded");
    return types;
}

std::string PrescriptionSite::last_payload(const google::protobuf::Descriptor& type,
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

std::vector<std::string> PrescriptionSite::violations() {
    const auto answer = call<common::v1::RunChecksResponse>(kOperator, operator_method("RunChecks"),
                                                            common::v1::RunChecksRequest());
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

std::int64_t PrescriptionSite::count(const std::string& name) {
    const auto answer = call<common::v1::GetCountsResponse>(kOperator, operator_method("GetCounts"),
                                                            common::v1::GetCountsRequest());
    EXPECT_TRUE(answer.ok()) << answer.error().reason;
    if (answer.ok()) {
        for (const auto& count : answer.value().counts()) {
            if (count.name() == name && count.scope().empty()) return count.value();
        }
    }
    ADD_FAILURE() << "no count " << name;
    return -1;
}

}  // namespace yilian::prescriptions::testing
