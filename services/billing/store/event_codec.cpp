#include "services/billing/store/event_codec.h"

#include "services/billing/store/event_parts.h"
#include "services/billing/store/list_codec.h"
#include "yilian/billing/v1/events.pb.h"

namespace yilian::billing::store {
namespace {

template <class Msg>
Msg of_list(const Context& context, const ListRow& row) {
    Msg m = of_context<Msg>(context);
    m.set_list_id(row.key.list_id);
    m.set_resident_id(row.resident_id);
    m.set_case_key(row.key.case_key());
    return m;
}

template <class Msg>
events::EventDraft of_payment(const Context& context, const PaymentRow& p) {
    Msg m = of_context<Msg>(context);
    m.set_payment_id(p.payment_id);
    m.set_party(p.party);
    m.set_amount_fen(p.amount.raw());
    m.set_due_date(p.due_date);
    m.set_institution_id(p.institution_id);
    return events::make_event(m);
}

template <class Msg>
events::EventDraft of_rule_pack(const Context& context, const RulePackRow& pack) {
    Msg m = of_context<Msg>(context);
    m.set_domain(pack.domain);
    m.set_version(pack.version);
    m.set_digest(pack.digest);
    m.set_effective_from(pack.effective_from);
    m.set_district_code(context.district_code());
    return events::make_event(m);
}

}  // namespace

void set_finding(v1::ListFinding* out, const Finding& finding) {
    out->set_field(finding.field);
    out->set_reason(finding.reason);
    out->set_severity(finding.severity == ListSeverity::kReject ? v1::FINDING_SEVERITY_REJECT
                                                                : v1::FINDING_SEVERITY_WARN);
    out->set_rule_version(kListRuleVersion);
}

events::EventDraft list_accepted(const Context& context, const ListRow& row,
                                 const SettlementList& list) {
    auto m = of_list<v1::SettlementListAccepted>(context, row);
    m.set_version(static_cast<std::int32_t>(row.key.version));
    m.set_institution_id(row.key.institution_id);
    m.set_treatment_type(static_cast<v1::TreatmentType>(row.treatment_type));
    m.set_admission_date(row.admission_date);
    m.set_discharge_date(row.discharge_date);
    m.set_discharge_way(static_cast<v1::DischargeWay>(list.discharge_way));
    m.set_main_diagnosis_code(std::string(list.main_diagnosis()));
    m.set_method(static_cast<v1::PaymentMethod>(row.method));
    m.set_referral_evidence_id(row.evidence_ref);
    m.set_prescription_id(row.prescription_id);
    m.set_total_fen(row.total.raw());
    return events::make_event(m);
}

events::EventDraft list_rejected(const Context& context, const ListKey& key,
                                 const std::string& resident_id,
                                 const std::vector<Finding>& findings) {
    auto m = of_context<v1::SettlementListRejected>(context);
    m.set_list_id(key.list_id);
    m.set_version(static_cast<std::int32_t>(key.version));
    m.set_institution_id(key.institution_id);
    m.set_resident_id(resident_id.empty() ? key.institution_id : resident_id);
    for (const Finding& f : findings) set_finding(m.add_findings(), f);
    m.set_case_key(key.case_key());
    return events::make_event(m);
}

events::EventDraft list_withdrawn(const Context& context, const ListRow& row) {
    auto m = of_list<v1::SettlementListWithdrawn>(context, row);
    m.set_version(static_cast<std::int32_t>(row.key.version));
    m.set_institution_id(row.key.institution_id);
    m.set_reason_code(row.reason_code);
    m.set_prescription_id(row.prescription_id);
    return events::make_event(m);
}

events::EventDraft case_grouped(const Context& context, const ListRow& row, const ScoreRow& score) {
    auto m = of_list<v1::CaseGrouped>(context, row);
    m.set_scheme(score.scheme);
    m.set_rules_version(score.rules_version);
    m.set_rules_digest(score.rules_digest);
    m.set_group_code(score.group_code);
    m.set_adrg(score.adrg);
    m.set_mdc(score.mdc);
    m.set_status(group_status_of(score.group_status));
    return events::make_event(m);
}

events::EventDraft case_scored(const Context& context, const ListRow& row, const ScoreRow& score) {
    auto m = of_list<v1::CaseScored>(context, row);
    m.set_group_code(score.group_code);
    m.set_base_points_e4(score.base.raw());
    m.set_d_e8(score.d.raw());
    m.set_k_e8(score.k.raw());
    m.set_aux_e8(score.aux.raw());
    for (const std::string& id : score.aux_ids) m.add_aux_ids(id);
    m.set_points_e4(score.points.raw());
    for (const std::string& flag : score.flags) m.add_flags(flag);
    m.set_deviation(score.deviation);
    return events::make_event(m);
}

events::EventDraft special_case_decided(const Context& context, const ListRow& row,
                                        const SpecialCaseRow& special, const ScoreRow& score) {
    auto m = of_list<v1::SpecialCaseDecided>(context, row);
    m.set_accepted(special.state == "ACCEPTED");
    if (m.accepted()) m.set_points_e4(score.points.raw());
    return events::make_event(m);
}

events::EventDraft benefit_computed(const Context& context, const ListRow& row,
                                    const BenefitRow& b) {
    auto m = of_list<v1::BenefitComputed>(context, row);
    m.set_institution_id(row.key.institution_id);
    m.set_prescription_id(row.prescription_id);
    m.set_in_policy_fen(b.in_policy.raw());
    m.set_deductible_fen(b.deductible.raw());
    m.set_waiver(waiver_of(b.waiver));
    m.set_ratio_e8(b.ratio.raw());
    m.set_basic_fen(b.basic.raw());
    m.set_serious_fen(b.serious.raw());
    m.set_aid_fen(b.aid.raw());
    m.set_personal_fen(b.personal.raw());
    m.set_evidence_id(b.evidence_id);
    m.set_booking_no(b.bookings);
    return events::make_event(m);
}

events::EventDraft capitation_priced(const Context& context, const CapitationMonthRow& month,
                                     const std::string& lead) {
    auto m = of_context<v1::CapitationPriced>(context);
    m.set_consortium_id(month.consortium_id);
    m.set_period(month.period);
    set_instant(m.mutable_known_at(), month.known_at);
    m.set_amount_fen(month.amount.raw());
    m.set_prepay_fen(month.prepay.raw());
    m.set_head_count(month.head_count);
    m.set_digest(month.digest);
    m.set_institution_id(lead);
    m.set_run_id(month.run_id);
    return events::make_event(m);
}

events::EventDraft capitation_corrected(const Context& context, const CapitationMonthRow& month,
                                        const std::string& lead) {
    auto m = of_context<v1::CapitationCorrected>(context);
    m.set_consortium_id(month.consortium_id);
    m.set_period(month.period);
    m.set_difference_fen(month.difference.raw());
    m.set_refers_to(month.corrects_run_id);
    m.set_institution_id(lead);
    m.set_run_id(month.run_id);
    return events::make_event(m);
}

events::EventDraft contract_fee_split(const Context& context, const FeeSplitRow& fee,
                                      bool bound_ok) {
    auto m = of_context<v1::SplitBooked>(context);
    m.set_party(fee.team_id);
    m.set_institution_id(fee.institution_id);
    m.set_split(v1::SPLIT_CONTRACT_FEE);
    m.set_period(fee.period);
    m.set_amount_fen(fee.fee.raw());
    m.set_part_fen(fee.team.raw());
    m.set_bound_ok(bound_ok);
    m.set_split_id("CONTRACT_FEE-" + fee.contract_id);
    m.set_contract_id(fee.contract_id);
    return events::make_event(m);
}

events::EventDraft month_prepaid(const Context& context, const RunRow& run,
                                 const std::string& party, Fen prepay) {
    auto m = of_context<v1::MonthPrepaid>(context);
    m.set_party(party);
    m.set_period(run.period);
    m.set_prepay_fen(prepay.raw());
    m.set_run_id(run.run_id);
    m.set_institution_id(party);
    m.set_statement_id(run.run_id + '/' + party);
    return events::make_event(m);
}

events::EventDraft settlement_superseded(const Context& context, const StatementRow& s,
                                         const std::string& institution_id) {
    return events::make_event(of_statement<v1::SettlementSuperseded>(context, s, institution_id));
}

events::EventDraft payment_event(PaymentEvent event, const Context& context,
                                 const PaymentRow& payment) {
    switch (event) {
        case PaymentEvent::kInstructed:
            return of_payment<v1::PaymentInstructed>(context, payment);
        case PaymentEvent::kConfirmed:
            return of_payment<v1::PaymentConfirmed>(context, payment);
        case PaymentEvent::kFailed:
            return of_payment<v1::PaymentFailed>(context, payment);
        case PaymentEvent::kOverdue:
            break;
    }
    return of_payment<v1::PaymentOverdue>(context, payment);
}

events::EventDraft transaction_posted(const Context& context, const TransactionRow& row) {
    auto m = of_context<v1::TransactionPosted>(context);
    m.set_transaction_id(row.transaction.id);
    m.set_period(row.transaction.period.text());
    for (const Line& line : row.transaction.lines) {
        v1::PostingLine* to = m.add_lines();
        to->set_account(line.account);
        to->set_amount_fen(line.amount.raw());
    }
    m.set_hash(row.hash);
    m.set_institution_id(row.institution_id);
    return events::make_event(m);
}

events::EventDraft period_closed(const Context& context, const std::string& period) {
    auto m = of_context<v1::PeriodClosed>(context);
    m.set_period(period);
    m.set_district_code(context.district_code());
    return events::make_event(m);
}

events::EventDraft rule_pack_activated(const Context& context, const RulePackRow& pack) {
    return of_rule_pack<v1::RulePackActivated>(context, pack);
}

events::EventDraft rule_pack_rolled_back(const Context& context, const RulePackRow& pack) {
    return of_rule_pack<v1::RulePackRolledBack>(context, pack);
}

}  // namespace yilian::billing::store
