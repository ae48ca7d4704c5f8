#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "services/registries/domain/standing.h"

// An enrolment (登记管理, registries.md 2 and 3): one resident, one disease, one state.
namespace yilian::registries::domain {

enum class EnrolmentState {
    kNone,  // not yet there: where rows 1, 4 and 5 start
    kCandidate,
    kConfirming,
    kActive,
    kSuspended,
    kMoved,
    kLost,
    kRefused,
    kClosed,
};
[[nodiscard]] std::string_view name_of(EnrolmentState value);
[[nodiscard]] std::optional<EnrolmentState> enrolment_state_of(std::string_view name);

struct Enrolment {
    std::string enrolment_id;
    std::string resident_id;
    std::string disease_code;
    std::string team_id;
    std::string institution_id;
    EnrolmentState state = EnrolmentState::kNone;
    std::optional<CivilDate> candidate_on;
    std::optional<CivilDate> confirmed_on;
    std::string confirmed_by;
    std::string confirmation_ref;
    std::string confirmation_via;  // "", REFERRAL, VISIT
    Standing standing;
    std::optional<CivilDate> suspended_until;
    std::string reason_code;
    std::string pack_id;
    std::int32_t pack_version = 0;
    std::string batch_id;  // of an import, else empty
    std::int64_t changes = 0;
    Instant changed_at{};

    [[nodiscard]] bool open() const { return state != EnrolmentState::kClosed; }
};

enum class CareActionState { kOpen, kDone, kOverdue, kClosed };
[[nodiscard]] std::string_view name_of(CareActionState value);
[[nodiscard]] std::optional<CareActionState> care_action_state_of(std::string_view name);

struct CareAction {
    std::string action_id;
    std::string enrolment_id;
    std::string resident_id;
    std::string team_id;
    std::string disease_code;
    std::string referral_id;  // of a FOLLOW_2W, or the draft that an advice became
    std::string visit_id;     // that caused it
    ActionKind kind = ActionKind::kAdjust;
    CivilDate due_on;
    CareActionState state = CareActionState::kOpen;
    std::string done_ref;
    std::int64_t changes = 0;

    [[nodiscard]] bool pending() const {
        return state == CareActionState::kOpen || state == CareActionState::kOverdue;
    }
};

// Which pending actions a visit does: ADJUST and FOLLOW_2W of its diseases, due on or after the day
// of the visit (registries.md 2, CareAction).
[[nodiscard]] bool done_by_visit(const CareAction& action, std::string_view disease_code,
                                 CivilDate visit_on);

}  // namespace yilian::registries::domain
