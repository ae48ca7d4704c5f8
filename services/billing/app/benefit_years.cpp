#include "services/billing/app/benefit_years.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "libs/policy/keys/billing.h"
#include "libs/policy/keys/referrals.h"
#include "services/billing/app/bed_day_stays.h"
#include "services/billing/app/ledger_book.h"
#include "services/billing/app/month_runs.h"
#include "services/billing/domain/evidence.h"
#include "services/billing/store/copies.h"
#include "services/billing/store/event_codec.h"
#include "services/billing/store/queries.h"
#include "services/billing/store/settlement_rows.h"

namespace yilian::billing::app {
namespace {

using store::BenefitRow;
using store::ListRow;

std::string year_text(int year) { return std::to_string(year); }

// The level of the pack: L3A and L3B are L3 where the pack does not tell them apart.
std::string level_in(const policy::billing::Benefit& rules, const std::string& level) {
    if (rules.levels.contains(level) || level.size() <= 2) return level;
    return level.substr(0, 2);
}

// Whether an answer of the owner belongs to the named evidence and is not among what is known.
bool told_for(const Evidence& told, const std::string& named, const std::vector<Evidence>& known) {
    return (told.evidence_id == named || told.referral_id == named) &&
           std::ranges::find(known, told.evidence_id, &Evidence::evidence_id) == known.end();
}

ReferredStay evidence_of(Unit& unit, const std::string& surviving, const ListRow& list,
                         const policy::Pack& pack) {
    if (list.evidence_ref.empty() || !pack.blocks().run) return {};
    auto all = store::evidence_named(unit.tx, list.evidence_ref);
    if (unit.told && told_for(*unit.told, list.evidence_ref, all)) all.push_back(*unit.told);
    return judge_stay(
        {list.evidence_ref, list.key.institution_id, surviving,
         *CivilDate::parse(list.admission_date), *CivilDate::parse(list.discharge_date)},
        all,
        {pack.blocks().run->evidence_late_days,
         pack.get(policy::kReferralEvidenceArrivalWithinDays)});
}

BenefitStay stay_of(const SettlementList& list, const policy::billing::Benefit& rules,
                    const ReferredStay& referred, bool chained_allowed) {
    BenefitStay stay;
    stay.level = level_in(rules, list.level);
    stay.total = list.total;
    stay.self_paid = list.self_paid;
    stay.class_b_first = list.class_b_first;
    stay.over_limit = list.over_limit;
    stay.referral = referred.referral;
    if (chained_allowed) stay.chain_id = referred.chain_id;
    stay.county_evidence = referred.county_evidence;
    stay.filed = list.filed;
    stay.aid_class = list.aid_class;
    return stay;
}

std::string referral_name(ReferralKind kind) {
    if (kind == ReferralKind::kUp) return "UP";
    if (kind == ReferralKind::kDown) return "DOWN";
    return "NONE";
}

BenefitRow row_of(const ListRow& list, int year, const BenefitResult& r, const BenefitStay& stay,
                  const ReferredStay& referred, const policy::Pack& pack) {
    BenefitRow b;
    b.key = list.key;
    b.year = year;
    b.in_policy = r.in_policy;
    b.deductible = r.deductible;
    b.waiver = name_of(r.waiver);
    b.ratio = r.ratio;
    b.county_ratio_used = r.county_ratio_used;
    b.basic = r.basic;
    b.serious = r.serious;
    b.aid = r.aid;
    b.personal = r.personal_in_policy;
    b.personal_total = r.personal_total;
    b.referral = referral_name(stay.referral);
    b.chain_id = stay.chain_id;
    b.evidence_id = referred.evidence_id;
    b.evidence_reason = referred.reason;
    b.pack_id = pack.id();
    b.pack_version = pack.version();
    return b;
}

// The year so far, and the result of one more list; empty when the pack cannot price it.
std::optional<ComputedBenefit> add_list(Unit& unit, BenefitYear& so_far,
                                        const std::string& surviving, int year, ListRow list) {
    const auto pack = unit.pack(*CivilDate::parse(list.discharge_date));
    if (!pack.ok() || !(*pack)->blocks().benefit) return std::nullopt;
    const policy::billing::Benefit& rules = *(*pack)->blocks().benefit;
    const SettlementList content = store::content_of(list);
    const ReferredStay referred = evidence_of(unit, surviving, list, **pack);
    const BenefitStay stay =
        stay_of(content, rules, referred, (*pack)->get(policy::kBillingDeductibleSecondWaived));
    if (!content.is_stay()) {
        const auto result = so_far.add_outpatient(rules, stay);
        if (!result.ok()) return std::nullopt;
        return ComputedBenefit{list, row_of(list, year, *result, stay, referred, **pack), *pack};
    }
    BenefitStay ordinary = stay;
    ordinary.chain_id.clear();
    BenefitYear without_chain = so_far;
    const auto result = so_far.add(rules, stay);
    const auto unchained = without_chain.add(rules, ordinary);
    if (!result.ok() || !unchained.ok()) return std::nullopt;
    BenefitRow row = row_of(list, year, *result, stay, referred, **pack);
    row.waived = unchained->deductible - result->deductible;
    row.ordinal = so_far.stays();
    return ComputedBenefit{std::move(list), std::move(row), *pack};
}

bool paid_at_actual_cost(Unit& unit, const ListRow& list) {
    if (list.method == PaymentMethod::kActual) return true;
    if (list.method != PaymentMethod::kDrg && list.method != PaymentMethod::kDip) return false;
    const auto score = store::score(unit.tx, list.key);
    return score && score->group_status == "ACTUAL_COST";
}

// Books new less old. `now` carries the raised number of bookings.
void book_difference(Unit& unit, const ListRow& list, const BenefitRow& old, const BenefitRow& now,
                     const policy::Pack* pack) {
    Booking booking;
    booking.kind = "benefit";
    booking.parts = {list.key.case_key(), std::to_string(list.key.version),
                     std::to_string(now.bookings)};
    booking.wanted = CivilMonth::containing(*CivilDate::parse(list.discharge_date));
    booking.refers_to = {list.key.case_key()};
    if (now.bookings > 1) {
        booking.refers_to.push_back(transaction_id(
            "benefit", {list.key.case_key(), std::to_string(list.key.version), "1"}));
    }
    booking.posting =
        benefit_computed(static_cast<int>(now.year), now.basic - old.basic,
                         now.serious - old.serious, now.aid - old.aid, now.personal - old.personal);
    booking.institution_id = list.payee_id;
    booking.pack = pack;
    const std::string id = must_book(unit, booking);
    if (id.empty()) return;
    if (!list.run_id.empty() && !priced_again(unit, list.run_id, list.payee_id)) {
        unit.tx.run(store::kAddCorrection, id, list.key.institution_id, list.key.list_id,
                    list.key.version, list.payee_id, list.insurance, list.run_id, unit.now,
                    (now.basic - old.basic).raw(), (now.serious - old.serious).raw(),
                    (now.aid - old.aid).raw(), (now.personal - old.personal).raw());
        unit.touch("benefit_correction", id);
    }
    if (!paid_at_actual_cost(unit, list)) return;
    booking.kind = "actual_cost";
    const std::string year = year_text(static_cast<int>(now.year));
    const auto pool = store::pool_for(unit.tx, list.insurance, year);
    booking.posting = actual_cost_accepted(pool ? pool->pool_id : list.insurance + '-' + year,
                                           list.payee_id, now.basic - old.basic);
    must_book(unit, booking);
}

}  // namespace

std::vector<ListRow> lists_of_year(Unit& unit, const std::string& surviving, int year) {
    std::vector<ListRow> lists;
    for (const std::string& id : store::aliases(unit.tx, surviving)) {
        for (const storage::Row& row :
             unit.tx.select(store::kListsOfResident, id, year_text(year), year_text(year + 1))) {
            lists.push_back(store::list_of(row));
        }
    }
    return lists;
}

std::vector<ComputedBenefit> compute_year(Unit& unit, const std::string& surviving, int year,
                                          std::vector<ListRow> lists) {
    std::ranges::sort(lists, {}, [](const ListRow& l) {
        return std::tie(l.discharged_at, l.admitted_at, l.key.institution_id, l.key.list_id);
    });
    std::map<std::string, BenefitYear> years;  // by insurance
    std::vector<ComputedBenefit> out;
    for (ListRow& list : lists) {
        BenefitYear& so_far = years[list.insurance];
        if (auto computed = add_list(unit, so_far, surviving, year, std::move(list))) {
            out.push_back(*std::move(computed));
        }
    }
    return out;
}

void reprice(Unit& unit, const std::string& resident_id, int year) {
    const std::string surviving = store::surviving(unit.tx, resident_id);
    store::lock_resident(unit.tx, surviving);
    auto lists = lists_of_year(unit, surviving, year);
    if (std::ranges::find(lists, PaymentMethod::kBedDay, &ListRow::method) != lists.end()) {
        rescore_bed_days(unit, surviving);
    }
    for (ComputedBenefit& c : compute_year(unit, surviving, year, std::move(lists))) {
        const auto old = store::benefit(unit.tx, c.list.key);
        if (old && old->same_result(c.benefit)) continue;
        c.benefit.bookings = (old ? old->bookings : 0) + 1;
        store::save(unit.tx, c.benefit);
        unit.touch("benefit", c.list.key.case_key());
        book_difference(unit, c.list, old.value_or(BenefitRow{}), c.benefit, c.pack.get());
        unit.append(store::benefit_computed(unit.event_context(*c.pack), c.list, c.benefit));
    }
}

void reprice_all(Unit& unit, const std::string& resident_id) {
    const std::string surviving = store::surviving(unit.tx, resident_id);
    std::set<int> years;
    for (const std::string& id : store::aliases(unit.tx, surviving)) {
        for (const storage::Row& row : unit.tx.select(store::kYearsOfResident, id)) {
            years.insert(CivilDate::parse(row.text(0) + "-01-01")->year());
        }
    }
    for (const int year : years) reprice(unit, surviving, year);
}

void unbook(Unit& unit, const ListRow& list) {
    const auto old = store::benefit(unit.tx, list.key);
    if (!old) return;
    BenefitRow none;
    none.key = list.key;
    none.year = old->year;
    none.pack_id = old->pack_id;
    none.pack_version = old->pack_version;
    none.bookings = old->bookings + 1;
    store::save(unit.tx, none);
    unit.touch("benefit", list.key.case_key());
    book_difference(unit, list, *old, none, nullptr);
}

}  // namespace yilian::billing::app
