// Every checker on histories made by hand: content with the good one, and with a finding for each
// way in which it can be bad.
#include "tests/chaos/checkers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "yilian/billing/v1/events.pb.h"
#include "yilian/prescriptions/v1/events.pb.h"

namespace yilian::chaos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Told told(const std::string& request, Answer::End end = Answer::End::kOk,
          const std::string& bytes = "answer") {
    return {"directory",
            "yilian.directory.v1.ResidentService/RegisterResident",
            request,
            {end, bytes},
            Answer{end, bytes}};
}

LogEvent event(const std::string& id, const std::string& type, const std::string& subject,
               std::int64_t sequence, const std::string& request) {
    return {"directory", id, "yilian.directory." + type + ".v1", subject, sequence, request,
            request,     ""};
}

// Two commands; the second publishes two events.
struct Good {
    std::vector<Told> history{told("q1"), told("q2")};
    std::vector<LogEvent> log{event("e1", "resident.registered", "r1", 1, "q1"),
                              event("e2", "resident.registered", "r2", 1, "q2"),
                              event("e3", "resident.changed", "r2", 2, "q2")};
    EventsOfCommands expected = events_of_commands(log);
    std::set<std::string> topic{"e1", "e2", "e3"};
    std::vector<Consumption> consumers{{"registries", 3, 3, 0}};
};

TEST(Checkers, AreContentWithAGoodHistory) {
    const Good good;
    EXPECT_THAT(lost(good.history, good.expected, good.log, good.topic), IsEmpty());
    EXPECT_THAT(doubled(good.consumers, good.history, good.expected, good.log), IsEmpty());
    EXPECT_THAT(out_of_order(good.log), IsEmpty());
    EXPECT_THAT(answered_otherwise(good.history), IsEmpty());
    EXPECT_THAT(unbalanced({{0, 0}, {25, 0}}, good.log), IsEmpty());
    EXPECT_THAT(two_holders(good.log), IsEmpty());
}

TEST(Checkers, P1FindsACommandWithoutItsEvents) {
    Good bad;
    bad.log.erase(bad.log.begin() + 2);
    EXPECT_THAT(
        lost(bad.history, bad.expected, bad.log, bad.topic),
        ElementsAre("P1: RegisterResident q2 was acknowledged, resident.changed is missing"));
}

TEST(Checkers, P1AllowsAnUnansweredCommandToHaveHappenedOrNot) {
    Good open;
    open.history[1].first = {Answer::End::kUnknown, ""};
    EXPECT_THAT(lost(open.history, open.expected, open.log, open.topic), IsEmpty());
    open.log.resize(1);
    EXPECT_THAT(lost(open.history, open.expected, open.log, open.topic), IsEmpty());
}

TEST(Checkers, P1FindsAnEventThatIsNotInTheTopic) {
    Good bad;
    bad.topic.erase("e2");
    EXPECT_THAT(lost(bad.history, bad.expected, bad.log, bad.topic),
                ElementsAre("P1: resident.registered e2 of directory is not in the topic"));
}

TEST(Checkers, P2FindsDoubledEffectsAndMissedEvents) {
    Good bad;
    bad.consumers = {{"registries", 3, 3, 1}, {"billing", 3, 2, 0}, {"referrals", 3, 4, 0}};
    EXPECT_THAT(
        doubled(bad.consumers, bad.history, bad.expected, bad.log),
        ElementsAre("P2: registries has 1 doubled effects", "P2: billing applied 2 of 3 events",
                    "P2: referrals applied 4 of 3 events"));
}

TEST(Checkers, P2FindsACommandThatHappenedTwice) {
    Good bad;
    bad.log.push_back(event("e4", "resident.registered", "r3", 1, "q1"));
    EXPECT_THAT(doubled(bad.consumers, bad.history, bad.expected, bad.log),
                ElementsAre("P2: request q1 also published resident.registered"));
    bad.log.back() = bad.log.front();
    EXPECT_THAT(doubled(bad.consumers, bad.history, bad.expected, bad.log),
                testing::Contains(HasSubstr("e1")));
}

TEST(Checkers, P3FindsGapsAndStepsBack) {
    Good bad;
    std::swap(bad.log[1], bad.log[2]);
    EXPECT_THAT(out_of_order(bad.log),
                ElementsAre("P3: 2 of directory r2 follows 0", "P3: 1 of directory r2 follows 2"));
}

LogEvent claimed(const std::string& by) {
    prescriptions::v1::PrescriptionClaimed message;
    message.set_dispenser_institution_id(by);
    return {"prescriptions",
            "c-" + by,
            "yilian.prescriptions.prescription.claimed.v1",
            "rx",
            1,
            "q",
            "q",
            message.SerializeAsString()};
}
LogEvent dispensed(const std::string& by) {
    prescriptions::v1::LineDispensed message;
    message.set_dispenser_institution_id(by);
    return {"prescriptions",
            "d-" + by,
            "yilian.prescriptions.line.dispensed.v1",
            "rx",
            2,
            "q",
            "q",
            message.SerializeAsString()};
}
LogEvent released() {
    return {"prescriptions",
            "f",
            "yilian.prescriptions.prescription.released.v1",
            "rx",
            2,
            "q",
            "q",
            ""};
}

TEST(Checkers, P4FindsASecondHolderAndADispenserWithoutClaim) {
    EXPECT_THAT(two_holders({claimed("B1"), dispensed("B1")}), IsEmpty());
    EXPECT_THAT(two_holders({claimed("B1"), released(), claimed("B2"), dispensed("B2")}),
                IsEmpty());
    EXPECT_THAT(two_holders({claimed("B1"), claimed("B2")}),
                ElementsAre("P4: rx is held by B1 and claimed by B2"));
    EXPECT_THAT(two_holders({claimed("B1"), dispensed("B2")}),
                ElementsAre("P4: rx was dispensed by B2, held by B1"));
    EXPECT_THAT(two_holders({claimed("B1"), released(), dispensed("B1")}),
                ElementsAre("P4: rx was dispensed by B1, held by nobody"));
}

TEST(Checkers, P6FindsALedgerAndAPostingThatAreNotZero) {
    billing::v1::TransactionPosted posted;
    posted.add_lines()->set_amount_fen(100);
    posted.add_lines()->set_amount_fen(-99);
    const LogEvent event{"billing",
                         "t",
                         "yilian.billing.transaction.posted.v1",
                         "tx-1",
                         1,
                         "q",
                         "q",
                         posted.SerializeAsString()};
    EXPECT_THAT(unbalanced({{0, 0}, {50, -3}}, {event}),
                ElementsAre("P6: the ledger stood at -3 fen at 50",
                            "P6: the lines of tx-1 add up to 1 fen"));
}

TEST(Checkers, P8FindsAnotherAnswerAndNone) {
    std::vector<Told> history{told("q1"), told("q2"), told("q3")};
    history[0].again = Answer{Answer::End::kOk, "something else"};
    history[1].again = Answer{Answer::End::kRefused, "answer"};
    history[2] = told("q3", Answer::End::kUnknown, "");
    EXPECT_THAT(answered_otherwise(history),
                ElementsAre("P8: another answer to the same RegisterResident q1",
                            "P8: another answer to the same RegisterResident q2",
                            "P8: no answer to RegisterResident q3"));
}

}  // namespace
}  // namespace yilian::chaos
