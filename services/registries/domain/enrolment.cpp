#include "services/registries/domain/enrolment.h"

#include <algorithm>

namespace yilian::registries::domain {

std::string_view name_of(EnrolmentState value) {
    switch (value) {
        case EnrolmentState::kNone:
            return "NONE";
        case EnrolmentState::kCandidate:
            return "CANDIDATE";
        case EnrolmentState::kConfirming:
            return "CONFIRMING";
        case EnrolmentState::kActive:
            return "ACTIVE";
        case EnrolmentState::kSuspended:
            return "SUSPENDED";
        case EnrolmentState::kMoved:
            return "MOVED";
        case EnrolmentState::kLost:
            return "LOST";
        case EnrolmentState::kRefused:
            return "REFUSED";
        case EnrolmentState::kClosed:
            return "CLOSED";
    }
    return "";
}

std::optional<EnrolmentState> enrolment_state_of(std::string_view name) {
    for (int i = 0; i <= static_cast<int>(EnrolmentState::kClosed); ++i) {
        const auto state = static_cast<EnrolmentState>(i);
        if (name_of(state) == name) return state;
    }
    return std::nullopt;
}

std::string_view name_of(CareActionState value) {
    switch (value) {
        case CareActionState::kOpen:
            return "OPEN";
        case CareActionState::kDone:
            return "DONE";
        case CareActionState::kOverdue:
            return "OVERDUE";
        case CareActionState::kClosed:
            return "CLOSED";
    }
    return "";
}

std::optional<CareActionState> care_action_state_of(std::string_view name) {
    for (int i = 0; i <= static_cast<int>(CareActionState::kClosed); ++i) {
        const auto state = static_cast<CareActionState>(i);
        if (name_of(state) == name) return state;
    }
    return std::nullopt;
}

std::optional<CivilDate> Enrolment::without_visit_since() const {
    if (standing.last_visit_on) return standing.last_visit_on;
    if (confirmed_on && enrolled_on) return std::max(*confirmed_on, *enrolled_on);
    return confirmed_on;
}

bool follows_up(const CareAction& action, std::string_view disease_code, CivilDate visit_on) {
    const bool kind = action.kind == ActionKind::kAdjust || action.kind == ActionKind::kFollow2w;
    const bool after =
        action.visit_id.empty() ? visit_on >= action.opened_on : visit_on > action.opened_on;
    return kind && action.disease_code == disease_code && after && visit_on <= action.due_on;
}

}  // namespace yilian::registries::domain
