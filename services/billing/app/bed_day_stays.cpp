#include "services/billing/app/bed_day_stays.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "services/billing/domain/bed_day.h"
#include "services/billing/store/copies.h"
#include "services/billing/store/event_codec.h"
#include "services/billing/store/queries.h"

namespace yilian::billing::app {
namespace {

using policy::billing::BedDay;
using store::ListRow;

// Types by their number in the list; 0 is what no type is stated for.
constexpr std::array<std::string_view, 4> kTypes{"OTHER", "ORDINARY", "PSYCHIATRIC", "MOTHER_BABY"};

std::string type_of(int number) { return std::string(kTypes[static_cast<std::size_t>(number)]); }

// L3A and L3B are L3 where the tiers do not tell them apart.
std::string level_in(const BedDay& rules, const std::string& type, std::string_view level) {
    const auto levels = rules.types.find(type);
    const std::string full(level);
    if (levels == rules.types.end() || levels->second.contains(full)) return full;
    return full.substr(0, 2);
}

// The stay before, of the same type.
struct Counted {
    CivilDate discharged;
    std::int64_t last_day;
};

}  // namespace

std::function<bool(int, std::string_view)> bed_day_priced(const BedDay& rules) {
    return [&rules](int number, std::string_view level) {
        if (number < 0 || number >= static_cast<int>(kTypes.size())) return false;
        const std::string type = type_of(number);
        const auto levels = rules.types.find(type);
        return levels != rules.types.end() && levels->second.contains(level_in(rules, type, level));
    };
}

std::vector<ListRow> bed_day_lists(Unit& unit, const std::string& surviving) {
    std::vector<ListRow> lists;
    for (const std::string& id : store::aliases(unit.tx, surviving)) {
        for (const storage::Row& row : unit.tx.select(store::kListsOfResident, id, "", "9999")) {
            ListRow list = store::list_of(row);
            if (list.method == PaymentMethod::kBedDay) lists.push_back(std::move(list));
        }
    }
    return lists;
}

std::vector<BedDayScore> score_bed_days(Unit& unit, std::vector<ListRow> lists) {
    std::ranges::sort(lists, {}, [](const ListRow& l) {
        return std::tie(l.admitted_at, l.discharged_at, l.key.institution_id, l.key.list_id);
    });
    std::map<int, Counted> before;
    std::vector<BedDayScore> out;
    for (ListRow& list : lists) {
        const CivilDate admitted = *CivilDate::parse(list.admission_date);
        const CivilDate discharged = *CivilDate::parse(list.discharge_date);
        const auto pack = unit.pack(discharged);
        if (!pack.ok() || !(*pack)->blocks().bed_day) continue;
        const BedDay& rules = *(*pack)->blocks().bed_day;
        const SettlementList content = store::content_of(list);
        const std::string type = type_of(content.bed_day_type);
        const auto earlier = before.find(content.bed_day_type);
        const bool goes_on =
            earlier != before.end() && continues_stay(rules, earlier->second.discharged, admitted);
        BedDayScore scored;
        scored.first_day = goes_on ? earlier->second.last_day + 1 : 1;
        scored.days = bed_days(rules, admitted, discharged);
        const auto points = bed_day_points(rules, type, level_in(rules, type, content.level),
                                           scored.first_day, scored.days);
        if (!points.ok()) continue;
        before.insert_or_assign(content.bed_day_type,
                                Counted{discharged, scored.first_day + scored.days - 1});
        store::ScoreRow& row = scored.score;
        row.key = list.key;
        row.scheme = "BED_DAY";
        row.group_status = "GROUPED";
        row.group_code = type;
        row.rules_version = (*pack)->id() + '/' + std::to_string((*pack)->version());
        row.rules_digest = (*pack)->digest();
        row.base = row.points = *points;
        row.d = row.k = row.aux = Rate::whole(1);
        if (goes_on) row.flags.emplace_back("CONTINUED");
        scored.list = std::move(list);
        out.push_back(std::move(scored));
    }
    return out;
}

void rescore_bed_days(Unit& unit, const std::string& surviving) {
    for (BedDayScore& now : score_bed_days(unit, bed_day_lists(unit, surviving))) {
        const auto old = store::score(unit.tx, now.list.key);
        if (!old || !now.list.run_id.empty()) continue;
        if (old->points == now.score.points && old->flags == now.score.flags) continue;
        // A review by experts counts more than the count of days.
        if (std::ranges::find(old->flags, "SPECIAL_CASE") != old->flags.end()) continue;
        store::rescore(unit.tx, now.score);
        unit.touch("score", now.list.key.case_key());
        const auto pack = unit.pack(*CivilDate::parse(now.list.discharge_date));
        unit.append(store::case_scored(unit.event_context(**pack), now.list, now.score));
    }
}

}  // namespace yilian::billing::app
