#include "services/directory/app/contracts.h"

#include <algorithm>
#include <utility>

#include "services/directory/app/contract_steps.h"
#include "services/directory/app/evidence.h"
#include "services/directory/store/event_codec.h"
#include "services/directory/store/queries.h"

namespace yilian::directory::app {
namespace {

using calendar::CivilDate;
using domain::Contract;
using domain::ContractAction;
using domain::ContractState;
using store::ContractChange;
using store::ContractEvent;

std::optional<Refusal> refuse_resident(const std::optional<store::Stored<v1::Resident>>& resident) {
    if (!resident || resident->record.state() == v1::RESIDENT_STATE_MERGED) {
        return Refusal{"RESIDENT_NOT_FOUND"};
    }
    if (resident->record.state() == v1::RESIDENT_STATE_DECEASED) {
        return Refusal{"RESIDENT_DECEASED"};
    }
    if (resident->record.moved_outside()) return Refusal{"OUT_OF_AREA"};
    return std::nullopt;
}

void tell_end(Work& work, const Contract& c, const PackPtr& pack) {
    work.append(store::contract_change(ContractChange::kEnded, work.event_context(*pack), c,
                                       c.valid_to.plus_days(1), nullptr));
}

// Points that rested on the contract go back with it.
void tell_void(Work& work, const Contract& c, const PackPtr& pack) {
    const std::string event_id =
        work.append(store::contract_event(ContractEvent::kVoided, work.event_context(*pack), c));
    void_evidence(work, c.resident_id, c.contract_id, event_id);
}

void must(const Outcome<Allowed>& applied) {
    YILIAN_INVARIANT(applied.ok(), "directory: a contract's state does not allow what was checked");
}

// A contract of somebody who has died or moved away.
void end_one(Work& work, Contract c, const Ending& ending, const PackPtr& pack) {
    const domain::ContractPolicy policy = contract_policy(*pack);
    if (c.state == ContractState::kOffered) {
        must(apply(work, c, ContractAction::kDecline, ContractState::kExpiredUnsigned, policy));
        work.append(
            store::contract_event(ContractEvent::kOfferLapsed, work.event_context(*pack), c));
    } else if (c.state == ContractState::kSigned) {
        c.end_reason = ending.end_reason;
        must(apply(work, c, ContractAction::kVoid, ContractState::kVoid, policy));
        tell_void(work, c, pack);
    } else if (c.in_force()) {
        // Known late: the last day may lie before the contract began, which then had no day.
        c.end_reason = ending.end_reason;
        c.valid_to = std::min(c.valid_to, std::max(ending.last_day, c.valid_from.plus_days(-1)));
        must(apply(work, c, ContractAction::kEnd, ContractState::kEnded, policy));
        tell_end(work, c, pack);
    }
}

}  // namespace

Outcome<Contract> offer_contract(Work& work, Contract offer) {
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    const domain::ContractPolicy policy = contract_policy(**pack);
    const auto resident = store::resident(work.tx, offer.resident_id);
    if (auto refusal = refuse_resident(resident)) return *refusal;
    if (auto refusal = take_team(work, offer, policy)) return *refusal;
    const auto period = domain::check_period(offer.valid_from, offer.valid_to, work.today, policy);
    if (!period.ok()) return period.refusal();
    if (store::contract(work.tx, offer.contract_id)) {
        return Refusal{"ID_REUSED", {{"contract_id", offer.contract_id}}};
    }
    offer.key_groups = key_groups_of(work.tx, resident->record, offer.valid_from, **pack);
    offer.offered_at = work.now;
    offer.number = next_number(work);
    must(apply(work, offer, ContractAction::kOffer, ContractState::kOffered, policy));
    work.append(store::contract_event(ContractEvent::kOffered, work.event_context(**pack), offer));
    return offer;
}

Outcome<Contract> sign_contract(Work& work, std::string_view id, std::string_view etag,
                                const Signature& signature, std::string_view valid_from,
                                std::string_view valid_to) {
    auto found = find_contract(work, id, etag);
    if (!found.ok()) return found;
    Contract c = std::move(found).value();
    if (c.state == ContractState::kExpiredUnsigned) return Reason("OFFER_LAPSED");
    const auto legal = domain::kContractLifecycle.check(c.state, ContractAction::kSign);
    if (!legal.ok()) return legal.refusal();
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    if (auto refusal = refuse_resident(store::resident(work.tx, c.resident_id))) return *refusal;
    if (!valid_from.empty()) c.valid_from = *CivilDate::parse(valid_from);
    if (!valid_to.empty()) c.valid_to = *CivilDate::parse(valid_to);
    const auto signing = may_sign(work, c, signature, contract_policy(**pack), nullptr);
    if (!signing.ok()) return signing.refusal();
    sign(work, c, ContractAction::kSign, *signing, *pack);
    return c;
}

Outcome<Contract> decline_offer(Work& work, std::string_view id, std::string_view etag) {
    auto found = find_contract(work, id, etag);
    if (!found.ok()) return found;
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    Contract c = std::move(found).value();
    const auto applied = apply(work, c, ContractAction::kDecline, ContractState::kExpiredUnsigned,
                               contract_policy(**pack));
    if (!applied.ok()) return applied.refusal();
    work.append(store::contract_event(ContractEvent::kOfferLapsed, work.event_context(**pack), c));
    return c;
}

Outcome<Contract> void_contract(Work& work, std::string_view id, std::string_view etag) {
    auto found = find_contract(work, id, etag);
    if (!found.ok()) return found;
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    Contract c = std::move(found).value();
    const domain::ContractPolicy policy = contract_policy(**pack);
    const auto legal = domain::kContractLifecycle.check(c.state, ContractAction::kVoid);
    if (!legal.ok()) return legal.refusal();
    const bool delivered =
        work.tx.select_one(store::kDeliveriesOfContract, c.contract_id)->i64(0) > 0;
    const auto may = domain::check_void(c, work.now, delivered, policy);
    if (!may.ok()) return may.refusal();
    c.end_reason = "VOID";
    must(apply(work, c, ContractAction::kVoid, ContractState::kVoid, policy));
    tell_void(work, c, *pack);
    return c;
}

Outcome<Contract> end_contract(Work& work, std::string_view id, std::string_view etag,
                               std::string_view end_reason, std::optional<CivilDate> last_day) {
    auto found = find_contract(work, id, etag);
    if (!found.ok()) return found;
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    Contract c = std::move(found).value();
    const domain::ContractPolicy policy = contract_policy(**pack);
    const auto legal = domain::kContractLifecycle.check(c.state, ContractAction::kEnd);
    if (!legal.ok()) return legal.refusal();
    const CivilDate last = last_day.value_or(work.today);
    const auto may = domain::check_end(c, last, end_reason, policy);
    if (!may.ok()) return may.refusal();
    c.end_reason = end_reason;
    c.valid_to = last;
    must(apply(work, c, ContractAction::kEnd, ContractState::kEnded, policy));
    tell_end(work, c, *pack);
    return c;
}

Outcome<Allowed> may_end_contracts(Work& work) {
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    return Allowed{};
}

void end_contracts_of(Work& work, const std::string& resident_id, const Ending& ending) {
    const auto pack = work.pack(work.today);
    YILIAN_INVARIANT(pack.ok(), "directory: end_contracts_of without may_end_contracts");
    for (Contract& c : store::contracts_of(work.tx, resident_id)) {
        const bool spared = !ending.spared_institution_id.empty() &&
                            c.institution_id == ending.spared_institution_id;
        if (!spared) end_one(work, std::move(c), ending, *pack);
    }
}

}  // namespace yilian::directory::app
