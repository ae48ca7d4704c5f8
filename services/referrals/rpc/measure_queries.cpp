#include "services/referrals/store/measure_queries.h"

#include "libs/calendar/local_time.h"
#include "services/referrals/domain/measures.h"
#include "services/referrals/rpc/methods.h"
#include "services/referrals/rpc/reading.h"
#include "services/referrals/store/values.h"
#include "yilian/referrals/v1/measure_service.pb.h"

namespace yilian::referrals::rpc_edge {
namespace {

using rpc::Validator;
using runtime::QueryContext;

constexpr int kDaysMax = 366;

std::string method(std::string_view name) {
    return "yilian.referrals.v1.MeasureService/" + std::string(name);
}

// The days of a request as instants, the last day included.
struct Period {
    Instant from{};
    Instant until{};
};
template <class Req>
Period period_of(const Req& r) {
    return {calendar::start_of_day(*store::date_of(r.from())),
            calendar::start_of_day(store::date_of(r.to())->plus_days(1))};
}

template <class Req>
Violations check_period(const Req& r) {
    Validator v;
    v.date("from", r.from()).date("to", r.to());
    const auto from = calendar::CivilDate::parse(r.from());
    const auto to = calendar::CivilDate::parse(r.to());
    if (from.ok() && to.ok()) {
        v.expect(*from <= *to && *to < from->plus_days(kDaysMax), "to", "FIELD_RANGE");
    }
    return v.done();
}

std::vector<domain::Journey> journeys_in(QueryContext& context, const Period& period) {
    std::vector<domain::HistoryLine> lines;
    for (const storage::Row& row : context.tx.select(store::kJourneyLines, period.from,
                                                     period.until, seen_by(context.caller))) {
        domain::HistoryLine line;
        line.referral_id = row.text(0);
        line.sender_institution_id = row.text(1);
        line.receiver_institution_id = row.text(2);
        line.direction = domain::named<domain::Direction>(row.text(3));
        line.priority = domain::named<domain::Priority>(row.text(4));
        line.contracted = !row.text(5).empty();
        const std::string criteria = row.bytes(6);
        line.criteria_met =
            !criteria.empty() && store::parsed<v1::CriteriaResult>(criteria).met_size() > 0;
        line.action = row.text(7);
        line.to_state = row.text(8);
        line.at = row.instant(9);
        line.reason_code = row.text(10);
        lines.push_back(std::move(line));
    }
    return domain::journeys(lines);
}

Outcome<v1::GetPairMeasuresResponse> pair_measures(QueryContext& context,
                                                   const v1::GetPairMeasuresRequest& r) {
    v1::GetPairMeasuresResponse response;
    for (const auto& [pair, m] : domain::by_pair(journeys_in(context, period_of(r)))) {
        v1::PairMeasures* out = response.add_pairs();
        out->set_sender_institution_id(pair.first);
        out->set_receiver_institution_id(pair.second);
        out->set_up(m.up);
        out->set_down(m.down);
        out->set_accepted(m.accepted);
        for (const auto& [reason, count] : m.rejections) {
            v1::ReasonCount* rejection = out->add_rejections();
            rejection->set_reason_code(reason);
            rejection->set_count(count);
        }
        out->set_advised(m.advised);
        out->set_criteria_met(m.criteria_met);
        out->set_booked(m.booked);
        out->set_no_shows(m.no_shows);
        out->set_down_accepted(m.down_accepted);
        out->set_followed_up(m.followed_up);
        out->set_closed_loop_bp(m.closed_loop_bp());
        for (const auto& [priority, minutes] : m.response_min) {
            v1::ResponseTime* time = out->add_response_times();
            time->set_priority(store::to_proto<v1::Priority>(priority));
            time->set_accepted(static_cast<std::int32_t>(minutes.size()));
            time->set_median_min(domain::median(minutes));
            time->set_p90_min(domain::percentile_90(minutes));
        }
    }
    return response;
}

Outcome<v1::FairnessMeasures> fairness(QueryContext& context, const v1::GetFairnessRequest& r) {
    const Period period = period_of(r);
    const std::string institution = seen_by(context.caller);
    const auto waits = domain::waits(journeys_in(context, period), institution);
    v1::FairnessMeasures m;
    m.set_contracted(static_cast<std::int32_t>(waits.contracted.size()));
    m.set_contracted_median_min(domain::median(waits.contracted));
    m.set_others(static_cast<std::int32_t>(waits.others.size()));
    m.set_others_median_min(domain::median(waits.others));
    for (const storage::Row& row :
         context.tx.select(store::kQuotaUse, period.from, period.until, institution)) {
        v1::QuotaUse* use = m.add_quota_use();
        use->set_owner_institution_id(row.text(0));
        use->set_quota_class(
            store::to_proto<v1::QuotaClass>(domain::named<domain::QuotaClass>(row.text(1))));
        use->set_places(static_cast<std::int32_t>(row.i64(2)));
        use->set_taken(static_cast<std::int32_t>(row.i64(3)));
    }
    const auto expired =
        context.tx.select_one(store::kExpiredHolds, period.from, period.until, institution);
    m.set_expired_holds(static_cast<std::int32_t>(expired->i64(0)));
    return m;
}

}  // namespace

void bind_measures(runtime::Binder& binder) {
    binder.query<v1::GetPairMeasuresRequest, v1::GetPairMeasuresResponse>(
        method("GetPairMeasures"),
        {.validate = check_period<v1::GetPairMeasuresRequest>, .run = pair_measures});
    binder.query<v1::GetFairnessRequest, v1::FairnessMeasures>(
        method("GetFairness"), {.validate = check_period<v1::GetFairnessRequest>, .run = fairness});
}

}  // namespace yilian::referrals::rpc_edge
