// What the service keeps of other services' facts, its checks, and who may call it.
#include <set>

#include "libs/events/catalog.h"
#include "services/registries/tests/service_fixture.h"
#include "yilian/billing/v1/events.pb.h"
#include "yilian/common/v1/event.pb.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/prescriptions/v1/events.pb.h"

namespace yilian::registries::testing {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Copies : public Service {
  protected:
    static billing::v1::SettlementListAccepted stay(int version, const std::string& discharged) {
        billing::v1::SettlementListAccepted m;
        m.set_case_key("B1/s1");
        m.set_list_id("s1");
        m.set_version(version);
        m.set_institution_id("B1");
        m.set_resident_id("r");
        m.set_treatment_type(billing::v1::TREATMENT_TYPE_INPATIENT);
        m.set_admission_date("2026-01-02");
        m.set_discharge_date(discharged);
        return m;
    }
    // One fact of every kind that a projection keeps.
    void facts_of_every_kind();
};
YILIAN_ON_BOTH_DRIVERS(Copies);

void Copies::facts_of_every_kind() {
    directory::v1::PolicyPackPublished pack;
    pack.set_district_code("350104");
    pack.set_pack_id("other");
    pack.set_pack_version(1);
    pack.set_digest("d");
    site_.fact(pack);
    directory::v1::ContractEnded ended;
    ended.set_contract_id("c-r-t");
    ended.set_resident_id("r");
    ended.set_valid_to("2026-06-30");
    site_.fact(ended);
    directory::v1::TeamDissolved dissolved;
    dissolved.set_team_id("u");
    dissolved.set_institution_id("B2");
    site_.fact(dissolved);
    site_.resident("r2");
    directory::v1::ResidentMerged merged;
    merged.set_from("r2");
    merged.set_to("r");
    merged.set_on("2026-01-12");
    site_.fact(merged);
    prescriptions::v1::LineDispensed line;
    line.set_prescription_id("rx1");
    line.set_dispense_id("d1");
    line.set_line_no(1);
    line.set_resident_id("r");
    line.set_dispensed_on("2026-01-10");
    line.set_days_supplied(28);
    site_.fact(line);
    prescriptions::v1::DispenseReversed reversed;
    reversed.set_prescription_id("rx1");
    reversed.set_dispense_id("d1");
    reversed.set_line_no(1);
    reversed.set_resident_id("r");
    site_.fact(reversed);
    prescriptions::v1::RefillGapObserved gap;
    gap.set_resident_id("r");
    gap.set_disease_code("hypertension");
    gap.set_covered_until("2026-01-01");
    gap.set_next_dispensed_on("2026-01-10");
    gap.set_gap_days(8);
    site_.fact(gap);
    site_.fact(stay(1, "2026-01-08"));
    site_.fact(stay(2, "2026-01-09"));
    billing::v1::PeriodClosed closed;
    closed.set_period("2025-12");
    closed.set_district_code("350104");
    site_.fact(closed);
}

// A copy that is dropped and made again from the topics is the same, row by row, and nothing is
// told or done again.
TEST_P(Copies, EveryProjectionIsRebuiltEqual) {
    site_.enrolled("r");
    facts_of_every_kind();
    const auto before = site_.events("");
    const auto list = site_.operate<common::v1::ListProjectionsResponse>(
        "ListProjections", common::v1::ListProjectionsRequest());
    EXPECT_EQ(list.projections_size(), 7);
    for (const auto& projection : list.projections()) {
        common::v1::RebuildProjectionRequest request;
        request.set_projection(projection.name());
        request.set_source(common::v1::REBUILD_SOURCE_TOPICS);
        const auto rebuilt =
            site_.operate<common::v1::RebuildProjectionResponse>("RebuildProjection", request);
        EXPECT_GT(rebuilt.rows_after(), 0) << projection.name();
        EXPECT_EQ(rebuilt.digest_before(), rebuilt.digest_after()) << projection.name();
    }
    EXPECT_EQ(site_.events(""), before);
    EXPECT_EQ(site_.enrolment("r").etag(), "\"1\"");
    // Nobody publishes the pack that was announced: RUN-C07 would go on naming it.
    site_.site().database("registries").tamper("DELETE FROM announced_packs");
}

TEST_P(Copies, OlderVersionsOfAListChangeNothing) {
    const auto first = site_.fact(stay(1, "2026-01-08"));
    site_.fact(stay(2, "2026-01-09"));
    site_.deliver_again(first);
    billing::v1::SettlementListWithdrawn withdrawn;
    withdrawn.set_case_key("B1/s1");
    withdrawn.set_list_id("s1");
    withdrawn.set_institution_id("B1");
    withdrawn.set_resident_id("r");
    withdrawn.set_version(1);
    site_.fact(withdrawn);
    static constexpr storage::Query kStays{
        "test.stays",
        "SELECT count(*) FROM stay_copies WHERE discharge_date = '2026-01-09' AND withdrawn = 0"};
    EXPECT_EQ(site_.number(kStays), 1);
    auto outpatient = stay(1, "2026-01-10");
    outpatient.set_case_key("B1/s2");
    outpatient.set_list_id("s2");
    outpatient.set_treatment_type(billing::v1::TREATMENT_TYPE_OUTPATIENT_CHRONIC);
    site_.fact(outpatient);
    static constexpr storage::Query kAll{"test.all_stays", "SELECT count(*) FROM stay_copies"};
    EXPECT_EQ(site_.number(kAll), 1);
}

TEST_P(Copies, MergedResidentsAreNamedUntilTheyAreSplit) {
    site_.resident("r2");
    directory::v1::ResidentMerged merged;
    merged.set_from("r2");
    merged.set_to("r");
    merged.set_on("2026-01-12");
    site_.fact(merged);
    const auto refused = site_.call<v1::Enrolment>(kDoctor, site_.confirmation("r2"));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().reason, "RESIDENT_NOT_FOUND");
    EXPECT_EQ(refused.error().metadata.at("merged_into"), "r");
    directory::v1::ResidentSplit split;
    split.set_from("r");
    split.add_to("r2");
    split.set_on("2026-01-12");
    site_.clock("2026-01-12T10:00:00");
    site_.fact(split);
    EXPECT_EQ(site_.refusal<v1::Enrolment>(kDoctor, site_.confirmation("r2")), "");
}

// The event table says who consumes what; `yilian verify` counts on it.
TEST_P(Copies, EveryTypeThatTheTableNamesIsConsumed) {
    int consumed = 0;
    for (const auto* file : yilian::events::all_event_files()) {
        for (int i = 0; i < file->message_type_count(); ++i) {
            const auto& options = file->message_type(i)->options().GetExtension(common::v1::event);
            const auto& names = options.consumers();
            if (std::find(names.begin(), names.end(), "registries") == names.end()) continue;
            const auto* prototype =
                google::protobuf::MessageFactory::generated_factory()->GetPrototype(
                    file->message_type(i));
            const std::unique_ptr<google::protobuf::Message> message(prototype->New());
            for (int f = 0; f < message->GetDescriptor()->field_count(); ++f) {
                const auto* field = message->GetDescriptor()->field(f);
                if (field->is_repeated() ||
                    field->type() != google::protobuf::FieldDescriptor::TYPE_STRING) {
                    continue;
                }
                const std::string& name = field->name();
                const bool date = name == "on" || name == "valid_from" || name == "valid_to" ||
                                  name == "first_followup_due" || name == "covered_until" ||
                                  name.ends_with("_on") || name.ends_with("date");
                message->GetReflection()->SetString(
                    message.get(), field, date ? "2026-01-12" : "x" + std::to_string(++consumed));
            }
            site_.fact(*message);  // waits until the inbox holds it
        }
    }
    EXPECT_GT(consumed, 0);
    // Nobody publishes the pack that was announced: RUN-C07 would go on naming it.
    site_.site().database("registries").tamper("DELETE FROM announced_packs");
}

// registries.md 13, invariant 9: measured values stay inside the service.
TEST(Events, HaveNoFieldOfAMeasuredValue) {
    std::set<std::string> measured;
    const auto* data = v1::VisitData::descriptor();
    for (int f = 0; f < data->field_count(); ++f) {
        if (data->field(f)->has_presence() &&
            data->field(f)->type() == google::protobuf::FieldDescriptor::TYPE_INT32) {
            measured.insert(data->field(f)->name());
        }
    }
    ASSERT_TRUE(measured.contains("sbp_mmhg"));
    const auto* file = v1::VisitRecorded::descriptor()->file();
    for (int i = 0; i < file->message_type_count(); ++i) {
        for (int f = 0; f < file->message_type(i)->field_count(); ++f) {
            EXPECT_FALSE(measured.contains(file->message_type(i)->field(f)->name()))
                << file->message_type(i)->field(f)->full_name();
        }
    }
}

TEST_P(Copies, EveryMethodIsBoundAndOpenToItsRolesOnly) {
    EXPECT_THAT(site_.app().unbound_methods(), IsEmpty());
    runtime::expect_access_matrix(site_.site(), site_.app());
}

TEST_P(Copies, SubscribesToWhatTheEventTableSays) {
    runtime::expect_subscriptions_of_event_table(site_.app(), "registries");
}

// Each check sees the damage that it is for.
TEST_P(Copies, ChecksFindWhatIsBroken) {
    site_.enrolled("r");
    site_.visited("r", "2026-01-12", 185, 96);
    site_.resident("r2");
    const auto closed = site_.enrolled("r2");
    site_.died("r2", "2026-01-12");
    directory::v1::PolicyPackPublished pack;
    pack.set_district_code("350104");
    pack.set_pack_id(site_.enrolment("r").registry_pack_id());
    pack.set_pack_version(site_.enrolment("r").registry_pack_version());
    pack.set_digest(site_.last_event<v1::ResidentEnrolled>("r").context().policy_digest());
    site_.fact(pack);
    ASSERT_THAT(site_.violations(), IsEmpty());
    const std::string second = " WHERE enrolment_id = '" + closed.enrolment_id() + "'";
    struct Damage {
        std::string check;
        std::string sql;
        std::string undo;
    };
    const Damage damages[] = {
        {"REG-C01",
         "DROP INDEX enrolments_open; UPDATE enrolments SET state = 'ACTIVE', resident_id = 'r'" +
             second,
         "UPDATE enrolments SET state = 'CLOSED', resident_id = 'r2'" + second},
        {"REG-C02", "UPDATE enrolments SET unsatisfied_run = 7 WHERE resident_id = 'r'",
         "UPDATE enrolments SET unsatisfied_run = 1 WHERE resident_id = 'r'"},
        {"REG-C03", "UPDATE enrolments SET next_due_on = '2026-01-11' WHERE resident_id = 'r'",
         "UPDATE enrolments SET next_due_on = '2026-01-26' WHERE resident_id = 'r'"},
        {"REG-C04", "UPDATE care_actions SET kind = 'REFER_UP'",
         "UPDATE care_actions SET kind = 'URGENT_REFER'"},
        {"REG-C05", "UPDATE enrolments SET next_due_on = '2026-02-01'" + second,
         "UPDATE enrolments SET next_due_on = NULL" + second},
        {"REG-C06", "UPDATE enrolment_journal SET to_state = 'LOST' WHERE to_state = 'CLOSED'",
         "UPDATE enrolment_journal SET to_state = 'CLOSED' WHERE to_state = 'LOST'"},
        {"RUN-C07", "UPDATE announced_packs SET digest = digest || 'x'",
         "UPDATE announced_packs SET digest = substr(digest, 1, length(digest) - 1)"},
        {"REG-C08",
         "UPDATE care_actions SET enrolment_id = '" + closed.enrolment_id() +
             "', kind = 'ADJUST'; UPDATE visit_classes SET danger = 0",
         "UPDATE care_actions SET enrolment_id = (SELECT enrolment_id FROM enrolments WHERE "
         "resident_id = 'r'), kind = 'URGENT_REFER'; UPDATE visit_classes SET danger = 1"},
    };
    for (const Damage& damage : damages) {
        site_.site().database("registries").tamper(damage.sql);
        EXPECT_THAT(site_.violations(), Contains(StartsWith(damage.check)));
        site_.site().database("registries").tamper(damage.undo);
        EXPECT_THAT(site_.violations(), IsEmpty()) << "after " << damage.check;
    }
}

}  // namespace
}  // namespace yilian::registries::testing
