#include "services/billing/domain/capitation.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace yilian::billing {

using policy::billing::AgeOn;
using policy::billing::Capitation;
using policy::billing::MemberMonth;
using policy::billing::RateCell;

namespace {

// A day after every day that is asked for; stands for an open end.
constexpr CivilDate kForever = CivilDate::literal(9999, 12, 31);

CivilDate end_of(const std::optional<CivilDate>& to) { return to.value_or(kForever); }

// Precedence of enrolments that cover the same day.
auto rank(const EnrolmentVersion& v) { return std::tie(v.recorded_at, v.enrolment_id); }

std::vector<const EnrolmentVersion*> latest_known(std::span<const EnrolmentVersion> versions,
                                                  Instant at) {
    std::vector<const EnrolmentVersion*> latest;
    for (const EnrolmentVersion& v : versions) {
        if (v.recorded_at > at) continue;
        const auto same = std::ranges::find(latest, v.enrolment_id,
                                            [](const auto* known) { return known->enrolment_id; });
        if (same == latest.end()) {
            latest.push_back(&v);
        } else if (std::tie((*same)->recorded_at, (*same)->version) <
                   std::tie(v.recorded_at, v.version)) {
            *same = &v;
        }
    }
    std::erase_if(latest, [](const EnrolmentVersion* v) { return v->cancelled; });
    std::ranges::sort(latest, [](const auto* a, const auto* b) { return rank(*b) < rank(*a); });
    return latest;
}

// The parts of [from, to) that no taken interval covers. `taken` is ordered and disjoint.
std::vector<CoveredDays> free_parts(const EnrolmentVersion& v,
                                    const std::vector<CoveredDays>& taken) {
    std::vector<CoveredDays> parts;
    const CivilDate to = end_of(v.valid_to);
    CivilDate from = v.valid_from;
    for (const CoveredDays& t : taken) {
        if (end_of(t.to) <= from) continue;
        if (t.from >= to) break;
        if (t.from > from) parts.push_back({&v, from, t.from});
        from = std::max(from, end_of(t.to));
    }
    if (from < to) parts.push_back({&v, from, v.valid_to});
    return parts;
}

bool ranges_meet(const RateCell& a, const RateCell& b) {
    const auto meet = [](const auto& x, const auto& y) { return !x || !y || *x == *y; };
    return a.age_from <= b.age_to && b.age_from <= a.age_to && meet(a.sex, b.sex) &&
           meet(a.chronic, b.chronic) && meet(a.insurance, b.insurance);
}

}  // namespace

KnownEnrolments known_at(std::span<const EnrolmentVersion> of_one_resident, Instant at) {
    KnownEnrolments known;
    if (of_one_resident.size() == 1) {  // nearly everybody: nothing to choose from
        const EnrolmentVersion& v = of_one_resident.front();
        const bool covers =
            v.recorded_at <= at && !v.cancelled && v.valid_from < end_of(v.valid_to);
        if (covers) known.days.push_back({&v, v.valid_from, v.valid_to});
        return known;
    }
    std::set<std::string> overlapping;
    for (const EnrolmentVersion* v : latest_known(of_one_resident, at)) {
        if (end_of(v->valid_to) <= v->valid_from) continue;
        auto parts = free_parts(*v, known.days);
        const bool whole = parts.size() == 1 && parts.front().from == v->valid_from &&
                           parts.front().to == v->valid_to;
        if (!whole) overlapping.insert(v->enrolment_id);
        known.days.insert(known.days.end(), parts.begin(), parts.end());
        std::ranges::sort(known.days, {}, &CoveredDays::from);
    }
    known.overlapping.assign(overlapping.begin(), overlapping.end());
    return known;
}

const EnrolmentVersion* covering(const KnownEnrolments& known, CivilDate day) {
    for (const CoveredDays& d : known.days) {
        if (d.from <= day && (!d.to || day < *d.to)) return d.version;
    }
    return nullptr;
}

Outcome<RateTable> RateTable::of(std::vector<RateCell> cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (!ranges_meet(cells[i], cells[j])) continue;
            return Refusal{"RATE_CELL_OVERLAP",
                           {{"cell", cells[j].cell_id}, {"other", cells[i].cell_id}}};
        }
    }
    return RateTable(std::move(cells));
}

const RateCell* RateTable::cell_of(int age, int sex, bool chronic,
                                   std::string_view insurance) const {
    for (const RateCell& c : cells_) {
        if (age < c.age_from || age > c.age_to) continue;
        if (c.sex && *c.sex != sex) continue;
        if (c.chronic && *c.chronic != chronic) continue;
        if (c.insurance && *c.insurance != insurance) continue;
        return &c;
    }
    return nullptr;
}

CapitationPricer::CapitationPricer(const Capitation& rules, const RateTable& rates,
                                   CivilMonth first, CivilMonth last, Instant known_at)
    : rules_(rules), rates_(rates), known_at_(known_at) {
    for (CivilMonth month = first; month <= last; month = month.plus(1)) {
        const CivilDate day = month.first_day();
        months_.push_back({.month = month,
                           .first = day,
                           .end = month.last_day().plus_days(1),
                           .counted = counting_day(month),
                           .age_day = rules_.age_on == AgeOn::kMonthFirstDay
                                          ? day
                                          : CivilDate::literal(day.year(), 1, 1)});
    }
}

void CapitationPricer::add_resident(std::span<const EnrolmentVersion> versions) {
    const KnownEnrolments known = billing::known_at(versions, known_at_);
    if (known.days.empty()) return;
    for (std::size_t month = 0; month < months_.size(); ++month) add_month(known, month);
}

CapitationPricer::Tally& CapitationPricer::tally_of(const std::string& consortium_id) {
    const auto found = tallies_.find(consortium_id);
    if (found != tallies_.end()) return found->second;
    Tally& tally = tallies_[consortium_id];
    tally.counts.resize(months_.size() * rates_.cells().size());
    tally.heads.resize(months_.size());
    return tally;
}

void CapitationPricer::add_month(const KnownEnrolments& known, std::size_t index) {
    const Month& month = months_[index];
    units_.clear();  // of this resident: a member counts once in a cell
    for (const CoveredDays& days : known.days) {
        const std::int64_t count = units_of(days, month);
        const bool on_day = days.from <= month.counted && (!days.to || month.counted < *days.to);
        if (count == 0 && !on_day) continue;
        const RateCell* cell = cell_of(*days.version, month);
        if (cell == nullptr) {
            unpriced_.insert({days.version->enrolment_id, days.version->version, month.month});
            continue;
        }
        Tally& tally = tally_of(days.version->consortium_id);
        if (on_day) ++tally.heads[index];
        if (count == 0) continue;
        const std::span<const RateCell> cells = rates_.cells();
        const auto position = static_cast<std::size_t>(cell - cells.data());
        Count* total = &tally.counts[index * cells.size() + position];
        const auto same = std::ranges::find(units_, total, [](const auto& u) { return u.first; });
        if (same == units_.end()) {
            units_.emplace_back(total, count);
        } else {
            same->second += count;
        }
    }
    for (const auto& [total, count] : units_) {
        ++total->members;
        total->units += count;
    }
}

const RateCell* CapitationPricer::cell_of(const EnrolmentVersion& version,
                                          const Month& month) const {
    const bool chronic = version.chronic_from && *version.chronic_from <= month.first;
    return rates_.cell_of(calendar::age_years(version.birth_date, month.age_day), version.sex,
                          chronic, version.insurance);
}

CivilDate CapitationPricer::counting_day(CivilMonth month) const {
    if (rules_.member_month == MemberMonth::kNamedDay) {
        return month.day_or_last(static_cast<int>(rules_.named_day));
    }
    return month.last_day();
}

std::int64_t CapitationPricer::units_of(const CoveredDays& days, const Month& month) const {
    const CivilDate from = std::max(days.from, month.first);
    const CivilDate to = std::min(end_of(days.to), month.end);
    if (from >= to) return 0;
    if (rules_.member_month == MemberMonth::kDayShare) return calendar::days_between(from, to);
    return from <= month.counted && month.counted < to ? 1 : 0;
}

std::int64_t CapitationPricer::unit_base(CivilMonth month) const {
    return rules_.member_month == MemberMonth::kDayShare ? month.days() : 1;
}

void CapitationPricer::merge(const CapitationPricer& other) {
    for (const auto& [consortium_id, from] : other.tallies_) {
        Tally& into = tally_of(consortium_id);
        for (std::size_t i = 0; i < into.counts.size(); ++i) {
            into.counts[i].members += from.counts[i].members;
            into.counts[i].units += from.counts[i].units;
        }
        for (std::size_t i = 0; i < into.heads.size(); ++i) into.heads[i] += from.heads[i];
    }
    unpriced_.insert(other.unpriced_.begin(), other.unpriced_.end());
}

std::vector<UnpricedMonth> CapitationPricer::take_unpriced() {
    const std::set<UnpricedMonth> taken = std::exchange(unpriced_, {});
    return {taken.begin(), taken.end()};
}

void CapitationPricer::add_rows(CapitationPrice& price, const std::string& consortium_id,
                                const Tally& tally, std::size_t month,
                                std::span<const std::size_t> cells_by_id) const {
    const CivilMonth period = months_[month].month;
    const std::int64_t base = unit_base(period);
    Fen sum;
    bool any = tally.heads[month] > 0;
    for (const std::size_t position : cells_by_id) {
        const RateCell& cell = rates_.cells()[position];
        const Count& count = tally.counts[month * cells_by_id.size() + position];
        if (count.members == 0) continue;
        const Fen amount =
            amount::multiply_ratio(cell.month_rate_fen, count.units, base, rules_.rounding.cell);
        price.rows.push_back({consortium_id, period, cell.cell_id, count.members, count.units, base,
                              cell.month_rate_fen, amount});
        sum += amount;
        any = true;
    }
    if (!any) return;
    price.totals.push_back({consortium_id, period, tally.heads[month], sum,
                            amount::multiply(sum, rules_.prepay_rate, rules_.rounding.prepay)});
}

CapitationPrice CapitationPricer::price() const {
    std::vector<std::size_t> cells_by_id(rates_.cells().size());
    for (std::size_t i = 0; i < cells_by_id.size(); ++i) cells_by_id[i] = i;
    std::ranges::sort(cells_by_id, {}, [this](std::size_t position) {
        return std::string_view(rates_.cells()[position].cell_id);
    });
    CapitationPrice price;
    for (const auto& [consortium_id, tally] : tallies_) {
        for (std::size_t month = 0; month < months_.size(); ++month) {
            add_rows(price, consortium_id, tally, month, cells_by_id);
        }
    }
    price.unpriced.assign(unpriced_.begin(), unpriced_.end());
    return price;
}

std::vector<CapitationDifference> differences(std::span<const CapitationRow> booked,
                                              std::span<const CapitationRow> priced,
                                              CivilMonth first, CivilMonth last) {
    struct Pair {
        Fen booked;
        Fen amount;
    };
    std::map<std::tuple<std::string, CivilMonth, std::string>, Pair> cells;
    for (const CapitationRow& r : booked) {
        if (r.period < first || r.period > last) continue;
        cells[{r.consortium_id, r.period, r.cell_id}].booked += r.amount;
    }
    for (const CapitationRow& r : priced) {
        cells[{r.consortium_id, r.period, r.cell_id}].amount += r.amount;
    }
    std::vector<CapitationDifference> result;
    for (const auto& [key, pair] : cells) {
        if (pair.booked == pair.amount) continue;
        const auto& [consortium, period, cell] = key;
        result.push_back(
            {consortium, period, cell, pair.booked, pair.amount, pair.amount - pair.booked});
    }
    return result;
}

Fen prepay_difference(const Capitation& rules, Fen booked_amount, Fen amount) {
    const auto prepay = [&](Fen a) {
        return amount::multiply(a, rules.prepay_rate, rules.rounding.prepay);
    };
    return prepay(amount) - prepay(booked_amount);
}

}  // namespace yilian::billing
