#include "services/referrals/domain/exam.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "libs/calendar/local_time.h"

namespace yilian::referrals::domain::exam {
namespace {

using std::chrono::minutes;

// What is known of a group beside its window.
struct Group {
    std::string_view name;
    ExamClass exam_class;
    std::string_view due;  // first half of the key in diagnostics.report_due_min
    bool level_2;
};
constexpr std::array<Group, 9> kGroups{{
    {"blood_count", ExamClass::kLab, "laboratory_routine", false},
    {"biochemistry", ExamClass::kLab, "biochemistry", false},
    {"coagulation", ExamClass::kLab, "laboratory_routine", false},
    {"ecg", ExamClass::kEcg, "ecg", false},
    {"x_ray", ExamClass::kImaging, "x_ray", false},
    {"ultrasound", ExamClass::kUltrasound, "ultrasound", false},
    {"ct", ExamClass::kImaging, "ct_mr", true},
    {"mr", ExamClass::kImaging, "ct_mr", true},
    {"pathology", ExamClass::kPathology, "biopsy", true},
}};

const Group* group_of(std::string_view name) {
    const auto found = std::ranges::find(kGroups, name, &Group::name);
    return found == kGroups.end() ? nullptr : &*found;
}

constexpr minutes kDayStart{8 * 60};
constexpr minutes kDayEnd{17 * 60};

enum class Runs { kClock, kWorkingHours, kWorkingDays };
struct Due {
    std::string key;
    Runs runs = Runs::kClock;
};

Due ct_due(const Item& item, ExamPriority priority) {
    if (priority == ExamPriority::kEmergency) {
        return {item.part == "head" ? "ct_mr.emergency_head" : "ct_mr.emergency"};
    }
    if (item.part == "complex") return {"ct_mr.complex"};
    if (priority == ExamPriority::kInpatient) return {"ct_mr.inpatient"};
    return {"ct_mr.outpatient", Runs::kWorkingHours};
}

Due due_of(const Item& item, ExamPriority priority, bool chest_pain) {
    const bool emergency = priority == ExamPriority::kEmergency;
    if (item.group == "ecg" && chest_pain) return {"remote_ecg.chest_pain"};
    if (item.group == "ct" || item.group == "mr") return ct_due(item, priority);
    if (item.group == "pathology") {
        if (emergency) return {"frozen_section.emergency"};
        return {"biopsy.routine", Runs::kWorkingDays};
    }
    return {std::string(group_of(item.group)->due) + (emergency ? ".emergency" : ".routine")};
}

}  // namespace

std::optional<Item> item_of(std::string_view item_code, const Policy& policy) {
    const auto dot = item_code.find('.');
    Item item{std::string(item_code.substr(0, dot)), "", ExamClass::kNone};
    if (dot != std::string_view::npos) item.part = item_code.substr(dot + 1);
    const Group* group = group_of(item.group);
    if (group == nullptr || !policy.validity_days.contains(item.group)) return std::nullopt;
    item.exam_class = group->exam_class;
    return item;
}

std::int32_t grade_needed(const Item& item) { return group_of(item.group)->level_2 ? 2 : 1; }

bool two_persons(const Item& item, const Policy& policy) {
    const auto listed = [&](std::string_view name) {
        return std::ranges::find(policy.two_person_classes, name) !=
               policy.two_person_classes.end();
    };
    const bool level_2 = item.exam_class == ExamClass::kImaging && group_of(item.group)->level_2;
    return listed(domain::name_of(item.exam_class)) || (level_2 && listed("IMAGING_LEVEL_2"));
}

bool centre_enabled(const Item& item, const Policy& policy) {
    const auto has = [&](std::string_view name) {
        return std::ranges::find(policy.centres, name) != policy.centres.end();
    };
    switch (item.exam_class) {
        case ExamClass::kLab:
            return has("laboratory");
        case ExamClass::kImaging:
            return has("imaging") || has("examination");
        case ExamClass::kEcg:
            return has("ecg") || has("examination");
        case ExamClass::kUltrasound:
            return has("ultrasound") || has("examination");
        case ExamClass::kPathology:
            return has("pathology");
        case ExamClass::kNone:
            break;
    }
    return false;
}

Outcome<Instant> after_working_minutes(Instant from, std::int64_t count,
                                       const calendar::WorkingDays& days) {
    std::chrono::milliseconds left = minutes(count);
    calendar::CivilDate day = calendar::local_date(from);
    auto of_day = calendar::local_time_of_day(from);
    while (true) {
        const auto working = days.is_working_day(day);
        if (!working.ok()) return working.refusal();
        const auto start = std::max<std::chrono::milliseconds>(of_day, kDayStart);
        if (*working && start < kDayEnd) {
            const auto here = kDayEnd - start;
            if (left <= here) return calendar::at_local(day, start + left);
            left -= here;
        }
        day = day.plus_days(1);
        of_day = {};
    }
}

Outcome<Instant> report_due(const Item& item, ExamPriority priority, bool chest_pain,
                            Instant uploaded_at, const Policy& policy,
                            const calendar::WorkingDays& days) {
    const Due due = due_of(item, priority, chest_pain);
    const auto found = policy.report_due_min.find(due.key);
    if (found == policy.report_due_min.end()) {
        return Refusal{"POLICY_NOT_IN_FORCE", {{"key", "diagnostics.report_due_min." + due.key}}};
    }
    constexpr std::int64_t kMinutesOfDay = 24 * 60;
    switch (due.runs) {
        case Runs::kWorkingHours:
            return after_working_minutes(uploaded_at, found->second, days);
        case Runs::kWorkingDays:
            return days.end_after_working_days(uploaded_at,
                                               static_cast<int>(found->second / kMinutesOfDay));
        case Runs::kClock:
            break;
    }
    return uploaded_at + minutes(found->second);
}

std::int32_t late_min(Instant due, Instant reported) {
    if (reported <= due) return 0;
    return static_cast<std::int32_t>(std::chrono::ceil<minutes>(reported - due).count());
}

lifecycle::Set<Role> roles_of(const Order& order, std::string_view institution_id) {
    lifecycle::Set<Role> roles;
    if (institution_id == order.base_institution_id) roles = roles | lifecycle::Set{Role::kBase};
    if (institution_id == order.centre_id) roles = roles | lifecycle::Set{Role::kCentre};
    return roles;
}

std::vector<std::string> allowed_actions(const Order& order, std::string_view institution_id) {
    return kLifecycle.allowed_action_names(order.state, roles_of(order, institution_id),
                                           [](const auto&) { return true; });
}

Outcome<Allowed> check_verify(const Order& order, const Item& item,
                              std::string_view practitioner_id, const Policy& policy) {
    if (!two_persons(item, policy)) {
        return Refusal{"STATE_TRANSITION_NOT_ALLOWED",
                       {{"state", std::string(name_of(order.state))}, {"action", "VerifyExam"}}};
    }
    if (order.latest() != nullptr && order.latest()->read_by == practitioner_id) {
        return Reason("VERIFIER_IS_READER");
    }
    return Allowed{};
}

Outcome<Allowed> check_sign(const Order& order, const Item& item, std::string_view practitioner_id,
                            const Policy& policy) {
    if (order.state == State::kReported && two_persons(item, policy)) {
        return Reason("SECOND_READER_NEEDED");
    }
    const Report* report = order.latest();
    const bool took_part = report != nullptr && (report->read_by == practitioner_id ||
                                                 report->verified_by == practitioner_id);
    if (!took_part) return Reason("SIGNATURE_INVALID");
    return Allowed{};
}

bool in_window(const Prior& prior, const Item& item, Instant now, const Policy& policy) {
    const auto days = policy.validity_days.find(item.group);
    return days != policy.validity_days.end() && prior.signed_at <= now &&
           now - prior.signed_at <= std::chrono::hours(24) * days->second;
}

Outcome<Decision> decide_prior(const std::vector<Prior>& priors, const Wish& wish, Instant now,
                               const Policy& policy) {
    const auto age_h = [&](const Prior& prior) {
        return static_cast<std::int32_t>(
            std::chrono::floor<std::chrono::hours>(now - prior.signed_at).count());
    };
    const auto offered = std::ranges::find_if(priors, &Prior::recognisable);
    if (offered == priors.end()) {
        if (wish.recognise) return Refusal{"FIELD_INVALID", {{"field", "recognise"}}};
        if (priors.empty()) return Decision{};
        return Decision{RecognitionOutcome::kNotShown, priors.front().report_id, "",
                        age_h(priors.front())};
    }
    if (wish.prior_report_id != offered->report_id) {
        return Refusal{"PRIOR_NOT_REVIEWED", {{"report_id", offered->report_id}}};
    }
    if (wish.recognise) {
        return Decision{RecognitionOutcome::kRecognised, offered->report_id, "", age_h(*offered)};
    }
    if (std::ranges::find(policy.repeat_reasons, wish.repeat_reason_code) ==
        policy.repeat_reasons.end()) {
        return Refusal{"REPEAT_REASON_MISSING", {{"reason_code", wish.repeat_reason_code}}};
    }
    return Decision{RecognitionOutcome::kRepeated, offered->report_id, wish.repeat_reason_code,
                    age_h(*offered)};
}

Outcome<Allowed> check_critical(const Critical& c, CriticalStep step,
                                std::string_view institution_id, std::string_view treatment_code) {
    const bool of_centre = step == CriticalStep::kNotify;
    if (institution_id != (of_centre ? c.centre_id : c.base_institution_id)) {
        return Reason("NOT_RESPONSIBLE");
    }
    const bool unanswered =
        c.state == CriticalState::kRaised || c.state == CriticalState::kNotified;
    const bool legal = step == CriticalStep::kNotify ? c.state == CriticalState::kRaised
                       : step == CriticalStep::kAcknowledge
                           ? unanswered
                           : c.state == CriticalState::kAcknowledged;
    if (!legal) {
        return Refusal{"STATE_TRANSITION_NOT_ALLOWED",
                       {{"state", std::string(domain::name_of(c.state))},
                        {"action", step == CriticalStep::kNotify        ? "NotifyCritical"
                                   : step == CriticalStep::kAcknowledge ? "AcknowledgeCritical"
                                                                        : "CloseCritical"}}};
    }
    if (step == CriticalStep::kClose && treatment_code.empty()) return Reason("TREATMENT_MISSING");
    return Allowed{};
}

CriticalDuty after(CriticalDuty duty) {
    return duty == CriticalDuty::kDoctor ? CriticalDuty::kHead : CriticalDuty::kOffice;
}

}  // namespace yilian::referrals::domain::exam
