#include <utility>

#include "services/directory/app/contract_steps.h"
#include "services/directory/store/event_codec.h"

// Rows 8 and 10: a contract that another one follows. Everything is checked before anything is
// written, because both contracts change together or not at all.
namespace yilian::directory::app {
namespace {

using calendar::CivilDate;
using domain::Contract;
using domain::ContractAction;
using domain::ContractState;
using store::ContractChange;

// What the next contract takes over.
void follow(Contract& next, const Contract& old, Instant now) {
    next.resident_id = old.resident_id;
    next.party = old.party;
    next.key_groups = old.key_groups;
    next.previous_contract_id = old.contract_id;
    next.offered_at = now;
}

void move_on(Work& work, Contract& old, const Contract& next, ContractAction action,
             ContractState to, ContractChange change, const PackPtr& pack) {
    const auto applied = apply(work, old, action, to, contract_policy(*pack));
    YILIAN_INVARIANT(applied.ok(), "directory: the old contract's state was checked");
    work.append(
        store::contract_change(change, work.event_context(*pack), old, next.valid_from, &next));
}

std::optional<Refusal> refuse_id(Work& work, const std::string& id) {
    if (!store::contract(work.tx, id)) return std::nullopt;
    return Refusal{"ID_REUSED", {{"contract_id", id}}};
}

}  // namespace

Outcome<Following> renew_contract(Work& work, std::string_view id, std::string_view etag,
                                  Contract next, const Signature& signature) {
    auto found = find_contract(work, id, etag);
    if (!found.ok()) return found.refusal();
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    Following both{std::move(found).value(), std::move(next)};
    const auto legal = domain::kContractLifecycle.check(both.old.state, ContractAction::kRenew);
    if (!legal.ok()) return legal.refusal();
    if (auto refusal = refuse_id(work, both.next.contract_id)) return *refusal;
    follow(both.next, both.old, work.now);
    both.next.team_id = both.old.team_id;
    both.next.institution_id = both.old.institution_id;
    both.next.family_doctor_id = both.old.family_doctor_id;
    both.next.valid_from = both.old.valid_to.plus_days(1);  // C-02: no day uncovered, none twice
    const auto signing = may_sign(work, both.next, signature, contract_policy(**pack), nullptr);
    if (!signing.ok()) return signing.refusal();
    both.next.number = next_number(work);
    move_on(work, both.old, both.next, ContractAction::kRenew, ContractState::kRenewed,
            ContractChange::kRenewed, *pack);
    sign(work, both.next, ContractAction::kSignFollowing, *signing, *pack);
    return both;
}

Outcome<Following> change_team(Work& work, std::string_view id, std::string_view etag,
                               const TeamChange& change, const Signature& signature) {
    auto found = find_contract(work, id, etag);
    if (!found.ok()) return found.refusal();
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    const domain::ContractPolicy policy = contract_policy(**pack);
    Following both{std::move(found).value(), {}};
    const auto legal =
        domain::kContractLifecycle.check(both.old.state, ContractAction::kChangeTeam);
    if (!legal.ok()) return legal.refusal();
    if (auto refusal = refuse_id(work, change.next_id)) return *refusal;
    const CivilDate first = change.effective_on.value_or(work.today.plus_days(1));
    const CivilDate last = first.plus_days(-1);
    if (first < work.today || last < both.old.valid_from || both.old.valid_to < last) {
        return Refusal{"FIELD_RANGE", {{"field", "effective_on"}}};
    }
    if (change.reason_code.empty() && !domain::minimum_served(both.old, last, policy)) {
        return Reason("MIN_PERIOD_NOT_SERVED");
    }
    follow(both.next, both.old, work.now);
    both.next.contract_id = change.next_id;
    both.next.team_id = change.team_id;
    both.next.package_ids = both.old.package_ids;
    both.next.fee_fen = both.old.fee_fen;
    both.next.payer_split = both.old.payer_split;
    both.next.valid_from = first;
    both.next.valid_to =
        first.plus_months(static_cast<int>(policy.period_min_months)).plus_days(-1);
    if (auto refusal = take_team(work, both.next, policy)) return *refusal;
    both.old.valid_to = last;
    const auto signing = may_sign(work, both.next, signature, policy, &both.old);
    if (!signing.ok()) return signing.refusal();
    both.next.number = next_number(work);
    move_on(work, both.old, both.next, ContractAction::kChangeTeam, ContractState::kChanged,
            ContractChange::kTeamChanged, *pack);
    sign(work, both.next, ContractAction::kSignFollowing, *signing, *pack);
    return both;
}

}  // namespace yilian::directory::app
