// What other services' events prove (contracts.md 4, 5, 8; events.md 1 and 7), and the copies.
#include "libs/crypto/digest.h"
#include "libs/events/catalog.h"
#include "services/directory/tests/service_fixture.h"
#include "yilian/billing/v1/events.pb.h"
#include "yilian/common/v1/event.pb.h"
#include "yilian/prescriptions/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::directory::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Evidence : public Service {
  protected:
    static registries::v1::VisitRecorded visit(const std::string& id, const std::string& on) {
        registries::v1::VisitRecorded m;
        m.set_visit_id(id);
        m.set_resident_id("r");
        m.set_visit_on(on);
        m.set_performer_id("gp-1");
        return m;
    }
    static registries::v1::VisitClassified satisfied(const std::string& id, const std::string& on) {
        registries::v1::VisitClassified m;
        m.set_visit_id(id);
        m.set_enrolment_id("e1");
        m.set_resident_id("r");
        m.set_visit_on(on);
        m.set_class_(registries::v1::CONTROL_CLASS_SATISFIED);
        return m;
    }
    static registries::v1::VisitVoided voided(const std::string& id) {
        registries::v1::VisitVoided m;
        m.set_visit_id(id);
        m.set_resident_id("r");
        return m;
    }
    static billing::v1::SplitBooked fee(const std::string& id, std::int64_t amount,
                                        std::int64_t part) {
        billing::v1::SplitBooked m;
        m.set_split_id(id);
        m.set_party("t");
        m.set_institution_id("B1");
        m.set_split(billing::v1::SPLIT_CONTRACT_FEE);
        m.set_period("2026-01");
        m.set_amount_fen(amount);
        m.set_part_fen(part);
        return m;
    }
    v1::PointsAccount points() {
        v1::GetPointsRequest r;
        r.set_resident_id("r");
        return site_.ok<v1::PointsAccount>(kTeamLead, r);
    }
    std::vector<std::string> entries() {
        std::vector<std::string> out;
        const v1::PointsAccount account = points();
        for (const auto& e : account.entries()) {
            out.push_back(e.rule_id() + " " + std::to_string(e.points()));
        }
        return out;
    }
    std::vector<std::string> delivered() {
        std::vector<std::string> out;
        for (const std::string& type : site_.events(kContract)) {
            if (type.starts_with("service.")) out.push_back(type);
        }
        return out;
    }
};
YILIAN_ON_BOTH_DRIVERS(Evidence);

TEST_P(Evidence, SignedContractEarnsPointsThatNameItsEvent) {
    site_.signed_contract(kContract, "r");
    const auto account = points();
    ASSERT_EQ(account.entries_size(), 1);
    EXPECT_EQ(account.entries(0).rule_id(), "paid_contract");
    EXPECT_EQ(account.entries(0).points(), 30);
    EXPECT_EQ(account.entries(0).entry_id().size(), 26U);
    EXPECT_EQ(account.entries(0).expires_on(), "2027-12-20");
    static constexpr storage::Query kSigned{
        "test.signed",
        "SELECT count(*) FROM outbox o JOIN points_entries p ON "
        "p.source_event_id = o.id WHERE o.type = "
        "'yilian.directory.contract.signed.v1'"};
    EXPECT_EQ(site_.number(kSigned), 1);
    v1::VoidContractRequest request;
    request.set_contract_id(kContract);
    site_.ok<v1::Contract>(kTeamLead, request);
    EXPECT_EQ(points().balance(), 0);
    EXPECT_THAT(site_.events("resident:r"), ElementsAre("points.credited", "points.reversed"));
}

TEST_P(Evidence, C16VisitDeliveredThreeTimesCountsOnce) {
    site_.signed_contract(kContract, "r");
    site_.clock("2026-03-02T09:00:00");
    const std::string event = site_.fact(visit("v1", "2026-03-02"));
    site_.deliver_again(event);
    site_.deliver_again(event);
    EXPECT_THAT(entries(), ElementsAre("chronic_visit 10", "paid_contract 30"));
    EXPECT_THAT(delivered(), ElementsAre("service.delivered"));
    const auto delivery = site_.last_event<v1::ServiceDelivered>(kContract);
    EXPECT_EQ(delivery.item_code(), "CHRONIC_VISIT");
    EXPECT_EQ(delivery.done_by(), "gp-1");
    EXPECT_EQ(delivery.evidence_event_id(), event);
}

TEST_P(Evidence, C17TwoVisitsOfADayEarnOnce) {
    site_.clock("2026-03-02T09:00:00");
    site_.fact(visit("v1", "2026-03-02"));
    site_.fact(visit("v2", "2026-03-02"));
    EXPECT_THAT(entries(), ElementsAre("chronic_visit 10"));
    EXPECT_THAT(delivered(), IsEmpty()) << "no contract, no service under one";
}

TEST_P(Evidence, C18CreditsOfADayAreCutToTheCap) {
    site_.clock("2026-03-02T09:00:00");
    site_.signed_contract(kContract, "r", "2026-03-02", "2027-03-01");
    site_.fact(visit("v1", "2026-03-02"));
    site_.fact(satisfied("v1", "2026-03-02"));
    EXPECT_EQ(points().balance(), 50);
    EXPECT_THAT(entries(), ::testing::UnorderedElementsAre("paid_contract 30", "chronic_visit 10",
                                                           "goal_reached 10"));
}

// Step 20: 10 + 20 points for the visit at goal.
TEST_P(Evidence, WalkStep20VisitAtGoalEarnsThirty) {
    site_.clock("2026-03-31T09:30:00");
    site_.fact(visit("v1", "2026-03-31"));
    site_.fact(satisfied("v1", "2026-03-31"));
    EXPECT_EQ(points().balance(), 30);
}

TEST_P(Evidence, VoidedVisitTakesBackWhatRestedOnIt) {
    site_.signed_contract(kContract, "r");
    site_.clock("2026-03-31T09:30:00");
    site_.fact(visit("v1", "2026-03-31"));
    site_.fact(satisfied("v1", "2026-03-31"));
    site_.fact(voided("v1"));
    EXPECT_EQ(points().balance(), 30);
    EXPECT_THAT(delivered(), ElementsAre("service.delivered", "service.reversed"));
    EXPECT_EQ(site_.last_event<v1::PointsReversed>("resident:r").balance_after(), 30);
    // The day is free for another visit (invariant 5).
    site_.fact(visit("v2", "2026-03-31"));
    EXPECT_EQ(points().balance(), 40);
}

// Events of different topics arrive in any order; the rows and the events told are the same.
TEST_P(Evidence, FollowUpOfAVoidedVisitIsReversedInEitherOrder) {
    site_.signed_contract(kContract, "r");
    site_.clock("2026-03-31T09:30:00");
    referrals::v1::ReferralFollowedUp followed;
    followed.set_referral_id("ref1");
    followed.set_resident_id("r");
    followed.set_visit_id("v1");
    followed.set_visit_date("2026-03-31");
    site_.fact(voided("v1"));
    site_.fact(followed);
    EXPECT_THAT(delivered(), ElementsAre("service.delivered", "service.reversed"));
    followed.set_referral_id("ref2");
    followed.set_visit_id("v2");
    site_.fact(followed);
    site_.fact(voided("v2"));
    EXPECT_THAT(delivered(), ElementsAre("service.delivered", "service.reversed",
                                         "service.delivered", "service.reversed"));
    static constexpr storage::Query kOpen{
        "test.open", "SELECT count(*) FROM deliveries WHERE reversed_at IS NULL"};
    EXPECT_EQ(site_.number(kOpen), 0);
}

TEST_P(Evidence, DispensedLinesCountUntilTheyAreReversed) {
    site_.signed_contract(kContract, "r");
    site_.clock("2026-03-31T09:30:00");
    prescriptions::v1::LineDispensed line;
    line.set_prescription_id("rx1");
    line.set_dispense_id("d1");
    line.set_line_no(1);
    line.set_resident_id("r");
    line.set_dispensed_on("2026-03-31");
    site_.fact(line);
    prescriptions::v1::DispenseReversed reversed;
    reversed.set_prescription_id("rx1");
    reversed.set_dispense_id("d1");
    reversed.set_line_no(1);
    reversed.set_resident_id("r");
    site_.fact(reversed);
    EXPECT_THAT(delivered(), ElementsAre("service.delivered", "service.reversed"));
}

TEST_P(Evidence, RenewedContractIsServedToItsLastDay) {
    site_.signed_contract(kContract, "r");
    site_.clock("2026-12-10T09:00:00");
    v1::RenewContractRequest renew;
    renew.set_contract_id(kContract);
    renew.set_new_contract_id(kNext);
    renew.set_valid_to("2027-12-31");
    renew.mutable_signature()->set_method(v1::SIGNATURE_METHOD_E_SIGN);
    renew.mutable_signature()->set_document_id("doc-2");
    site_.ok<v1::RenewContractResponse>(kTeamLead, renew);
    site_.fact(visit("v1", "2026-12-20"));
    EXPECT_EQ(site_.last_event<v1::ServiceDelivered>(kContract).done_on(), "2026-12-20");
}

TEST_P(Evidence, ServedContractCannotBeVoided) {
    site_.clock("2026-03-02T09:00:00");
    site_.signed_contract(kContract, "r", "2026-03-02", "2027-03-01");
    site_.fact(visit("v1", "2026-03-02"));
    v1::VoidContractRequest request;
    request.set_contract_id(kContract);
    EXPECT_EQ(site_.refusal<v1::Contract>(kTeamLead, request), "SERVICE_ALREADY_DELIVERED");
}

// Step 1: SplitBooked 12,000 with a team part of 8,400.
TEST_P(Evidence, WalkStep1FeeIsDividedWhenItIsBooked) {
    site_.signed_contract(kContract, "r");
    site_.clock("2026-01-01T00:00:00");
    const std::string event = site_.fact(fee("s1", 12'000, 8'400));
    site_.deliver_again(event);
    EXPECT_THAT(site_.events("t"), ElementsAre("team.created", "fee_split.computed"));
    const auto split = site_.last_event<v1::FeeSplitComputed>("t");
    EXPECT_EQ(split.team_fen(), 8'400);
    EXPECT_EQ(split.institution_fen(), 3'600);
    ASSERT_EQ(split.shares_size(), 2);
    EXPECT_EQ(split.shares(0).practitioner_id(), "gp-1");
    EXPECT_EQ(split.shares(0).amount_fen(), 4'200);
}

// The share of a member must not depend on what arrives first on the day of the booking.
TEST_P(Evidence, FeeCountsWorkloadUpToTheDayBefore) {
    site_.signed_contract(kContract, "r");
    site_.clock("2026-01-05T09:00:00");
    site_.fact(visit("v1", "2026-01-05"));
    site_.fact(visit("v2", "2026-01-05"));
    site_.clock("2026-01-06T09:00:00");
    auto by_nurse = visit("v3", "2026-01-06");
    by_nurse.set_performer_id("nurse-1");
    site_.fact(by_nurse);
    site_.fact(voided("v2"));
    site_.fact(fee("s1", 12'000, 8'400));
    EXPECT_EQ(site_.last_event<v1::FeeSplitComputed>("t").shares(0).amount_fen(), 8'400)
        << "two items of gp-1 on the 5th, nothing of the 6th";
    site_.clock("2026-01-07T09:00:00");
    registries::v1::PeerReviewScored score;
    score.set_review_id("q1");
    score.set_institution_id("B1");
    score.set_performer_id("gp-1");
    score.set_month("2026-01");
    score.set_score_e2(5'000);
    site_.fact(score);
    site_.fact(fee("s2", 12'000, 8'400));
    const auto split = site_.last_event<v1::FeeSplitComputed>("t");
    EXPECT_EQ(split.shares(0).amount_fen(), 2'800) << "one item at half quality";
    EXPECT_EQ(split.shares(1).amount_fen(), 5'600) << "one item";
}

TEST_P(Evidence, FeesAreDividedByHandWhenTheMonthIsOver) {
    v1::ComputeFeeSplitRequest request;
    request.set_team_id("t");
    request.set_period("2025-12");
    request.set_fee_fen(12'345);
    EXPECT_EQ(site_.refusal<v1::FeeSplit>(kTeamLead, request), "PERIOD_OPEN");
    site_.clock("2026-01-01T00:00:00");
    EXPECT_EQ(site_.refusal<v1::FeeSplit>(kOtherTeam, request), "AUTH_RECORD_ACCESS_DENIED");
    const auto split = site_.ok<v1::FeeSplit>(kTeamLead, request);
    EXPECT_EQ(split.team_fen(), 8'642);  // C-14
    EXPECT_EQ(split.institution_fen(), 3'703);
    EXPECT_EQ(site_.ok<v1::FeeSplit>(kTeamLead, request).SerializeAsString(),
              split.SerializeAsString());
    request.set_fee_fen(1);
    EXPECT_EQ(site_.refusal<v1::FeeSplit>(kTeamLead, request), "ID_REUSED");
    request.set_team_id("nowhere");
    EXPECT_EQ(site_.refusal<v1::FeeSplit>(kTeamLead, request), "TEAM_NOT_FOUND");
}

TEST_P(Evidence, EnrolmentsMakeKeyGroups) {
    site_.signed_contract(kContract, "r");
    EXPECT_THAT(site_.contract(kContract).key_groups(), IsEmpty());
    registries::v1::ResidentEnrolled enrolment;
    enrolment.set_enrolment_id("e1");
    enrolment.set_resident_id("r");
    enrolment.set_disease_code("diabetes_t2");
    enrolment.set_confirmed_on("2025-12-20");
    site_.fact(enrolment);
    EXPECT_THAT(site_.status("r", "2026-02-01").key_groups(), ElementsAre("diabetes"));
}

// The event table says who consumes what; `yilian verify` counts on it.
TEST_P(Evidence, EveryTypeThatTheTableNamesIsConsumed) {
    int consumed = 0;
    for (const auto* file : yilian::events::all_event_files()) {
        for (int i = 0; i < file->message_type_count(); ++i) {
            const auto& options = file->message_type(i)->options().GetExtension(common::v1::event);
            const auto& names = options.consumers();
            if (std::find(names.begin(), names.end(), "directory") == names.end()) continue;
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
                const bool date = field->name().ends_with("_on") || field->name().ends_with("date");
                message->GetReflection()->SetString(message.get(), field,
                                                    date ? "2025-12-20"
                                                    : field->name() == "period"
                                                        ? "2025-12"
                                                        : "x" + std::to_string(++consumed));
            }
            site_.fact(*message);  // waits until the inbox holds it
        }
    }
    EXPECT_GT(consumed, 0);
}

// A copy that is dropped and made again from the topics is the same, row by row.
TEST_P(Evidence, EveryProjectionIsRebuiltEqual) {
    registries::v1::ResidentEnrolled enrolment;
    enrolment.set_enrolment_id("e1");
    enrolment.set_resident_id("r");
    enrolment.set_confirmed_on("2025-12-20");
    site_.fact(enrolment);
    registries::v1::PeerReviewScored score;
    score.set_review_id("q1");
    score.set_institution_id("B1");
    score.set_month("2025-12");
    site_.fact(score);
    billing::v1::PeriodClosed closed;
    closed.set_period("2025-12");
    closed.set_district_code("350104");
    site_.fact(closed);
    referrals::v1::AccessRecorded access;
    access.set_access_id("a1");
    access.set_resident_id("r");
    access.set_break_glass(true);
    site_.fact(access);
    registries::v1::AccessRecorded other;
    other.set_access_id("a1");
    other.set_resident_id("r");
    site_.fact(other);
    const auto before = site_.events("");
    const auto list = site_.operate<common::v1::ListProjectionsResponse>(
        "ListProjections", common::v1::ListProjectionsRequest());
    EXPECT_EQ(list.projections_size(), 4);
    for (const auto& projection : list.projections()) {
        common::v1::RebuildProjectionRequest request;
        request.set_projection(projection.name());
        request.set_source(common::v1::REBUILD_SOURCE_TOPICS);
        const auto rebuilt =
            site_.operate<common::v1::RebuildProjectionResponse>("RebuildProjection", request);
        EXPECT_EQ(rebuilt.rows_after(), projection.name() == "accesses" ? 2 : 1)
            << projection.name();
        EXPECT_EQ(rebuilt.digest_before(), rebuilt.digest_after()) << projection.name();
    }
    EXPECT_EQ(site_.events(""), before);
}

// Each check sees the damage that it is for.
TEST_P(Evidence, ChecksFindWhatIsBroken) {
    site_.clock("2026-03-02T09:00:00");
    site_.signed_contract(kContract, "r", "2026-03-02", "2027-03-01");
    site_.fact(visit("v1", "2026-03-02"));
    site_.fact(voided("v1"));
    site_.fact(visit("v2", "2026-03-02"));
    site_.fact(fee("s1", 12'000, 8'400));
    site_.resident("r2");
    site_.signed_contract(kOther, "r2", "2026-04-01", "2027-03-31");
    ASSERT_THAT(site_.violations(), IsEmpty());
    v1::FeeSplit wrong;
    wrong.set_fee_fen(12'000);
    wrong.set_team_fen(8'399);
    wrong.set_institution_fen(3'601);
    const bool sqlite = GetParam() == storage::Dialect::kSqlite;
    const std::string hex = crypto::hex(wrong.SerializeAsString());
    const std::string blob = sqlite ? "X'" + hex + "'" : "decode('" + hex + "', 'hex')";
    struct Damage {
        std::string check;
        std::string sql;
        std::string undo;
    };
    const Damage damages[] = {
        {"DIR-C01", "UPDATE contracts SET resident_id = 'r' WHERE resident_id = 'r2'",
         "UPDATE contracts SET resident_id = 'r2' WHERE contract_id = '" + std::string(kOther) +
             "'"},
        {"DIR-C02", "UPDATE identities SET resident_id = 'r3' WHERE resident_id = 'r2'",
         "UPDATE identities SET resident_id = 'r2' WHERE resident_id = 'r3'"},
        {"DIR-C03", "UPDATE contracts SET institution_id = 'B2'",
         "UPDATE contracts SET institution_id = 'B1'"},
        {"DIR-C04", "UPDATE contract_journal SET to_state = 'VOID' WHERE to_state = 'SIGNED'",
         "UPDATE contract_journal SET to_state = 'SIGNED' WHERE to_state = 'VOID'"},
        {"DIR-C05",
         "UPDATE points_entries SET rule_id = 'paid_contract' WHERE rule_id = 'chronic_visit' AND "
         "source_ref = 'v2'",
         "UPDATE points_entries SET rule_id = 'chronic_visit' WHERE source_ref = 'v2'"},
        {"DIR-C06", "UPDATE points_entries SET points = points - 1 WHERE reversal_of <> ''",
         "UPDATE points_entries SET points = points + 1 WHERE reversal_of <> ''"},
        {"DIR-C08",
         "UPDATE team_members SET capacity_share_bp = 10001 WHERE practitioner_id = 'gp-1'",
         "UPDATE team_members SET capacity_share_bp = 0 WHERE practitioner_id = 'gp-1'"},
        {"DIR-C07", "UPDATE fee_splits SET record = " + blob, "DELETE FROM fee_splits"},
    };
    // The hand that tampers is not held by references.
    const std::string free_hand =
        sqlite ? "PRAGMA foreign_keys = OFF; " : "SET session_replication_role = replica; ";
    for (const Damage& damage : damages) {
        site_.site().database("directory").tamper(free_hand + damage.sql);
        EXPECT_THAT(site_.violations(), Contains(StartsWith(damage.check)));
        site_.site().database("directory").tamper(free_hand + damage.undo);
        EXPECT_THAT(site_.violations(), IsEmpty()) << "after " << damage.check;
    }
}

}  // namespace
}  // namespace yilian::directory::testing
