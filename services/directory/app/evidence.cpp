#include "services/directory/app/evidence.h"

#include <algorithm>

#include "libs/policy/keys.h"
#include "services/directory/domain/points.h"
#include "services/directory/store/event_codec.h"
#include "services/directory/store/queries.h"
#include "services/directory/store/rows.h"

namespace yilian::directory::app {
namespace {

using calendar::CivilDate;
using domain::Contract;
using storage::Row;

domain::PointsPolicy points_policy(const policy::Pack& pack) {
    return {pack.get(policy::kPointsEnabled), pack.get(policy::kPointsCapDay),
            pack.get(policy::kPointsCapYear), pack.get(policy::kPointsExpiryMonths)};
}

std::vector<domain::PointsEntry> points_entries(Work& work, std::string_view resident_id) {
    std::vector<domain::PointsEntry> entries;
    std::vector<std::string> reversed;
    const auto rows = work.tx.select(store::kPointsOfResident, resident_id);
    for (const Row& row : rows) {
        if (!row.text(6).empty()) reversed.push_back(row.text(6));
    }
    for (const Row& row : rows) {
        const bool undone = !row.text(6).empty() ||
                            std::ranges::find(reversed, row.text(0)) != reversed.end();
        entries.push_back({row.text(2), row.i64(1), *CivilDate::parse(row.text(4)), undone});
    }
    return entries;
}

std::int64_t balance(const std::vector<domain::PointsEntry>& entries) {
    std::int64_t sum = 0;
    for (const domain::PointsEntry& entry : entries) sum += entry.points;
    return sum;
}

void credit(Work& work, const Evidence& e, const policy::Pack& pack) {
    const policy::NumberTable& rules = pack.get(policy::kPointsRules);
    const auto rule = rules.find(e.rule_id);
    if (rule == rules.end()) return;
    const auto entries = points_entries(work, e.resident_id);
    const auto policy = points_policy(pack);
    const std::int64_t points =
        domain::credit_allowed(e.rule_id, rule->second, e.done_on, entries, policy);
    if (points == 0) return;
    const auto added = work.tx.run(
        store::kAddPoints, e.event_id + "." + e.rule_id, e.resident_id, "POOL_EARN",
        "resident:" + e.resident_id, points, e.rule_id, e.event_id, e.ref, e.done_on.text(),
        e.done_on.plus_months(static_cast<int>(policy.expiry_months)).text(), "");
    if (added == 0) return;
    work.touch("points", e.event_id + "." + e.rule_id);
    work.append(store::points_credited(work.event_context(pack), e.resident_id, points, e.rule_id,
                                       e.event_id, balance(entries) + points));
}

std::optional<Contract> contract_on(Work& work, std::string_view resident_id, CivilDate on) {
    for (const Contract& c : store::contracts_of(work.tx, resident_id)) {
        if (c.in_force() && c.covers(on)) return c;
    }
    return std::nullopt;
}

}  // namespace

void record_evidence(Work& work, const Evidence& e) {
    const auto pack = work.pack(e.done_on);
    if (!pack.ok()) return;
    if (const auto c = contract_on(work, e.resident_id, e.done_on);
        c && !e.item_code.empty()) {
        const auto added =
            work.tx.run(store::kAddDelivery, e.event_id, e.item_code, c->contract_id,
                        e.resident_id, c->team_id, e.done_by, e.done_on.text(), e.ref);
        if (added > 0) {
            work.touch("delivery", e.event_id + "." + e.item_code);
            work.append(store::service_delivered(work.event_context(**pack), *c, e.item_code,
                                                 e.done_by, e.done_on.text(), e.event_id));
        }
    }
    if (!e.rule_id.empty()) credit(work, e, **pack);
}

void void_evidence(Work& work, std::string_view resident_id, std::string_view ref,
                   std::string_view event_id) {
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return;
    for (const Row& row : work.tx.select(store::kDeliveriesByRef, ref)) {
        work.tx.run(store::kReverseDelivery, row.text(0), row.text(1));
        work.touch("delivery", row.text(0) + "." + row.text(1));
        if (const auto c = store::contract(work.tx, row.text(2))) {
            work.append(store::service_reversed(work.event_context(**pack), *c, row.text(1),
                                                row.text(4), row.text(5), row.text(0)));
        }
    }
    for (const Row& row : work.tx.select(store::kPointsBySource, resident_id, ref)) {
        if (!row.text(6).empty()) continue;
        const auto added = work.tx.run(
            store::kAddPoints, row.text(0) + ".reversed", resident_id,
            "resident:" + std::string(resident_id), "POOL_EARN", -row.i64(1), row.text(2),
            event_id, ref, row.text(4), row.text(5), row.text(0));
        if (added > 0) work.touch("points", row.text(0) + ".reversed");
    }
}

Outcome<v1::FeeSplit> compute_fee_split(Work& work, const std::string& team_id,
                                        const std::string& period, std::int64_t fee_fen,
                                        std::string_view source) {
    if (const auto row = work.tx.select_one(store::kFeeSplit, team_id, period, source)) {
        v1::FeeSplit there;
        YILIAN_INVARIANT(there.ParseFromString(row->bytes(0)), "directory: fee split");
        return there;
    }
    const auto team = store::team(work.tx, team_id);
    if (!team) return Refusal{"TEAM_NOT_FOUND", {{"team_id", team_id}}};
    const auto pack = work.pack(*CivilDate::parse(period + "-01"));
    if (!pack.ok()) return pack.refusal();
    std::vector<domain::MemberWorkload> members;
    for (const v1::TeamMember& m : team->record.members()) members.push_back({m.practitioner_id(), 0});
    for (const Row& row : work.tx.select(store::kWorkload, team_id, period)) {
        const auto member =
            std::ranges::find(members, row.text(0), &domain::MemberWorkload::practitioner_id);
        if (member != members.end()) member->points_e2 = row.i64(1) * 100;
    }
    const std::int64_t floor_bp = (*pack)->get(policy::kContractFeeTeamShareMinBp);
    const domain::FeeSplit split =
        domain::split_fee(amount::Fen::of_raw(fee_fen), floor_bp, std::move(members));
    v1::FeeSplit m;
    m.set_team_id(team_id);
    m.set_institution_id(team->record.institution_id());
    m.set_period(period);
    m.set_fee_fen(fee_fen);
    m.set_team_fen(split.team.raw());
    m.set_institution_fen(split.institution.raw());
    m.set_floor_bp(static_cast<std::int32_t>(floor_bp));
    for (const auto& [id, part] : split.shares) {
        v1::MemberShare* share = m.add_shares();
        share->set_practitioner_id(id);
        share->set_amount_fen(part.raw());
    }
    work.tx.run(store::kSaveFeeSplit, team_id, period, source,
                storage::Blob{m.SerializeAsString()});
    work.touch("fee_split", team_id + "/" + period + "/" + std::string(source));
    work.append(store::fee_split_computed(work.event_context(**pack), m));
    return m;
}

}  // namespace yilian::directory::app
