#include "services/prescriptions/app/prescribe.h"

#include <set>

#include "libs/policy/keys/prescriptions.h"
#include "services/prescriptions/app/system_check.h"
#include "services/prescriptions/domain/content.h"
#include "services/prescriptions/domain/validity.h"
#include "services/prescriptions/store/content_codec.h"
#include "services/prescriptions/store/copy_rows.h"
#include "services/prescriptions/store/event_codec.h"
#include "services/prescriptions/store/rows.h"

namespace yilian::prescriptions::app {
namespace {

using domain::Action;
using domain::Level;
using domain::Prescription;
using domain::State;

// A repeat copies the last effective prescription of the resident (prescriptions.md 5.2).
Outcome<Allowed> may_repeat(Work& work, const policy::Pack& pack, const domain::Content& content,
                            std::string_view resident_id) {
    if (content.kind != domain::Kind::kRepeat || content.repeat_of.empty()) return Allowed{};
    const auto repeated = store::prescription(work.tx, content.repeat_of);
    if (repeated && store::surviving(work.tx, repeated->resident_id) == resident_id &&
        repeated->effective_at) {
        const int age =
            calendar::days_between(calendar::local_date(*repeated->effective_at), work.today);
        if (age <= pack.get(policy::kRxRepeatMaxAgeDays)) return Allowed{};
    }
    return Refusal{"NOT_FOUND", {{"prescription_id", content.repeat_of}}};
}

// The guards of rows 1 and 2, in the order of the method's list.
Outcome<Allowed> may_write(Work& work, const policy::Pack& pack, const domain::Content& content,
                           std::string_view resident_id, const ContractAnswer& answer) {
    const auto doctor =
        store::practitioner(work.tx, work.actor.id, work.actor.institution_id, work.today);
    if (auto right = domain::may_prescribe(doctor, content.kind); !right.ok()) return right;
    if (auto enabled = domain::kind_enabled(pack, content.kind); !enabled.ok()) return enabled;
    const auto resident = store::resident(work.tx, resident_id);
    if (!resident) return Reason("RESIDENT_NOT_FOUND");
    if (resident->deceased_on) return Reason("RESIDENT_DECEASED");
    const auto contract = store::contract_on(work.tx, resident_id, work.today);
    if (auto extends = domain::may_extend(content, resident_id,
                                          store::referral_plan(work.tx, content.referral_id),
                                          contract ? contract->contract_id : answer.contract_id);
        !extends.ok()) {
        return extends;
    }
    return may_repeat(work, pack, content, resident_id);
}

// Rows 2, 3, 11 and 12 are the prescriber's own.
Outcome<Prescription> find_own(Work& work, std::string_view id, std::string_view etag,
                               Action action) {
    auto p = find(work, id, etag);
    if (!p.ok()) return p;
    if (p->prescriber_id != work.actor.id || p->institution_id != work.actor.institution_id) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    if (auto legal = domain::kLifecycle.check(p->state, action); !legal.ok()) {
        return legal.refusal();
    }
    return p;
}

std::vector<std::string> rule_ids_of(const std::vector<domain::Finding>& findings, Level from) {
    std::set<std::string> ids;
    for (const domain::Finding& f : findings) {
        if (f.level >= from) ids.insert(f.rule_id);
    }
    return {ids.begin(), ids.end()};
}

domain::ReviewResult result_of(Level level) {
    switch (level) {
        case Level::kNone:
            return domain::ReviewResult::kPass;
        case Level::kInfo:
            return domain::ReviewResult::kInfo;
        case Level::kWarn:
            return domain::ReviewResult::kWarn;
        case Level::kDoubleSign:
            return domain::ReviewResult::kDoubleSign;
        case Level::kBlock:
            break;
    }
    return domain::ReviewResult::kBlock;
}

void keep_check(Work& work, const Prescription& p, const Checked& checked) {
    v1::ReviewRecord record;
    record.set_review_id(work.ids.next_ulid());
    record.set_stage(v1::REVIEW_STAGE_SYSTEM);
    record.set_result(store::to_proto<v1::ReviewResult>(result_of(p.highest_level)));
    for (const domain::Finding& f : checked.findings) {
        *record.add_findings() = store::finding_message(f);
    }
    record.set_content_sha256(p.content_sha256);
    store::set_time(record.mutable_at(), work.now);
    store::add_review(work.tx, p.prescription_id, record);
}

// Rows 4 to 7.
void check_and_send_on(Work& work, Prescription& p, const Checked& checked,
                       const policy::Pack& pack) {
    p.highest_level = domain::highest(checked.findings);
    p.double_signed = false;
    p.rule_set_version = checked.rule_set_version;
    p.catalogue = checked.catalogue;
    must_move(work, p, Action::kCheck, State::kSystemChecked, "", pack);
    work.append(
        store::checked(work.event_context(pack), p, rule_ids_of(checked.findings, Level::kInfo)));
    keep_check(work, p, checked);
    if (p.highest_level == Level::kBlock) {
        must_move(work, p, Action::kBlock, State::kReturned, "BLOCK", pack);
        work.append(store::returned(work.event_context(pack), p,
                                    {rule_ids_of(checked.findings, Level::kBlock), "BLOCK", ""}));
    } else if (p.highest_level <= Level::kInfo && pack.get(policy::kRxReviewAutoPassEnabled)) {
        make_effective(work, p, Action::kAutoPass, pack);
        expire_if_over(work, p, pack);
    } else {
        must_move(work, p, Action::kToPharmacist, State::kPharmacistReview, "", pack);
    }
}

void issue(Work& work, Prescription& p, const domain::Signature& signature,
           const policy::Pack& pack) {
    p.signature = signature;
    p.issued_at = work.now;
    if (const auto resident = store::resident(work.tx, p.resident_id)) {
        p.age_at_issue_days = calendar::days_between(resident->birth_date, work.today);
    }
    p.is_long = domain::needs_long_rules(pack, p.content.kind, p.content.longest_days());
    p.valid_until = domain::valid_until(
        pack, work.today, domain::validity_days(pack, p.content.kind, p.content.validity_days));
}

}  // namespace

Outcome<Prescription> draft(Work& work, const Draft& command) {
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    const domain::Content content = store::content_of(command.content);
    if (auto may = may_write(work, **pack, content, command.resident_id, command.contract);
        !may.ok()) {
        return may.refusal();
    }
    if (store::prescription(work.tx, command.prescription_id)) {
        return Refusal{"ID_REUSED", {{"prescription_id", command.prescription_id}}};
    }
    Prescription p;
    p.prescription_id = command.prescription_id;
    p.resident_id = command.resident_id;
    p.institution_id = work.actor.institution_id;
    p.prescriber_id = work.actor.id;
    p.authored_on = work.today;
    p.number = store::next_number(work.tx, work.district, work.today, command.resident_id);
    store::set_content(p, command.content);
    create(work, p, Action::kDraft, State::kDraft, **pack);
    finish(work, p);
    work.append(store::drafted(work.event_context(**pack), p));
    return p;
}

Outcome<Prescription> update_draft(Work& work, std::string_view id, std::string_view etag,
                                   const v1::PrescriptionContent& content,
                                   const ContractAnswer& contract) {
    auto p = find_own(work, id, etag, Action::kUpdate);
    if (!p.ok()) return p;
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    if (auto may = may_write(work, **pack, store::content_of(content), p->resident_id, contract);
        !may.ok()) {
        return may.refusal();
    }
    Prescription changed = std::move(p).value();
    store::set_content(changed, content);
    changed.authored_on = work.today;
    changed.highest_level = Level::kNone;  // of what was written before
    changed.double_signed = false;
    must_move(work, changed, Action::kUpdate, changed.state, std::string(changed.reason_code),
              **pack);
    finish(work, changed);
    return changed;
}

Outcome<Prescription> abandon(Work& work, std::string_view id, std::string_view etag) {
    auto p = find_own(work, id, etag, Action::kAbandon);
    if (!p.ok()) return p;
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    Prescription changed = std::move(p).value();
    must_move(work, changed, Action::kAbandon, State::kCancelled, "ABANDONED", **pack);
    domain::end_open_lines(changed, domain::LineState::kCancelled);
    finish(work, changed);
    work.append(store::cancelled(work.event_context(**pack), changed));
    return changed;
}

Outcome<Prescription> sign(Work& work, std::string_view id, std::string_view etag,
                           const domain::Signature& signature, const SignatureVerifier& verify) {
    auto p = find_own(work, id, etag, Action::kSign);
    if (!p.ok()) return p;
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    Prescription changed = std::move(p).value();
    const auto doctor =
        store::practitioner(work.tx, work.actor.id, work.actor.institution_id, work.today);
    if (auto right = domain::may_prescribe(doctor, changed.content.kind); !right.ok()) {
        return right.refusal();
    }
    if (auto enabled = domain::kind_enabled(**pack, changed.content.kind); !enabled.ok()) {
        return enabled.refusal();
    }
    if (auto complete = domain::may_be_signed(**pack, changed.content); !complete.ok()) {
        return complete.refusal();
    }
    if (auto may = domain::may_sign_by(signature, work.actor.id, changed, work.today); !may.ok()) {
        return may.refusal();
    }
    if (!verify(signature, changed.content_sha256)) return Reason("SIGNATURE_INVALID");
    const auto checked = system_check(work.tx, **pack,
                                      {changed.content, changed.resident_id, changed.institution_id,
                                       changed.prescription_id, work.today});
    if (!checked.ok()) return checked.refusal();
    issue(work, changed, signature, **pack);
    must_move(work, changed, Action::kSign, State::kSigned, "", **pack);
    work.append(store::was_signed(work.event_context(**pack), changed));
    check_and_send_on(work, changed, *checked, **pack);
    finish(work, changed);
    return changed;
}

Outcome<Prescription> double_sign(Work& work, std::string_view id, std::string_view etag,
                                  std::string_view override_reason) {
    auto p = find_own(work, id, etag, Action::kDoubleSign);
    if (!p.ok()) return p;
    if (p->highest_level != Level::kDoubleSign) {
        return Refusal{"LEVEL_NOT_OVERRIDABLE",
                       {{"level", std::string(domain::name_of(p->highest_level))}}};
    }
    if (override_reason.empty()) return Reason("OVERRIDE_REASON_MISSING");
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    Prescription changed = std::move(p).value();
    const auto before = store::reviews(work.tx, changed.prescription_id);
    std::set<std::string> rules;
    v1::ReviewRecord record;
    for (const v1::ReviewRecord& review : before) {
        if (review.stage() != v1::REVIEW_STAGE_SYSTEM) continue;
        rules.clear();
        record.clear_findings();
        for (const v1::Finding& f : review.findings()) {
            if (f.level() != v1::FINDING_LEVEL_DOUBLE_SIGN) continue;
            rules.insert(f.rule_id());
            *record.add_findings() = f;
        }
    }
    changed.double_signed = true;
    must_move(work, changed, Action::kDoubleSign, State::kPharmacistReview, override_reason,
              **pack);
    record.set_review_id(work.ids.next_ulid());
    record.set_stage(v1::REVIEW_STAGE_DOUBLE_SIGN);
    record.set_result(v1::REVIEW_RESULT_DOUBLE_SIGN);
    record.set_reviewer_id(work.actor.id);
    record.set_override_reason(std::string(override_reason));
    record.set_content_sha256(changed.content_sha256);
    store::set_time(record.mutable_at(), work.now);
    store::add_review(work.tx, changed.prescription_id, record);
    finish(work, changed);
    work.append(store::double_signed(
        work.event_context(**pack), changed,
        {{rules.begin(), rules.end()}, std::string(override_reason), work.actor.id}));
    return changed;
}

}  // namespace yilian::prescriptions::app
