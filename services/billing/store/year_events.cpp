#include "services/billing/store/year_events.h"

#include <limits>

#include "services/billing/store/event_parts.h"
#include "yilian/billing/v1/events.pb.h"

namespace yilian::billing::store {
namespace {

bool fits(amount::Int128 value) { return value <= std::numeric_limits<std::int64_t>::max(); }

}  // namespace

events::EventDraft year_point_value_fixed(const Context& context, const RunRow& run,
                                          const PoolTermsOfYear& terms, const PoolYear& year) {
    auto m = of_context<v1::YearPointValueFixed>(context);
    m.set_pool_id(year.pool_id);
    m.set_available_fen(year.available.raw());
    m.set_total_points_e4(year.total_points.raw());
    if (fits(year.value.numerator()) && fits(year.value.denominator())) {
        m.set_value_num(static_cast<std::int64_t>(year.value.numerator()));
        m.set_value_den(static_cast<std::int64_t>(year.value.denominator()));
    }
    m.set_district_code(context.district_code());
    m.set_run_id(run.run_id);
    m.set_reserve_fen(year.reserve.raw());
    m.set_reserve_end_fen(year.reserve_end.raw());
    m.set_tilt_fen(year.tilt.raw());
    m.set_payment_ratio_e8(terms.payment_ratio.raw());
    m.set_budget_fen(terms.budget.raw());
    m.set_out_of_pool_fen(terms.out_of_pool.raw());
    return events::make_event(m);
}

events::EventDraft institution_settled(const Context& context, const RunRow& run,
                                       const PoolYear& year, const MemberYear& member,
                                       const std::string& statement_sha256) {
    auto m = of_context<v1::InstitutionSettled>(context);
    m.set_party(member.in.institution_id);
    m.set_period(run.period);
    m.set_prepay_fen(member.in.prepaid.raw());
    m.set_run_id(run.run_id);
    m.set_pool_id(year.pool_id);
    m.set_points_e4(member.in.points.raw());
    m.set_target_fen(member.target.raw());
    m.set_actual_fen(member.in.actual.raw());
    if (member.band) m.set_band(std::to_string(*member.band));
    m.set_settled_fen(member.settled.raw());
    m.set_final_fen(member.final_amount.raw());
    m.set_statement_sha256(statement_sha256);
    m.set_institution_id(member.in.institution_id);
    m.set_statement_id(run.run_id + '/' + member.in.institution_id);
    if (member.usage) m.set_usage_e8(member.usage->raw());
    m.set_corridor_fen(member.corridor.raw());
    m.set_deposit_fen(member.deposit.raw());
    m.set_released_fen(member.released.raw());
    m.set_topup_fen(member.topup.raw());
    m.set_quality_score_e8(member.in.quality.raw());
    m.set_case_count(member.in.cases);
    m.set_borne_by_others_fen(member.in.borne_by_others.raw());
    return events::make_event(m);
}

events::EventDraft consortium_shared(const Context& context, const RunRow& run,
                                     const SharedYear& year, std::size_t months,
                                     const std::string& lead) {
    auto m = of_context<v1::ConsortiumShared>(context);
    m.set_consortium_id(year.consortium_id);
    m.set_year(run.period);
    m.set_surplus_fen(year.result.surplus.raw());
    m.set_outcome(std::string(name_of(year.result.outcome)));
    m.set_reward_fen(year.result.reward.raw());
    m.set_contribution_fen(year.result.contribution.raw());
    for (const MemberShare& member : year.members) {
        v1::PartyShare* share = m.add_shares();
        share->set_institution_id(member.institution_id);
        share->set_amount_fen(member.amount.raw());
        share->set_staff_fen(member.staff.raw());
        share->set_weight_e4(member.weight.raw());
    }
    m.set_institution_id(lead);
    m.set_benchmark_fen(year.in.benchmark.raw());
    m.set_expenditure_fen(year.in.expenditure.raw());
    m.set_excluded_fen(year.in.excluded.raw());
    m.set_member_count(year.in.members);
    m.set_quality_score_e8(year.in.quality.raw());
    m.set_surplus_rate_e8(year.result.surplus_rate.raw());
    m.set_min_rate_e8(year.result.min_rate.raw());
    m.set_final_rate_e8(year.result.final_rate.raw());
    m.set_capped(year.result.capped);
    m.set_month_count(static_cast<std::int32_t>(months));
    m.set_run_id(run.run_id);
    return events::make_event(m);
}

events::EventDraft surplus_split(const Context& context, const RunRow& run,
                                 const MemberShare& member, bool bound_ok) {
    auto m = of_context<v1::SplitBooked>(context);
    m.set_party(member.institution_id);
    m.set_institution_id(member.institution_id);
    m.set_split(v1::SPLIT_SURPLUS_STAFF);
    m.set_period(run.period);
    m.set_amount_fen(member.amount.raw());
    m.set_part_fen(member.staff.raw());
    m.set_bound_ok(bound_ok);
    m.set_split_id("SURPLUS_STAFF-" + run.run_id + '-' + member.institution_id);
    return events::make_event(m);
}

}  // namespace yilian::billing::store
