#include "services/prescriptions/app/review.h"

#include <algorithm>

#include "services/prescriptions/domain/content.h"
#include "services/prescriptions/store/content_codec.h"
#include "services/prescriptions/store/copy_rows.h"
#include "services/prescriptions/store/event_codec.h"
#include "services/prescriptions/store/rows.h"

namespace yilian::prescriptions::app {
namespace {

using domain::Action;
using domain::Prescription;
using domain::State;

Outcome<Prescription> find_for_review(Work& work, std::string_view id, std::string_view etag,
                                      Action action) {
    auto p = find(work, id, etag);
    if (!p.ok()) return p;
    if (!works_with(work.tx, work.actor.institution_id, p->institution_id, work.today)) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    if (auto legal = domain::kLifecycle.check(p->state, action); !legal.ok()) {
        return legal.refusal();
    }
    const auto reviewer =
        store::practitioner(work.tx, work.actor.id, work.actor.institution_id, work.today);
    if (!reviewer.works_here || !domain::contains(reviewer.rights, domain::kReviewRight)) {
        return Reason("REVIEWER_NOT_QUALIFIED");
    }
    if (p->prescriber_id == work.actor.id) return Reason("REVIEWER_IS_PRESCRIBER");
    return p;
}

void keep_review(Work& work, const Prescription& p, v1::ReviewResult result,
                 std::string_view reason_code) {
    v1::ReviewRecord record;
    record.set_review_id(work.ids.next_ulid());
    record.set_stage(v1::REVIEW_STAGE_PHARMACIST);
    record.set_result(result);
    record.set_reviewer_id(work.actor.id);
    record.set_reason_code(std::string(reason_code));
    record.set_content_sha256(p.content_sha256);
    store::set_time(record.mutable_at(), work.now);
    store::add_review(work.tx, p.prescription_id, record);
}

// Rows 9 and 10.
Outcome<Prescription> turn_down(Work& work, std::string_view id, std::string_view etag,
                                Action action, std::string_view reason_code,
                                std::vector<std::string> rule_ids) {
    auto p = find_for_review(work, id, etag, action);
    if (!p.ok()) return p;
    if (!domain::is_review_reason(reason_code)) return Reason("FIELD_REASON_CODE_INVALID");
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    Prescription changed = std::move(p).value();
    const bool back = action == Action::kReturn;
    must_move(work, changed, action, back ? State::kReturned : State::kRefused, reason_code,
              **pack);
    keep_review(work, changed, back ? v1::REVIEW_RESULT_RETURN : v1::REVIEW_RESULT_REFUSE,
                reason_code);
    if (!back) domain::end_open_lines(changed, domain::LineState::kCancelled);
    finish(work, changed);
    std::ranges::sort(rule_ids);
    const store::ReviewFacts facts{std::move(rule_ids), std::string(reason_code), work.actor.id};
    const auto context = work.event_context(**pack);
    work.append(back ? store::returned(context, changed, facts)
                     : store::refused(context, changed, facts));
    return changed;
}

}  // namespace

bool works_with(storage::Transaction& tx, std::string_view institution_id,
                std::string_view prescribing_institution_id, domain::CivilDate today) {
    if (institution_id == prescribing_institution_id) return true;
    const auto a = store::institution(tx, institution_id, today);
    const auto b = store::institution(tx, prescribing_institution_id, today);
    if (!a || !b) return false;
    return a->parent_id == b->institution_id || b->parent_id == a->institution_id ||
           std::ranges::any_of(a->consortia, [&](const std::string& id) {
               return domain::contains(b->consortia, id);
           });
}

Outcome<Prescription> review_pass(Work& work, std::string_view id, std::string_view etag) {
    auto p = find_for_review(work, id, etag, Action::kPass);
    if (!p.ok()) return p;
    if (p->highest_level == domain::Level::kDoubleSign && !p->double_signed) {
        return Refusal{"STATE_TRANSITION_NOT_ALLOWED",
                       {{"state", std::string(domain::kLifecycle.name(p->state))},
                        {"action", std::string(domain::kLifecycle.name(Action::kPass))},
                        {"needs", "DoubleSign"}}};
    }
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    Prescription changed = std::move(p).value();
    keep_review(work, changed, v1::REVIEW_RESULT_PASS, "");
    make_effective(work, changed, Action::kPass, **pack);
    expire_if_over(work, changed, **pack);
    finish(work, changed);
    return changed;
}

Outcome<Prescription> review_return(Work& work, std::string_view id, std::string_view etag,
                                    std::string_view reason_code,
                                    std::vector<std::string> rule_ids) {
    return turn_down(work, id, etag, Action::kReturn, reason_code, std::move(rule_ids));
}

Outcome<Prescription> review_refuse(Work& work, std::string_view id, std::string_view etag,
                                    std::string_view reason_code) {
    return turn_down(work, id, etag, Action::kRefuse, reason_code, {});
}

}  // namespace yilian::prescriptions::app
