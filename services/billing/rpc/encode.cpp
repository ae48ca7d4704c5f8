#include "services/billing/rpc/encode.h"

#include <algorithm>
#include <map>

#include "libs/runtime/command.h"
#include "services/billing/rpc/methods.h"
#include "services/billing/store/event_codec.h"
#include "services/billing/store/list_codec.h"
#include "services/billing/store/year_rows.h"

namespace yilian::billing::rpc_edge {
namespace {

template <class Names>
void set_actions(google::protobuf::RepeatedPtrField<std::string>* out, Names names) {
    std::ranges::sort(names);
    for (std::string& name : names) *out->Add() = std::move(name);
}

bool agency(const rpc::Caller& caller) {
    return caller.has_role("agency_clerk") || caller.has_role("agency_approver");
}

lifecycle::Set<RunRole> run_roles(const rpc::Caller& caller) {
    lifecycle::Set<RunRole> roles;
    if (caller.has_role("agency_clerk"))
        roles = roles | lifecycle::Set<RunRole>{RunRole::kPreparer};
    if (caller.has_role("agency_approver")) {
        roles = roles | lifecycle::Set<RunRole>{RunRole::kApprover};
    }
    if (agency(caller)) roles = roles | lifecycle::Set<RunRole>{RunRole::kPublisher};
    return roles;
}

// A caller's own actions end with the run that takes the list; publishing is a method of runs.
bool may_change(const app::CaseView& view, const lifecycle::RowData& row) {
    const auto is = [&](CaseAction action) { return row.action == static_cast<int>(action); };
    if (is(CaseAction::kPublishMonth) || is(CaseAction::kPublishYear)) return false;
    if (is(CaseAction::kReview) && view.special) return false;
    return view.list.run_id.empty();
}

v1::SpecialCase encode_special(const store::SpecialCaseRow& s) {
    v1::SpecialCase m;
    v1::SpecialCaseState state{};
    v1::SpecialCaseState_Parse("SPECIAL_CASE_STATE_" + s.state, &state);
    m.set_state(state);
    m.set_reason_code(s.reason_code);
    m.set_evidence_document_id(s.evidence_document_id);
    m.set_proposed_on(s.proposed_on);
    m.set_formula_points_e4(s.formula_points.raw());
    m.set_formula_d_e8(s.formula_d.raw());
    m.set_experts_record_id(s.experts_record_id);
    m.set_decided_on(s.decided_on);
    return m;
}

}  // namespace

v1::Grouping encode_grouping(const store::ScoreRow& score) {
    v1::Grouping m;
    m.set_scheme(score.scheme);
    m.set_rules_version(score.rules_version);
    m.set_rules_digest(score.rules_digest);
    m.set_status(store::group_status_of(score.group_status));
    m.set_mdc(score.mdc);
    m.set_adrg(score.adrg);
    m.set_group_code(score.group_code);
    for (const std::string& code : score.mapped_codes) m.add_mapped_codes(code);
    return m;
}

v1::Scoring encode_scoring(const store::ScoreRow& score) {
    v1::Scoring m;
    m.set_base_points_e4(score.base.raw());
    m.set_group_average_fen(score.group_average.raw());
    m.set_d_e8(score.d.raw());
    m.set_k_e8(score.k.raw());
    m.set_aux_e8(score.aux.raw());
    for (const std::string& id : score.aux_ids) m.add_aux_ids(id);
    m.set_points_e4(score.points.raw());
    m.set_deviation(store::deviation_of(score.deviation));
    for (const std::string& flag : score.flags) m.add_flags(flag);
    return m;
}

v1::Benefit encode_benefit(const store::ListRow& list, const store::BenefitRow& b) {
    v1::Benefit m;
    m.set_list_id(list.key.list_id);
    m.set_resident_id(list.resident_id);
    m.set_institution_id(list.key.institution_id);
    m.set_prescription_id(list.prescription_id);
    m.set_in_policy_fen(b.in_policy.raw());
    m.set_deductible_fen(b.deductible.raw());
    m.set_waiver(store::waiver_of(b.waiver));
    m.set_waived_fen(b.waived.raw());
    m.set_ratio_e8(b.ratio.raw());
    m.set_county_ratio_used(b.county_ratio_used);
    m.set_basic_fen(b.basic.raw());
    m.set_serious_fen(b.serious.raw());
    m.set_aid_fen(b.aid.raw());
    m.set_personal_in_policy_fen(b.personal.raw());
    m.set_personal_total_fen(b.personal_total.raw());
    m.set_referral(store::referral_role_of(b.referral));
    m.set_chain_id(b.chain_id);
    m.set_evidence_id(b.evidence_id);
    m.set_evidence_reason(b.evidence_reason);
    m.set_ordinal(static_cast<std::int32_t>(b.ordinal));
    m.set_policy_pack_id(b.pack_id);
    m.set_policy_pack_version(static_cast<std::int32_t>(b.pack_version));
    return m;
}

v1::Case encode(const app::CaseView& view, const rpc::Caller& caller) {
    const store::ListRow& list = view.list;
    v1::Case m;
    m.set_list_id(list.key.list_id);
    m.set_version(static_cast<std::int32_t>(list.key.version));
    m.set_institution_id(list.key.institution_id);
    m.set_resident_id(list.resident_id);
    m.set_payee_institution_id(list.payee_id);
    m.set_state(store::to_proto(list.state));
    m.set_period(list.period);
    m.set_admission_date(list.admission_date);
    m.set_discharge_date(list.discharge_date);
    m.set_total_fen(list.total.raw());
    for (const Finding& f : list.findings) store::set_finding(m.add_findings(), f);
    if (view.score) {
        *m.mutable_grouping() = encode_grouping(*view.score);
        *m.mutable_scoring() = encode_scoring(*view.score);
    }
    if (view.benefit) *m.mutable_benefit() = encode_benefit(list, *view.benefit);
    if (view.special) *m.mutable_special_case() = encode_special(*view.special);
    m.set_etag(runtime::make_etag(list.changes));
    lifecycle::Set<CaseRole> roles;
    if (caller.has_role("coder")) roles = roles | lifecycle::Set<CaseRole>{CaseRole::kCoder};
    if (caller.has_role("agency_approver")) {
        roles = roles | lifecycle::Set<CaseRole>{CaseRole::kAgency};
    }
    if (list.in_force) {
        set_actions(m.mutable_allowed_actions(),
                    kCaseLifecycle.allowed_action_names(
                        list.state, roles,
                        [&](const lifecycle::RowData& row) { return may_change(view, row); }));
    }
    return m;
}

v1::CapitationMonth encode(const store::CapitationMonthRow& month) {
    v1::CapitationMonth m;
    m.set_run_id(month.run_id);
    m.set_consortium_id(month.consortium_id);
    m.set_period(month.period);
    store::set_instant(m.mutable_known_at(), month.known_at);
    m.set_head_count(month.head_count);
    m.set_amount_fen(month.amount.raw());
    m.set_prepay_fen(month.prepay.raw());
    for (const CapitationRow& cell : month.cells) {
        v1::CapitationCell* to = m.add_cells();
        to->set_cell_id(cell.cell_id);
        to->set_members(cell.members);
        to->set_units(cell.units);
        to->set_unit_base(cell.unit_base);
        to->set_rate_fen(cell.rate.raw());
        to->set_amount_fen(cell.amount.raw());
    }
    m.set_digest(month.digest);
    m.set_state(v1::RUN_STATE_PUBLISHED);
    m.set_corrects_run_id(month.corrects_run_id);
    m.set_difference_fen(month.difference.raw());
    m.set_etag(runtime::make_etag(month.revision));
    return m;
}

v1::Pool encode(const store::PoolRow& pool) {
    v1::Pool m;
    m.set_pool_id(pool.pool_id);
    m.set_insurance(store::insurance_of(pool.insurance));
    m.set_year(pool.year);
    m.set_budget_fen(pool.budget.raw());
    m.set_reserve_rate_e8(pool.reserve_rate.raw());
    m.set_reserve_fen(pool.reserve.raw());
    m.set_out_of_pool_fen(pool.out_of_pool.raw());
    m.set_available_fen(pool.available().raw());
    m.set_payment_ratio_e8(pool.rates.payment_ratio.raw());
    m.set_budget_value_num(pool.rates.v_bud_num);
    m.set_budget_value_den(pool.rates.v_bud_den);
    m.set_prepay_rate_e8(pool.rates.prepay_rate.raw());
    m.set_etag(runtime::make_etag(pool.changes));
    return m;
}

v1::Run encode(const store::RunRow& run, const rpc::Caller& caller) {
    v1::Run m;
    m.set_run_id(run.run_id);
    v1::RunKind kind{};
    v1::RunKind_Parse("RUN_KIND_" + run.kind, &kind);
    m.set_kind(kind);
    m.set_scope_id(run.scope_id);
    m.set_period(run.period);
    store::set_instant(m.mutable_cut_off_at(), run.cut_off_at);
    m.set_state(store::to_proto(run.state));
    m.set_input_digest(run.input_digest);
    m.set_policy_digest(run.pack_digest);
    m.set_result_digest(run.result_digest);
    m.set_case_count(run.case_count);
    m.set_prepared_by(run.prepared_by);
    m.set_approved_by(run.approved_by);
    m.set_published_on(run.published_on);
    m.set_dispute_until(run.dispute_until);
    m.set_supersedes_run_id(run.supersedes_run_id);
    m.set_etag(runtime::make_etag(run.changes));
    set_actions(m.mutable_allowed_actions(),
                kRunLifecycle.allowed_action_names(
                    run.state, run_roles(caller), [&](const lifecycle::RowData& row) {
                        return row.action != static_cast<int>(RunAction::kApprove) ||
                               run.prepared_by != caller.subject;
                    }));
    return m;
}

namespace {

// Results of a year, by the names they are kept under.
void add_year_figures(storage::Transaction& tx, const std::string& run_id,
                      std::map<std::string, v1::RunPartyResult>& parties) {
    for (const auto& [id, figures] : store::figures(tx, run_id)) {
        const auto found = parties.find(id);
        if (found == parties.end()) continue;
        const auto of = [&figures](const char* name) {
            const auto figure = figures.find(name);
            return figure == figures.end() ? 0 : figure->second;
        };
        v1::RunPartyResult& party = found->second;
        party.set_case_count(of("cases"));
        party.set_points_e4(of("points_e4"));
        party.set_target_fen(of("target_fen"));
        party.set_actual_fen(of("actual_fen"));
        if (figures.contains("band")) party.set_band(std::to_string(of("band")));
        party.set_prepay_fen(of("prepaid_fen"));
        party.set_settled_fen(figures.contains("settled_fen") ? of("settled_fen")
                                                              : of("amount_fen"));
        party.set_final_fen(of("final_fen"));
    }
}

}  // namespace

v1::Run encode(storage::Transaction& tx, const store::RunRow& run, const rpc::Caller& caller) {
    v1::Run m = encode(run, caller);
    std::map<std::string, v1::RunPartyResult> parties;
    const auto statements = store::statements_of(tx, run.run_id);
    for (const store::StatementRow& s : statements) {
        v1::RunPartyResult& party = parties[s.party];
        party.set_party(s.party);
        party.set_institution_id(s.party);
        party.set_statement_sha256(s.sha256);
    }
    for (const store::RunPoolRow& p : store::run_pools(tx, run.run_id)) {
        v1::RunPartyResult& party = parties[p.party];
        party.set_case_count(party.case_count() + p.cases);
        party.set_points_e4(party.points_e4() + p.points.raw());
        party.set_target_fen(party.target_fen() + p.money.raw());
        party.set_actual_fen(party.actual_fen() + p.actual.raw());
        party.set_prepay_fen(party.prepay_fen() + p.prepay.raw());
        party.set_carried_fen(party.carried_fen() + p.carried.raw());
    }
    add_year_figures(tx, run.run_id, parties);
    for (auto& [id, party] : parties) *m.add_parties() = std::move(party);
    const auto chunks = store::chunks(tx, run.run_id);
    const auto done = std::ranges::count_if(chunks, [](const auto& chunk) { return chunk.done; });
    m.set_chunk_count(chunks.empty() ? 1 : static_cast<std::int32_t>(chunks.size()));
    m.set_chunk_done_count(chunks.empty() ? 1 : static_cast<std::int32_t>(done));
    return m;
}

v1::Run visible(storage::Transaction& tx, const store::RunRow& run, const rpc::Caller& caller) {
    v1::Run all = encode(tx, run, caller);
    if (sees_all(caller)) return all;
    v1::Run own = encode(run, caller);
    for (const v1::RunPartyResult& party : all.parties()) {
        if (party.party() == caller.institution_id) *own.add_parties() = party;
    }
    return own;
}

v1::Payment encode(const store::PaymentRow& p, const rpc::Caller& caller) {
    v1::Payment m;
    m.set_payment_id(p.payment_id);
    m.set_party(p.party);
    m.set_institution_id(p.institution_id);
    m.set_amount_fen(p.amount.raw());
    for (const std::string& id : p.run_ids) m.add_run_ids(id);
    m.set_state(store::to_proto(p.state));
    m.set_instructed_on(p.instructed_on);
    m.set_due_date(p.due_date);
    m.set_confirmed_on(p.confirmed_on);
    m.set_overdue(p.overdue);
    m.set_etag(runtime::make_etag(p.changes));
    lifecycle::Set<PaymentRole> roles;
    if (agency(caller)) roles = roles | lifecycle::Set<PaymentRole>{PaymentRole::kAgency};
    set_actions(m.mutable_allowed_actions(),
                kPaymentLifecycle.allowed_action_names(
                    p.state, roles, [](const lifecycle::RowData&) { return true; }));
    return m;
}

v1::LedgerTransaction encode(const store::TransactionRow& row) {
    v1::LedgerTransaction m;
    const LedgerTransaction& t = row.transaction;
    m.set_transaction_id(t.id);
    m.set_sequence(row.sequence);
    m.set_period(t.period.text());
    store::set_instant(m.mutable_booked_at(), row.booked_at);
    m.set_kind(row.kind);
    m.set_event_id(row.event_id);
    if (!t.refers_to.empty()) {
        (t.reverses ? *m.mutable_reversal_of() : *m.mutable_refers_to()) = t.refers_to.front();
    }
    for (const Line& line : t.lines) {
        v1::PostingLine* to = m.add_lines();
        to->set_account(line.account);
        to->set_amount_fen(line.amount.raw());
    }
    m.set_previous_hash(row.previous_hash);
    m.set_hash(row.hash);
    return m;
}

v1::Period encode(const store::PeriodRow& period) {
    v1::Period m;
    m.set_period(period.period);
    m.set_closed(period.closed);
    m.set_closed_on(period.closed_on);
    m.set_closed_by(period.closed_by);
    m.set_etag(runtime::make_etag(period.changes));
    return m;
}

v1::RulePack encode(const store::RulePackRow& pack) {
    v1::RulePack m;
    m.set_domain(pack.domain);
    m.set_version(pack.version);
    m.set_digest(pack.digest);
    m.set_region(pack.region);
    m.set_effective_from(pack.effective_from);
    v1::RulePackState state{};
    v1::RulePackState_Parse("RULE_PACK_STATE_" + pack.state, &state);
    m.set_state(state);
    m.set_rule_count(pack.rule_count);
    m.set_case_count(pack.case_count);
    m.set_etag(runtime::make_etag(pack.changes));
    return m;
}

}  // namespace yilian::billing::rpc_edge
