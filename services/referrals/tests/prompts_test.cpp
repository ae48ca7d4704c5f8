#include "services/referrals/domain/prompts.h"

#include <gmock/gmock.h>

#include "libs/calendar/local_time.h"

namespace yilian::referrals::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const PromptPolicy kPolicy{24, 1, 30, 24, 30};

Instant local(const std::string& text) { return *calendar::parse_rfc3339(text + "+08:00"); }

std::vector<Prompt> prompts(const Referral& r, const std::string& now, bool has_record = false) {
    return prompts_of(r, has_record, local(now), kPolicy, calendar::WorkingDays::national());
}

Referral in(State state, const std::string& since) {
    Referral r;
    r.state = state;
    r.state_since = local(since);
    return r;
}

TEST(Prompts, R25LongStayOnDayThirtyAndNotOnDayTwentyNine) {
    Referral r = in(State::kInCare, "2026-03-02T10:00:00");
    r.inpatient = true;
    r.admitted_at = local("2026-03-02T23:30:00");
    r.care_started_at = r.state_since;
    EXPECT_THAT(prompts(r, "2026-03-30T23:59:59"), IsEmpty());
    EXPECT_THAT(prompts(r, "2026-03-31T00:00:00"), ElementsAre(Prompt::kLongStay));
    r.state = State::kCompleted;
    EXPECT_THAT(prompts(r, "2026-03-31T00:00:00"), IsEmpty());
}

TEST(Prompts, ADraftIsRemindedAfterItsHours) {
    const Referral r = in(State::kDraft, "2026-03-02T10:00:00");
    EXPECT_THAT(prompts(r, "2026-03-03T09:59:59"), IsEmpty());
    EXPECT_THAT(prompts(r, "2026-03-03T10:00:00"), ElementsAre(Prompt::kDraftWaiting));
}

TEST(Prompts, ARejectionIsRemindedInWorkingTime) {
    // Friday; the next working day is Monday.
    const Referral r = in(State::kRejected, "2026-03-06T16:00:00");
    EXPECT_THAT(prompts(r, "2026-03-09T15:59:59"), IsEmpty());
    EXPECT_THAT(prompts(r, "2026-03-09T16:00:00"), ElementsAre(Prompt::kRejectionToActOn));
}

TEST(Prompts, ARecordIsAwaitedForHalfAnHourAfterArrival) {
    Referral r = in(State::kArrived, "2026-03-06T16:00:00");
    r.arrived_at = r.state_since;
    EXPECT_THAT(prompts(r, "2026-03-06T16:30:00"), IsEmpty());
    EXPECT_THAT(prompts(r, "2026-03-06T16:30:01"), ElementsAre(Prompt::kRecordOutstanding));
    EXPECT_THAT(prompts(r, "2026-03-06T16:30:01", true), IsEmpty());
}

TEST(Prompts, AVisitOwesItsReplyLetterAfterADay) {
    Referral r = in(State::kInCare, "2026-03-06T16:00:00");
    r.care_started_at = r.state_since;
    EXPECT_THAT(prompts(r, "2026-03-07T16:00:00"), IsEmpty());
    EXPECT_THAT(prompts(r, "2026-03-07T16:00:01"), ElementsAre(Prompt::kReplyLetterDue));
    r.inpatient = true;
    EXPECT_THAT(prompts(r, "2026-03-07T16:00:01"), IsEmpty());
}

}  // namespace
}  // namespace yilian::referrals::domain
