#include "services/billing/tests/harness.h"

#include <cstdlib>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "libs/audit/audit.h"
#include "libs/calendar/local_time.h"
#include "libs/outbox/migrations.h"
#include "libs/outbox/outbox.h"
#include "libs/policy/testing/packs.h"
#include "libs/testkit/status.h"
#include "libs/timers/timers.h"
#include "services/billing/app/checks.h"
#include "services/billing/app/pools.h"
#include "services/billing/app/runs.h"
#include "services/billing/app/supervision.h"
#include "services/billing/consume/handlers.h"
#include "services/billing/store/list_codec.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/prescriptions/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::billing {
std::span<const EmbeddedFile> migration_files();
}

namespace yilian::billing::test {
namespace {

namespace dir = directory::v1;

constexpr const char* kDistrict = "350104";

std::string rules_folder() {
    const char* source = std::getenv("YILIAN_SOURCE_DIR");
    return std::string(source == nullptr ? "." : source) + "/services/billing/rules";
}

template <class Msg>
std::unique_ptr<Msg> fresh() {
    auto m = std::make_unique<Msg>();
    m->mutable_context()->set_district_code(kDistrict);
    return m;
}

void set_time(google::protobuf::Timestamp* out, const std::string& local) {
    store::set_instant(out, at(local));
}

void add_diagnosis(v1::SettlementList& l, const char* code) {
    auto* d = l.add_diagnoses();
    d->set_seq(l.diagnoses_size());
    d->set_kind(v1::DIAGNOSIS_KIND_WESTERN);
    d->set_code(code);
    d->set_present_on_admission(v1::PRESENT_ON_ADMISSION_YES);
    d->set_main(l.diagnoses_size() == 1);
    l.set_diagnosis_count(l.diagnoses_size());
}

// One class of charges; everything paid in cash.
void set_money(v1::SettlementList& l, std::int64_t total, std::int64_t self_paid,
               std::int64_t class_b_first) {
    auto* charge = l.add_charges();
    charge->set_class_("01");
    charge->set_amount_fen(total);
    charge->set_class_a_fen(total - self_paid - class_b_first);
    charge->set_class_b_fen(class_b_first);
    charge->set_self_paid_fen(self_paid);
    l.set_total_fen(total);
    l.set_self_paid_fen(self_paid);
    l.set_class_b_first_fen(class_b_first);
    l.set_cash_pay_fen(total);
}

v1::SettlementList head(const std::string& resident_id) {
    v1::SettlementList l;
    l.set_version(1);
    l.set_resident_id(resident_id);
    l.set_insurance(common::v1::INSURANCE_RES);
    l.set_insured_region(kDistrict);
    l.set_sex(common::v1::SEX_MALE);
    l.set_birth_date("1967-06-15");
    l.set_age_years(58);
    l.set_filed(true);
    l.set_aid_class("NONE");
    l.set_dx_code_version("YB2.0");
    return l;
}

}  // namespace

Instant at(const std::string& local) { return *calendar::parse_rfc3339(local); }

Harness::Harness(storage::Dialect dialect, std::shared_ptr<const policy::PackSet> packs,
                 std::string district)
    : now(at("2026-01-01T09:00:00+08:00")),
      database_(testkit::new_database(dialect)),
      policies_(packs ? std::move(packs) : policy::testing::shipped_packs()),
      district_(std::move(district)) {
    const std::vector<storage::MigrationSet> sets{audit::migrations(),
                                                  timers::migrations(),
                                                  outbox::migrations(),
                                                  {"billing", migration_files()}};
    EXPECT_THAT(database_->migrate(sets), testkit::IsOk());
    own_store_ = database_->store({});
    EXPECT_THAT(own_store_->start(), testkit::IsOk());
    store_ = own_store_.get();
    rules_ = std::make_unique<app::RuleBook>(rules_folder());
    env_.reset(
        new app::Env{ids_, policies_, district_, *rules_, calendar::WorkingDays::national()});
    env_->supervision = app::load_supervision_rules(rules_folder() + "/supervision");
    writer_ = std::make_unique<outbox::OutboxWriter>(ids_, "billing");
    handlers_ = consume::handlers(*env_);
}

Harness::Harness(storage::Store& store, std::shared_ptr<const policy::PackSet> packs,
                 std::string district)
    : now(at("2026-01-01T09:00:00+08:00")),
      store_(&store),
      policies_(std::move(packs)),
      district_(std::move(district)) {
    rules_ = std::make_unique<app::RuleBook>(rules_folder());
    env_.reset(
        new app::Env{ids_, policies_, district_, *rules_, calendar::WorkingDays::national()});
    env_->supervision = app::load_supervision_rules(rules_folder() + "/supervision");
    writer_ = std::make_unique<outbox::OutboxWriter>(ids_, "billing");
    handlers_ = consume::handlers(*env_);
}

Harness::~Harness() {
    if (own_store_) own_store_->stop();
}

void Harness::event(const google::protobuf::Message& message, std::int64_t sequence) {
    const events::EventDraft draft = events::make_event(message);
    events::Envelope envelope;
    envelope.id = ids_.next_ulid();
    envelope.source = "/yilian/" + events::service_of(draft.type);
    envelope.type = draft.type;
    envelope.subject = draft.subject;
    envelope.aggregate = draft.aggregate;
    envelope.partition_key = draft.partition_key;
    envelope.sequence = sequence;
    envelope.time = now;
    envelope.correlation_id = envelope.id;
    envelope.payload = draft.payload;
    const auto handler = handlers_.find(draft.type);
    ASSERT_NE(handler, handlers_.end()) << draft.type;
    EXPECT_THAT(
        store_->run(
            {"resident/" + draft.partition_key},
            [&](storage::Transaction& tx) {
                outbox::ConsumeContext context{tx, envelope, now, *writer_, "yilian.billing"};
                handler->second(context);
            }),
        testkit::IsOk())
        << draft.type;
}

void Harness::unit(const std::function<void(app::Unit&)>& work) {
    EXPECT_THAT(try_unit(work), testkit::IsOk());
}

absl::Status Harness::try_unit(const std::function<void(app::Unit&)>& work) {
    return store_->run({"unit"}, [&](storage::Transaction& tx) {
        const events::EventMeta meta{"test", "", "", now};
        app::Unit u{
            {tx,
             now,
             calendar::local_date(now),
             ids_,
             policies_,
             district_,
             {actor, "AGENCY", "AGENCY"},
             "test",
             [&](const events::EventDraft& draft) { return writer_->append(tx, draft, meta); },
             [](std::string_view, std::string_view) {}},
            *env_,
            ""};
        work(u);
    });
}

app::CaseView Harness::submit(const v1::SettlementList& list) {
    app::CaseView view;
    std::string bytes;
    {
        google::protobuf::io::StringOutputStream stream(&bytes);
        google::protobuf::io::CodedOutputStream coded(&stream);
        coded.SetSerializationDeterministic(true);
        list.SerializeToCodedStream(&coded);
    }
    unit([&](app::Unit& u) {
        const auto submitted = app::submit_list(u, {store::decode(list), bytes, "", false});
        ASSERT_TRUE(submitted.ok()) << submitted.refusal().reason.code();
        view = *submitted;
    });
    return view;
}

std::string Harness::publish_month(const std::string& period) {
    const std::string run_id = "INSTITUTION_MONTH-" + period;
    std::string digest;
    std::string statements;
    actor = "clerk";
    unit([&](app::Unit& u) {
        const auto run =
            app::start_month(u, {"", district_, *calendar::CivilMonth::parse(period), {}});
        ASSERT_TRUE(run.ok()) << run.refusal().reason.code();
        EXPECT_EQ(run->run_id, run_id);
        digest = run->result_digest;
    });
    actor = "approver";
    unit([&](app::Unit& u) {
        const auto run = app::approve_run(u, run_id, "\"1\"", digest);
        ASSERT_TRUE(run.ok()) << run.refusal().reason.code();
    });
    unit([&](app::Unit& u) {
        const auto run = app::publish_run(u, run_id, "\"2\"");
        ASSERT_TRUE(run.ok()) << run.refusal().reason.code();
    });
    read([&](storage::Transaction& tx) {
        statements.clear();
        for (const store::StatementRow& s : store::statements_of(tx, run_id)) {
            statements += s.party + ' ' + s.content;
        }
    });
    return statements;
}

std::vector<std::string> Harness::violations(const std::string& check_id) {
    std::vector<std::string> found;
    read([&](storage::Transaction& tx) {
        found.clear();
        for (const runtime::Check& check : app::checks()) {
            if (!check_id.empty() && check.id != check_id) continue;
            for (const std::string& line : check.find(tx)) found.push_back(check.id + ' ' + line);
        }
    });
    return found;
}

std::vector<std::string> Harness::violations() { return violations(""); }

std::int64_t Harness::balance(const std::string& account) {
    std::int64_t fen = 0;
    read([&](storage::Transaction& tx) { fen = store::balance(tx, account).raw(); });
    return fen;
}

void Harness::read(const std::function<void(storage::Transaction&)>& work) {
    EXPECT_THAT(store_->read(work), testkit::IsOk());
}

namespace fact {

std::unique_ptr<google::protobuf::Message> institution(const std::string& id,
                                                       const std::string& institution_class,
                                                       common::v1::InstitutionLevel level,
                                                       const std::string& parent) {
    auto m = fresh<dir::InstitutionRegistered>();
    m->set_institution_id(id);
    m->set_class_(institution_class);
    m->set_level(level);
    m->set_parent_institution_id(parent);
    m->set_agreement_from("2020-01-01");
    m->set_effective_on("2020-01-01");
    return m;
}

std::unique_ptr<google::protobuf::Message> membership(const std::string& consortium,
                                                      const std::string& id, bool lead) {
    auto m = fresh<dir::ConsortiumMembershipChanged>();
    m->set_consortium_id(consortium);
    m->set_institution_id(id);
    m->set_role(lead ? dir::MEMBERSHIP_ROLE_LEAD : dir::MEMBERSHIP_ROLE_MEMBER);
    m->set_from("2020-01-01");
    return m;
}

std::unique_ptr<google::protobuf::Message> resident(const std::string& id,
                                                    const std::string& birth_date) {
    auto m = fresh<dir::ResidentRegistered>();
    m->set_resident_id(id);
    m->set_sex(common::v1::SEX_MALE);
    m->set_birth_date(birth_date);
    m->set_insurance(common::v1::INSURANCE_RES);
    m->set_insured_region(kDistrict);
    m->set_home_institution_id("B1");
    m->set_effective_on("2025-12-01");
    return m;
}

std::unique_ptr<google::protobuf::Message> contract(const std::string& id,
                                                    const std::string& resident_id) {
    auto m = fresh<dir::ContractActivated>();
    m->set_contract_id(id);
    m->set_resident_id(resident_id);
    m->set_team_id("t");
    m->set_institution_id("B1");
    m->set_valid_from("2026-01-01");
    m->set_valid_to("2026-12-31");
    m->set_fee_fen(12000);
    return m;
}

std::unique_ptr<google::protobuf::Message> contract_ended(const std::string& id,
                                                          const std::string& resident_id,
                                                          const std::string& effective_on) {
    auto m = fresh<dir::ContractEnded>();
    m->set_contract_id(id);
    m->set_resident_id(resident_id);
    m->set_team_id("t");
    m->set_institution_id("B1");
    m->set_effective_on(effective_on);
    m->set_valid_to("2026-12-31");
    return m;
}

std::unique_ptr<google::protobuf::Message> enrolled(const std::string& id,
                                                    const std::string& resident_id,
                                                    const std::string& confirmed_on) {
    auto m = fresh<registries::v1::ResidentEnrolled>();
    m->set_enrolment_id(id);
    m->set_resident_id(resident_id);
    m->set_disease_code("hypertension");
    m->set_institution_id("B1");
    m->set_team_id("t");
    m->set_confirmed_on(confirmed_on);
    return m;
}

std::unique_ptr<google::protobuf::Message> evidence(const std::string& evidence_id,
                                                    const std::string& referral_id,
                                                    const std::string& resident_id,
                                                    const std::string& admitted_at) {
    auto m = fresh<referrals::v1::ReferralEvidenceIssued>();
    m->set_evidence_id(evidence_id);
    m->set_referral_id(referral_id);
    m->set_chain_id(referral_id);
    m->set_resident_id(resident_id);
    m->set_from_institution_id("B1");
    m->set_to_institution_id("H1");
    m->set_consortium_id("C1");
    m->set_direction(referrals::v1::DIRECTION_UP);
    m->set_valid(true);
    set_time(m->mutable_submitted_at(), "2026-03-17T09:20:00+08:00");
    set_time(m->mutable_accepted_at(), "2026-03-17T09:50:00+08:00");
    set_time(m->mutable_arrived_at(), "2026-03-18T14:10:00+08:00");
    set_time(m->mutable_admitted_at(), admitted_at);
    set_time(m->mutable_issued_at(), "2026-03-18T14:30:00+08:00");
    return m;
}

std::unique_ptr<google::protobuf::Message> dispensed(const std::string& dispense_id,
                                                     const std::string& prescription_id,
                                                     const std::string& resident_id) {
    auto m = fresh<prescriptions::v1::LineDispensed>();
    m->set_prescription_id(prescription_id);
    m->set_dispense_id(dispense_id);
    m->set_resident_id(resident_id);
    m->set_institution_id("B1");
    m->set_dispenser_institution_id("V1");
    m->set_line_no(1);
    m->set_generic_code("amlodipine");
    m->set_quantity_milli(28000);
    m->set_days_supplied(28);
    m->set_dispensed_on("2026-03-31");
    return m;
}

}  // namespace fact

void feed_places(Harness& h) {
    h.event(*fact::institution("H1", "hospital", common::v1::INSTITUTION_LEVEL_L3));
    h.event(*fact::institution("B1", "centre", common::v1::INSTITUTION_LEVEL_L1));
    h.event(*fact::institution("V1", "village_clinic", common::v1::INSTITUTION_LEVEL_L1, "B1"));
    h.event(*fact::membership("C1", "H1", true), 2);
    h.event(*fact::membership("C1", "B1", false), 2);
    h.event(*fact::resident("r", "1967-06-15"));
    h.event(*fact::contract("c", "r"));
    h.now = at("2026-01-12T09:00:00+08:00");
    h.event(*fact::enrolled("e", "r", "2026-01-12"));
}

v1::SettlementList stay_s1(const std::string& resident_id, const std::string& evidence_id) {
    v1::SettlementList l = head(resident_id);
    l.set_list_id("s1-" + resident_id);
    l.set_institution_id("B1");
    l.set_institution_level(common::v1::INSTITUTION_LEVEL_L1);
    l.set_treatment_type(v1::TREATMENT_TYPE_INPATIENT);
    l.set_admission_way(v1::ADMISSION_WAY_OUTPATIENT);
    set_time(l.mutable_admitted_at(), "2026-03-16T11:00:00+08:00");
    set_time(l.mutable_discharged_at(), "2026-03-18T09:00:00+08:00");
    set_time(l.mutable_declared_at(), "2026-03-19T09:00:00+08:00");
    l.set_stay_days(2);
    l.set_admission_dept("03");
    l.set_discharge_dept("03");
    l.set_discharge_way(v1::DISCHARGE_WAY_TRANSFER);
    l.set_receiving_institution_id("H1");
    l.set_referral_evidence_id(evidence_id);
    l.set_payment_method(v1::PAYMENT_METHOD_DRG);
    add_diagnosis(l, "I10.x05");
    add_diagnosis(l, "E87.600");
    set_money(l, 186000, 6000, 4000);
    return l;
}

v1::SettlementList stay_s2(const std::string& resident_id, const std::string& evidence_id) {
    v1::SettlementList l = head(resident_id);
    l.set_list_id("s2-" + resident_id);
    l.set_institution_id("H1");
    l.set_institution_level(common::v1::INSTITUTION_LEVEL_L3);
    l.set_treatment_type(v1::TREATMENT_TYPE_INPATIENT);
    l.set_admission_way(v1::ADMISSION_WAY_TRANSFER_IN);
    set_time(l.mutable_admitted_at(), "2026-03-18T14:15:00+08:00");
    set_time(l.mutable_discharged_at(), "2026-03-25T10:00:00+08:00");
    set_time(l.mutable_declared_at(), "2026-03-27T09:00:00+08:00");
    l.set_stay_days(7);
    l.set_admission_dept("03.04");
    l.set_discharge_dept("03.04");
    l.set_discharge_way(v1::DISCHARGE_WAY_TO_BASE);
    l.set_receiving_institution_id("B1");
    l.set_referral_evidence_id(evidence_id);
    l.set_payment_method(v1::PAYMENT_METHOD_DRG);
    add_diagnosis(l, "I10.x05");
    add_diagnosis(l, "E87.600");
    set_money(l, 843250, 31200, 18650);
    return l;
}

v1::SettlementList outpatient_s3(const std::string& resident_id,
                                 const std::string& prescription_id) {
    v1::SettlementList l = head(resident_id);
    l.set_list_id("s3-" + resident_id);
    l.set_institution_id("V1");
    l.set_institution_level(common::v1::INSTITUTION_LEVEL_L1);
    l.set_treatment_type(v1::TREATMENT_TYPE_OUTPATIENT_CHRONIC);
    set_time(l.mutable_admitted_at(), "2026-03-31T15:00:00+08:00");
    set_time(l.mutable_discharged_at(), "2026-03-31T15:10:00+08:00");
    set_time(l.mutable_declared_at(), "2026-03-31T15:11:00+08:00");
    l.set_stay_days(1);
    l.set_payment_method(v1::PAYMENT_METHOD_CAPITATION);
    l.set_prescription_id(prescription_id);
    add_diagnosis(l, "I10.x05");
    set_money(l, 8400, 0, 0);
    return l;
}

}  // namespace yilian::billing::test
