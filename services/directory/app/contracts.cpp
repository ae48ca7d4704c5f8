#include "services/directory/app/contracts.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "libs/policy/keys.h"
#include "libs/timers/timers.h"
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

constexpr std::string_view kLapseTimer = "contract.lapse";
constexpr std::string_view kStartTimer = "contract.start";
constexpr std::string_view kNoticeTimer = "contract.notice";
constexpr std::string_view kEndTimer = "contract.end";

using PackPtr = std::shared_ptr<const policy::Pack>;

void set_timer(Work& work, std::string_view kind, const Contract& c, Instant due) {
    timers::schedule(work.tx, {std::string(kind), c.contract_id}, due, c.resident_id);
}

// The timers that the state asks for; those of former states are gone.
void plan_timers(Work& work, const Contract& c, const domain::ContractPolicy& policy) {
    for (const std::string_view kind : {kLapseTimer, kStartTimer, kNoticeTimer, kEndTimer}) {
        (void)timers::cancel(work.tx, {std::string(kind), c.contract_id});
    }
    if (c.state == ContractState::kOffered) {
        set_timer(work, kLapseTimer, c, c.offered_at + std::chrono::days(policy.offer_valid_days));
    } else if (c.state == ContractState::kSigned) {
        set_timer(work, kStartTimer, c, calendar::start_of_day(c.valid_from));
    } else if (c.state == ContractState::kActive) {
        set_timer(work, kNoticeTimer, c, calendar::start_of_day(domain::notice_day(c, policy)));
    } else if (c.state == ContractState::kDueForRenewal) {
        set_timer(work, kEndTimer, c, calendar::start_of_day(c.valid_to.plus_days(1)));
    }
}

Outcome<Allowed> apply(Work& work, Contract& c, ContractAction action, ContractState to,
                       const domain::ContractPolicy& policy) {
    const ContractState from = c.state;
    if (from == ContractState::kNone) {
        c.state = domain::kContractLifecycle.create(action, to);
    } else {
        const auto entered = domain::kContractLifecycle.enter(from, action, to);
        if (!entered.ok()) return entered.refusal();
        c.state = *entered;
    }
    c.changes += 1;
    store::save(work.tx, c);
    work.tx.run(store::kAddContractJournal, c.contract_id, c.changes,
                domain::kContractLifecycle.name(action),
                from == ContractState::kNone ? "NONE" : domain::kContractLifecycle.name(from),
                domain::kContractLifecycle.name(c.state), work.actor.id,
                work.actor.institution_id, work.now);
    plan_timers(work, c, policy);
    work.touch("contract", c.contract_id);
    return Allowed{};
}

Outcome<Contract> find(Work& work, std::string_view id, std::string_view etag) {
    auto c = store::contract(work.tx, id);
    if (!c) return Reason("NOT_FOUND");
    if (auto refusal = runtime::check_etag(etag, c->changes)) return *refusal;
    return *std::move(c);
}

std::optional<Refusal> refuse_team(Work& work, Contract& c, const domain::ContractPolicy& policy) {
    const auto team = store::team(work.tx, c.team_id);
    if (!team) return Refusal{"TEAM_NOT_FOUND", {{"team_id", c.team_id}}};
    if (team->record.state() != v1::TEAM_STATE_ACTIVE) {
        return Refusal{"PROVIDER_NOT_ADMITTED", {{"team_id", c.team_id}}};
    }
    c.institution_id = team->record.institution_id();
    if (c.family_doctor_id.empty()) c.family_doctor_id = team->record.leader_id();
    const auto count = work.tx.select_one(store::kDoctorContracts, c.family_doctor_id)->i64(0);
    if (count >= policy.residents_per_doctor_max) {
        return Refusal{"TEAM_FULL", {{"limit", std::to_string(policy.residents_per_doctor_max)}}};
    }
    return std::nullopt;
}

std::string next_number(Work& work) {
    const std::string scope = fmt::format("{}{:04}", work.district, work.today.year());
    return fmt::format("{}{:08}", scope, work.tx.select_one(store::kNextNumber, scope)->i64(0));
}

// Row 4, when the first day has come.
Outcome<Allowed> start_if_due(Work& work, Contract& c, const PackPtr& pack,
                              const domain::ContractPolicy& policy) {
    if (c.state != ContractState::kSigned || work.today < c.valid_from) return Allowed{};
    auto applied = apply(work, c, ContractAction::kStart, ContractState::kActive, policy);
    if (!applied.ok()) return applied;
    work.append(
        store::contract_event(ContractEvent::kActivated, work.event_context(*pack), c));
    return Allowed{};
}

// Saves and publishes a signed contract; starts it when it is due.
Outcome<Allowed> put_signed(Work& work, Contract& c, ContractAction action,
                            const Signature& signature, const PackPtr& pack) {
    if (signature.method.empty() || signature.document_id.empty()) {
        return Reason("SIGNATURE_INVALID");
    }
    const domain::ContractPolicy policy = contract_policy(*pack);
    if (auto fits = domain::check_period(c.valid_from, c.valid_to, policy); !fits.ok()) {
        return fits;
    }
    if (auto apart =
            domain::check_no_overlap(c, store::contracts_of(work.tx, c.resident_id));
        !apart.ok()) {
        return apart;
    }
    c.signed_at = work.now;
    c.signature_method = signature.method;
    c.signature_document_id = signature.document_id;
    if (auto applied = apply(work, c, action, ContractState::kSigned, policy); !applied.ok()) {
        return applied;
    }
    work.append(store::contract_event(ContractEvent::kSigned, work.event_context(*pack), c));
    record_evidence(work, {.event_id = "contract:" + c.contract_id,
                           .ref = c.contract_id,
                           .resident_id = c.resident_id,
                           .item_code = "",
                           .rule_id = c.fee_fen > 0 ? "paid_contract" : "contract_without_fee",
                           .done_by = work.actor.id,
                           .done_on = work.today});
    return start_if_due(work, c, pack, policy);
}

}  // namespace

domain::ContractPolicy contract_policy(const policy::Pack& pack) {
    return {.period_min_months = pack.get(policy::kContractPeriodMinMonths),
            .period_max_months = pack.get(policy::kContractPeriodMaxMonths),
            .period_flexible = pack.get(policy::kContractPeriodFlexible),
            .offer_valid_days = pack.get(policy::kContractOfferValidDays),
            .void_days = pack.get(policy::kContractVoidDays),
            .renewal_notice_days = pack.get(policy::kContractRenewalNoticeDays),
            .residents_per_doctor_max = pack.get(policy::kContractResidentsPerDoctorMax)};
}

Outcome<Contract> offer_contract(Work& work, Contract offer) {
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    const domain::ContractPolicy policy = contract_policy(**pack);
    const auto resident = store::resident(work.tx, offer.resident_id);
    if (!resident) return Reason("RESIDENT_NOT_FOUND");
    if (resident->record.state() != v1::RESIDENT_STATE_ALIVE) return Reason("RESIDENT_DECEASED");
    if (auto refusal = refuse_team(work, offer, policy)) return *refusal;
    if (auto fits = domain::check_period(offer.valid_from, offer.valid_to, policy); !fits.ok()) {
        return fits.refusal();
    }
    if (store::contract(work.tx, offer.contract_id)) {
        return Refusal{"ID_REUSED", {{"contract_id", offer.contract_id}}};
    }
    const auto birth = CivilDate::parse(resident->record.birth_date());
    offer.key_groups = domain::key_groups_by_age(*birth, offer.valid_from);
    for (const v1::HealthCode& code : resident->record.health_codes()) {
        if (code.kind() == v1::HEALTH_CODE_KIND_SPECIAL_GROUP && code.to().empty()) {
            offer.key_groups.push_back(code.code());
        }
    }
    std::ranges::sort(offer.key_groups);
    offer.offered_at = work.now;
    offer.number = next_number(work);
    const auto applied =
        apply(work, offer, ContractAction::kOffer, ContractState::kOffered, policy);
    if (!applied.ok()) return applied.refusal();
    work.append(
        store::contract_event(ContractEvent::kOffered, work.event_context(**pack), offer));
    return offer;
}

Outcome<Contract> sign_contract(Work& work, std::string_view id, std::string_view etag,
                                const Signature& signature, std::string_view valid_from,
                                std::string_view valid_to) {
    auto found = find(work, id, etag);
    if (!found.ok()) return found;
    Contract c = std::move(found).value();
    if (auto legal = domain::kContractLifecycle.check(c.state, ContractAction::kSign);
        !legal.ok()) {
        if (c.state == ContractState::kExpiredUnsigned) return Reason("OFFER_LAPSED");
        return legal.refusal();
    }
    if (!valid_from.empty()) c.valid_from = *CivilDate::parse(valid_from);
    if (!valid_to.empty()) c.valid_to = *CivilDate::parse(valid_to);
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    const auto put = put_signed(work, c, ContractAction::kSign, signature, *pack);
    if (!put.ok()) return put.refusal();
    return c;
}

Outcome<Contract> decline_offer(Work& work, std::string_view id, std::string_view etag) {
    auto found = find(work, id, etag);
    if (!found.ok()) return found;
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    Contract c = std::move(found).value();
    const auto applied = apply(work, c, ContractAction::kDecline, ContractState::kExpiredUnsigned,
                               contract_policy(**pack));
    if (!applied.ok()) return applied.refusal();
    work.append(
        store::contract_event(ContractEvent::kOfferLapsed, work.event_context(**pack), c));
    return c;
}

Outcome<Contract> void_contract(Work& work, std::string_view id, std::string_view etag) {
    auto found = find(work, id, etag);
    if (!found.ok()) return found;
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    Contract c = std::move(found).value();
    const domain::ContractPolicy policy = contract_policy(**pack);
    if (auto legal = domain::kContractLifecycle.check(c.state, ContractAction::kVoid);
        !legal.ok()) {
        return legal.refusal();
    }
    const bool delivered =
        work.tx.select_one(store::kDeliveriesOfContract, c.contract_id)->i64(0) > 0;
    if (auto may = domain::check_void(c, work.now, delivered, policy); !may.ok()) {
        return may.refusal();
    }
    c.end_reason = "VOID";
    const auto applied = apply(work, c, ContractAction::kVoid, ContractState::kVoid, policy);
    if (!applied.ok()) return applied.refusal();
    work.append(store::contract_event(ContractEvent::kVoided, work.event_context(**pack), c));
    return c;
}

Outcome<Contract> end_contract(Work& work, std::string_view id, std::string_view etag,
                               std::string_view end_reason) {
    auto found = find(work, id, etag);
    if (!found.ok()) return found;
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    Contract c = std::move(found).value();
    c.end_reason = end_reason;
    const auto applied =
        apply(work, c, ContractAction::kEnd, ContractState::kEnded, contract_policy(**pack));
    if (!applied.ok()) return applied.refusal();
    work.append(store::contract_change(ContractChange::kEnded, work.event_context(**pack), c,
                                       work.today, nullptr));
    return c;
}

Outcome<Following> renew_contract(Work& work, std::string_view id, std::string_view etag,
                                  Contract next, const Signature& signature) {
    auto found = find(work, id, etag);
    if (!found.ok()) return found.refusal();
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    Following both{std::move(found).value(), std::move(next)};
    if (auto legal = domain::kContractLifecycle.check(both.old.state, ContractAction::kRenew);
        !legal.ok()) {
        return legal.refusal();
    }
    both.next.number = next_number(work);
    both.next.resident_id = both.old.resident_id;
    both.next.team_id = both.old.team_id;
    both.next.institution_id = both.old.institution_id;
    both.next.family_doctor_id = both.old.family_doctor_id;
    both.next.party = both.old.party;
    both.next.key_groups = both.old.key_groups;
    both.next.previous_contract_id = both.old.contract_id;
    both.next.offered_at = work.now;
    both.next.valid_from = both.old.valid_to.plus_days(1);  // C-02: no day uncovered, none twice
    const auto put =
        put_signed(work, both.next, ContractAction::kSignRenewal, signature, *pack);
    if (!put.ok()) return put.refusal();
    const auto applied = apply(work, both.old, ContractAction::kRenew, ContractState::kRenewed,
                               contract_policy(**pack));
    if (!applied.ok()) return applied.refusal();
    work.append(store::contract_change(ContractChange::kRenewed, work.event_context(**pack),
                                       both.old, both.next.valid_from, &both.next));
    return both;
}

Outcome<Following> change_team(Work& work, std::string_view id, std::string_view etag,
                               const std::string& next_id, const std::string& team_id,
                               std::string_view reason_code, const Signature& signature) {
    auto found = find(work, id, etag);
    if (!found.ok()) return found.refusal();
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    const domain::ContractPolicy policy = contract_policy(**pack);
    Following both{std::move(found).value(), {}};
    if (auto legal = domain::kContractLifecycle.check(both.old.state, ContractAction::kChangeTeam);
        !legal.ok()) {
        return legal.refusal();
    }
    const auto served =
        both.old.valid_from.plus_months(static_cast<int>(policy.period_min_months));
    if (work.today < served && reason_code.empty()) return Reason("MIN_PERIOD_NOT_SERVED");
    both.next = both.old;
    both.next.contract_id = next_id;
    both.next.number = next_number(work);
    both.next.state = ContractState::kNone;
    both.next.team_id = team_id;
    both.next.family_doctor_id = "";
    both.next.previous_contract_id = both.old.contract_id;
    both.next.changes = 0;
    both.next.valid_from = work.today.plus_days(1);
    both.next.valid_to =
        both.next.valid_from.plus_months(static_cast<int>(policy.period_min_months))
            .plus_days(-1);
    if (auto refusal = refuse_team(work, both.next, policy)) return *refusal;
    both.old.valid_to = work.today;
    const auto applied = apply(work, both.old, ContractAction::kChangeTeam,
                               ContractState::kChanged, policy);
    if (!applied.ok()) return applied.refusal();
    const auto put =
        put_signed(work, both.next, ContractAction::kSignRenewal, signature, *pack);
    YILIAN_INVARIANT(put.ok(), "directory: change of team refused after its guards");
    work.append(store::contract_change(ContractChange::kTeamChanged, work.event_context(**pack),
                                       both.old, both.next.valid_from, &both.next));
    return both;
}

Outcome<Allowed> end_contracts_of(Work& work, const std::string& resident_id,
                                  std::string_view end_reason) {
    for (const Contract& c : store::contracts_of(work.tx, resident_id)) {
        if (c.in_force()) {
            const auto ended = end_contract(work, c.contract_id, "", end_reason);
            if (!ended.ok()) return ended.refusal();
        } else if (c.state == ContractState::kOffered) {
            const auto declined = decline_offer(work, c.contract_id, "");
            if (!declined.ok()) return declined.refusal();
        }
    }
    return Allowed{};
}

namespace {

std::vector<std::string> resident_key(const timers::Timer& timer) {
    return {"resident/" + timer.payload};
}

// A timer whose contract has moved on meanwhile does nothing.
void on_contract(runtime::Wiring& wiring, const std::string& district, std::string_view kind,
                 ContractAction action,
                 std::function<void(Work&, Contract&, const PackPtr&)> act) {
    wiring.on_timer(std::string(kind), resident_key,
                    [district, action, act](runtime::TimerContext& context) {
                        auto c = store::contract(context.tx, context.timer.key.aggregate_id);
                        if (!c || !domain::kContractLifecycle.legal(c->state, action)) return;
                        Work work = runtime::work_of(context, district);
                        work.actor.institution_id = c->institution_id;
                        const auto pack = work.pack(work.today);
                        if (pack.ok()) act(work, *c, *pack);
                    });
}

}  // namespace

void bind_contract_timers(runtime::Wiring& wiring, const std::string& district) {
    on_contract(wiring, district, kLapseTimer, ContractAction::kLapse,
                [](Work& work, Contract& c, const PackPtr& pack) {
                    (void)apply(work, c, ContractAction::kLapse, ContractState::kExpiredUnsigned,
                                contract_policy(*pack));
                    work.append(store::contract_event(ContractEvent::kOfferLapsed,
                                                      work.event_context(*pack), c));
                });
    on_contract(wiring, district, kStartTimer, ContractAction::kStart,
                [](Work& work, Contract& c, const PackPtr& pack) {
                    (void)start_if_due(work, c, pack, contract_policy(*pack));
                });
    on_contract(wiring, district, kNoticeTimer, ContractAction::kNotice,
                [](Work& work, Contract& c, const PackPtr& pack) {
                    (void)apply(work, c, ContractAction::kNotice, ContractState::kDueForRenewal,
                                contract_policy(*pack));
                    work.append(store::contract_change(ContractChange::kRenewalDue,
                                                       work.event_context(*pack), c, work.today,
                                                       nullptr));
                });
    on_contract(wiring, district, kEndTimer, ContractAction::kExpire,
                [](Work& work, Contract& c, const PackPtr& pack) {
                    c.end_reason = "EXPIRED";
                    (void)apply(work, c, ContractAction::kExpire, ContractState::kEnded,
                                contract_policy(*pack));
                    work.append(store::contract_change(ContractChange::kEnded,
                                                       work.event_context(*pack), c,
                                                       work.today.plus_days(-1), nullptr));
                });
}

}  // namespace yilian::directory::app
