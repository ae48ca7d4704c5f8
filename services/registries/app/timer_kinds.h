#pragma once

#include <string_view>

// Kinds of the service's durable timers; the aggregate is an enrolment or a care action.
namespace yilian::registries::app {

inline constexpr std::string_view kLoseTimer = "enrolment.lose";
inline constexpr std::string_view kResumeTimer = "enrolment.resume";
inline constexpr std::string_view kMoveLapseTimer = "enrolment.move_lapse";
inline constexpr std::string_view kActionDueTimer = "care_action.due";
inline constexpr std::string_view kActionOverdueTimer = "care_action.overdue";

}  // namespace yilian::registries::app
