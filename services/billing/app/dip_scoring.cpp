#include "services/billing/app/dip_scoring.h"

#include <algorithm>
#include <array>

#include "libs/base/invariant.h"
#include "libs/policy/keys/billing.h"

namespace yilian::billing::app {
namespace {

using amount::Rate;

constexpr std::array<std::string_view, 10> kDischargeWays{"",  "1", "2", "3", "4",
                                                          "5", "6", "7", "8", "9"};

std::string group_status_of(dip::ScoreStatus status) {
    if (status == dip::ScoreStatus::kScored) return "GROUPED";
    return std::string(dip::name_of(status));
}

// NORMAL inside the middle band; else by the side on which the cost lies.
std::string deviation_of(const dip::DipScore& score) {
    if (!score.band) return "";
    if (score.flags.empty()) return "NORMAL";
    return *score.ratio < Rate::whole(1) ? "LOW" : "HIGH";
}

}  // namespace

DipQuestion ask_dip(const SettlementList& list, calendar::CivilDate discharged_on) {
    DipQuestion q;
    q.principal_dx = list.main_diagnosis();
    for (const ListDiagnosis& d : list.diagnoses) {
        if (d.kind == DiagnosisKind::kWestern && !d.main) q.other_dx.emplace_back(d.code);
    }
    for (const ListProcedure& p : list.procedures) q.procedures.push_back({p.code, p.cost});
    q.institution_id = list.institution_id;
    q.level = list.level;
    q.total = list.total;
    q.facts.age_years = list.age_years;
    q.facts.age_days = list.age_days;
    q.facts.stay_days = list.stay_days;
    if (list.discharge_way >= 0 && list.discharge_way <= 9) {
        q.facts.discharge_way = kDischargeWays[static_cast<std::size_t>(list.discharge_way)];
    }
    q.discharged_on = discharged_on;
    return q;
}

DipAnswer answer_dip(storage::Transaction& tx, RuleBook& book, const policy::Pack& policy,
                     const LoadedRules& rules, const DipQuestion& q) {
    const policy::billing::Dip& dip = *policy.blocks().dip;
    const dip::RulePack& pack = *rules.dip;
    const bool same_price = policy.get(policy::kBillingDipBaseSamePointsSamePrice);
    const auto scorer =
        dip::Scorer::of(dip, pack.procedures(), pack.catalogue(same_price), pack.tables());
    YILIAN_INVARIANT(scorer.ok(), "billing: a catalogue came into force without an average");
    DipAnswer answer;
    answer.facts = q.facts;
    answer.facts.severity = pack.severity_of(q.principal_dx, q.other_dx);
    std::vector<std::string_view> codes{q.principal_dx};
    codes.insert(codes.end(), q.other_dx.begin(), q.other_dx.end());
    for (const dip::UsedProcedure& p : q.procedures) codes.push_back(p.code);
    answer.facts.tumour = pack.tumour_of(codes);
    const dip::DipCase c{q.institution_id, q.principal_dx, q.procedures, q.total, answer.facts};
    answer.institution = {std::string(q.level),
                          book.coefficient(tx, rules, q.institution_id, scorer->choose(c).code(),
                                           q.discharged_on)};
    answer.treatment = dip::treatment_of(dip, pack.procedures(), q.procedures, q.total);
    answer.score = scorer->score(c, answer.institution);
    answer.facts.institution_level = q.level;
    answer.facts.procedure_level = answer.treatment.level;
    return answer;
}

store::ScoreRow score_row(const LoadedRules& rules, const DipAnswer& answer) {
    const dip::DipScore& score = answer.score;
    store::ScoreRow row;
    row.scheme = "DIP";
    row.rules_version = rules.version;
    row.rules_digest = rules.digest;
    row.group_status = group_status_of(score.status);
    if (score.choice.group != nullptr) {
        row.group_code = score.choice.group->code;
        row.base = score.choice.group->points;
    }
    row.group_average = score.reference.value_or(Fen());
    row.d = score.d.value_or(Rate::whole(1));
    row.k = score.k.value_or(Rate::whole(1));
    row.aux = score.auxiliary ? score.auxiliary->coefficient : Rate::whole(1);
    if (score.auxiliary) {
        for (const std::string_view id : score.auxiliary->rules) row.aux_ids.emplace_back(id);
    }
    row.points = score.points;
    row.deviation = deviation_of(score);
    for (const std::string_view flag : score.flags) row.flags.emplace_back(flag);
    std::ranges::sort(row.flags);
    return row;
}

}  // namespace yilian::billing::app
