#include "services/directory/app/evidence.h"

#include <algorithm>
#include <optional>
#include <vector>

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

constexpr std::string_view kEarnPool = "POOL_EARN";

std::string account_of(std::string_view resident_id) {
    return "resident:" + std::string(resident_id);
}

domain::PointsPolicy points_policy(const policy::Pack& pack) {
    return {pack.get(policy::kPointsEnabled), pack.get(policy::kPointsCapDay),
            pack.get(policy::kPointsCapYear), pack.get(policy::kPointsExpiryMonths)};
}

std::vector<domain::PointsEntry> points_entries(Work& work, std::string_view resident_id) {
    const auto rows = work.tx.select(store::kPointsOfResident, resident_id);
    std::vector<std::string> reversed;
    for (const Row& row : rows) {
        if (!row.text(6).empty()) reversed.push_back(row.text(6));
    }
    std::vector<domain::PointsEntry> entries;
    for (const Row& row : rows) {
        const bool undone =
            !row.text(6).empty() || std::ranges::find(reversed, row.text(0)) != reversed.end();
        entries.push_back({row.text(2), row.i64(1), *CivilDate::parse(row.text(4)), undone});
    }
    return entries;
}

std::int64_t balance(Work& work, std::string_view resident_id) {
    return work.tx.select_one(store::kPointsBalance, resident_id)->i64(0);
}

void credit(Work& work, const Evidence& e, const policy::Pack& pack) {
    const policy::NumberTable& rules = pack.get(policy::kPointsRules);
    const auto rule = rules.find(e.rule_id);
    const auto policy = points_policy(pack);
    if (rule == rules.end() || !policy.enabled) return;
    const std::int64_t points = domain::credit_allowed(e.rule_id, rule->second, e.done_on,
                                                       points_entries(work, e.resident_id), policy);
    if (points == 0) return;
    const auto added = work.tx.run(
        store::kAddPoints, work.ids.next_ulid(), e.resident_id, kEarnPool,
        account_of(e.resident_id), points, e.rule_id, e.event_id, e.ref, e.done_on.text(),
        e.done_on.plus_months(static_cast<int>(policy.expiry_months)).text(), "");
    if (added == 0) return;
    work.touch("points", e.rule_id);
    work.append(store::points_credited(work.event_context(pack), e.resident_id, points, e.rule_id,
                                       e.event_id, balance(work, e.resident_id)));
}

// What was renewed or changed is in force to its last day, as GetContractStatus answers it.
std::optional<Contract> contract_on(Work& work, std::string_view resident_id, CivilDate on) {
    for (Contract& c : store::contracts_of(work.tx, resident_id)) {
        if (c.state != domain::ContractState::kSigned && c.covers(on)) return std::move(c);
    }
    return std::nullopt;
}

void deliver(Work& work, const Evidence& e, const Contract& c, const policy::Pack& pack) {
    const auto added =
        work.tx.run(store::kAddDelivery, e.event_id, e.item_code, c.contract_id, e.resident_id,
                    c.team_id, e.done_by, e.done_on.text(), e.ref, e.known_at);
    if (added == 0) return;
    work.touch("delivery", e.item_code);
    work.append(store::service_delivered(work.event_context(pack), c, e.item_code, e.done_by,
                                         e.done_on.text(), e.event_id));
}

void reverse_deliveries(Work& work, std::string_view ref, Instant at, const policy::Pack& pack) {
    for (const Row& row : work.tx.select(store::kDeliveriesByRef, ref)) {
        work.tx.run(store::kReverseDelivery, row.text(0), row.text(1), at);
        work.touch("delivery_reversed", row.text(0) + "/" + row.text(1));
        const auto c = store::contract(work.tx, row.text(2));
        work.append(store::service_reversed(work.event_context(pack), *c, row.text(1), row.text(3),
                                            row.text(4), row.text(0)));
    }
}

void reverse_points(Work& work, std::string_view resident_id, std::string_view ref,
                    std::string_view event_id, const policy::Pack& pack) {
    for (const Row& row : work.tx.select(store::kPointsBySource, resident_id, ref)) {
        const std::string& entry_id = row.text(0);
        work.tx.run(store::kAddPoints, work.ids.next_ulid(), resident_id, account_of(resident_id),
                    kEarnPool, -row.i64(1), row.text(2), event_id, ref, row.text(3), row.text(4),
                    entry_id);
        work.touch("points_reversed", entry_id);
        work.append(store::points_reversed(work.event_context(pack), resident_id, row.i64(1),
                                           row.text(2), event_id, balance(work, resident_id)));
    }
}

}  // namespace

void record_evidence(Work& work, const Evidence& e) {
    const auto pack = work.pack(e.done_on);
    if (!pack.ok()) return;  // nothing was owed or earned under rules that were not in force
    if (!e.item_code.empty()) {
        if (const auto c = contract_on(work, e.resident_id, e.done_on)) {
            deliver(work, e, *c, **pack);
        }
    }
    if (!e.rule_id.empty()) credit(work, e, **pack);
    if (const auto voided = work.tx.select_one(store::kVoidedAt, e.ref)) {
        reverse_deliveries(work, e.ref, voided->instant(0), **pack);
        reverse_points(work, e.resident_id, e.ref, e.event_id, **pack);
    }
}

void void_evidence(Work& work, std::string_view resident_id, std::string_view ref,
                   std::string_view event_id) {
    work.tx.run(store::kVoidEvidence, ref, work.now, event_id);
    work.touch("voided_evidence", ref);
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return;
    reverse_deliveries(work, ref, work.now, **pack);
    reverse_points(work, resident_id, ref, event_id, **pack);
}

}  // namespace yilian::directory::app
