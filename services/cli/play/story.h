#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "services/cli/play/demo_data.h"
#include "services/cli/play/district.h"
#include "services/cli/play/drug_data.h"

// What happens to a resident, planned before the first day: steps on days and times of day, and the
// plans they are about. Pure; a story depends on the district, the seed and the resident alone.
namespace yilian::cli::play {

// Stops of the business clock; all commands of a phase happen at its instant.
enum class Phase { kMidnight, kMorning, kForenoon, kBooking, kAfternoon, kEvening };
inline constexpr int kPhases = 6;
[[nodiscard]] std::chrono::hours time_of(Phase phase);

enum class Act {
    kOffer,         // contract offered
    kSign,          // contract signed
    kDecline,       // offer declined
    kEnrol,         // diagnosis confirmed, enrolled
    kVisit,         // follow-up visit recorded
    kRefer,         // draft written or taken over from the advice, submitted, answered
    kReanswer,      // information given and accepted, or what became of a refusal
    kBook,          // place searched, held, booked; on the lane of the pool
    kArrive,        // arrival, record, start of care
    kEndNoShow,     // who did not come is closed
    kComplete,      // reply letter, way back proposed
    kAnswerDown,    // the base institution answers
    kArriveAtBase,  // stay at base after the way back
    kCloseReferral,
    kPrescribe,  // assessed, drafted, signed, reviewed
    kDispense,   // claimed and dispensed
    kCancelRx,
    kSubmitList,    // settlement list of a stay
    kCorrectList,   // the next version of a rejected one
    kSubmitRxList,  // settlement list of a prescription
};

struct Step {
    int day = 0;  // from the first day
    Phase phase = Phase::kMorning;
    Act act = Act::kVisit;
    int plan = 0;   // index into the plans of its kind
    int order = 0;  // among the steps of a resident
};

struct VisitPlan {
    int day = 0;
    bool hypertension = false;  // carries blood pressure
    bool diabetes = false;      // carries fasting glucose
    bool satisfied = true;
    int sbp = 0;
    int dbp = 0;
    int glucose_e2 = 0;
    bool home = false;
    int follows_referral = -1;
};

enum class Answer { kAccept, kReject, kAskInformation, kAdvise, kRedirect, kWithdrawn };

struct ReferralPlan {
    bool advised = false;  // from the registry's advice; else direct
    bool inpatient = false;
    bool urgent = false;
    Answer answer = Answer::kAccept;
    bool comes = true;       // else not attended
    bool goes_back = false;  // way back to the base institution and follow-up
    bool base_stay_after = false;
    std::size_t receiver = 0;  // institution that takes the patient in the end
    std::size_t asked = 0;     // institution asked first
    std::string disease;       // registry code, "" = none
    std::string drug;          // of the reply letter and of the plan for the base institution
    std::vector<std::string> diagnoses;
    int submit_day = 0;
    int care_day = 0;
    Phase care_phase = Phase::kAfternoon;
    int complete_day = 0;
};

// What is wrong with a list on purpose.
enum class Fault { kNone, kTotal, kAge, kStayDays, kCount, kDuplicateDiagnosis };

struct StayPlan {
    std::size_t institution = 0;
    int referral = -1;  // evidence it names
    bool sender_side = false;
    bool after_return = false;
    int admitted_day = 0;
    Phase admitted = Phase::kAfternoon;
    int discharged_day = 0;
    Phase discharged = Phase::kForenoon;
    int discharge_way = 1;
    std::size_t receiver = 0;  // for ways 2 and 3
    std::vector<std::string> diagnoses;
    std::vector<std::string> procedures;
    std::int64_t total_fen = 0;
    int self_paid_bp = 0;
    int class_b_bp = 0;
    Fault fault = Fault::kNone;
    bool late = false;
};

enum class RxKind { kNormal, kLong, kExtended, kShared };
enum class RxEnd { kDispensed, kReturned, kCancelled, kExpired };

struct RxPlan {
    RxKind kind = RxKind::kNormal;
    RxEnd end = RxEnd::kDispensed;
    std::string disease;  // registry code, "" = none
    std::string diagnosis;
    std::string drug;
    int days = 7;
    int referral = -1;    // of an extended one
    bool listed = false;  // settled by a list
    bool at_station = false;
    int day = 0;
};

struct Story {
    int contract_day = -1;  // -1: none is offered
    bool declined = false;
    std::vector<VisitPlan> visits;
    std::vector<ReferralPlan> referrals;
    std::vector<StayPlan> stays;
    std::vector<RxPlan> prescriptions;
    std::vector<Step> steps;  // in the order of day, phase and order
};

// Working days as numbers from the first day.
class DayCount {
  public:
    DayCount(const District& district, const calendar::WorkingDays& days);

    [[nodiscard]] CivilDate date(int day) const { return first_.plus_days(day); }
    [[nodiscard]] int number(CivilDate date) const { return calendar::days_between(first_, date); }
    [[nodiscard]] int last() const { return last_; }  // of the play proper
    // The day itself or the next working one; may lie behind last().
    [[nodiscard]] int working_on_or_after(int day) const;
    // The day itself or the last working one before it; -1 when there is none.
    [[nodiscard]] int working_on_or_before(int day) const;

  private:
    CivilDate first_;
    int last_ = 0;
    std::vector<bool> working_;
};

[[nodiscard]] Story make_story(const District& district, const DayCount& days, std::size_t index);

}  // namespace yilian::cli::play
