#include "services/directory/app/contract_steps.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "libs/policy/keys.h"
#include "libs/timers/timers.h"
#include "services/directory/app/evidence.h"
#include "services/directory/store/event_codec.h"
#include "services/directory/store/queries.h"

namespace yilian::directory::app {

using calendar::CivilDate;
using domain::Contract;
using domain::ContractAction;
using domain::ContractState;
using store::ContractEvent;

namespace {

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

std::int64_t contract_head(Work& work, std::string_view resident_id) {
    const auto row = work.tx.select_one(store::kContractHead, resident_id);
    return row ? row->i64(0) : 0;
}

}  // namespace

Outcome<Contract> find_contract(Work& work, std::string_view id, std::string_view etag) {
    auto c = store::contract(work.tx, id);
    if (!c) return Reason("NOT_FOUND");
    if (auto refusal = runtime::check_etag(etag, c->changes)) return *refusal;
    return *std::move(c);
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
    work.tx.post(store::kAddContractJournal, c.contract_id, c.changes,
                 domain::kContractLifecycle.name(action),
                 from == ContractState::kNone ? "NONE" : domain::kContractLifecycle.name(from),
                 domain::kContractLifecycle.name(c.state), work.actor.id, work.actor.institution_id,
                 work.now);
    plan_timers(work, c, policy);
    return Allowed{};
}

std::optional<Refusal> take_team(Work& work, Contract& c, const domain::ContractPolicy& policy) {
    const auto team = store::team(work.tx, c.team_id);
    if (!team) return Refusal{"TEAM_NOT_FOUND", {{"team_id", c.team_id}}};
    if (team->record.state() != v1::TEAM_STATE_ACTIVE) {
        return Refusal{"PROVIDER_NOT_ADMITTED", {{"team_id", c.team_id}}};
    }
    c.institution_id = team->record.institution_id();
    if (c.family_doctor_id.empty()) c.family_doctor_id = team->record.leader_id();
    const bool of_team = c.family_doctor_id == team->record.leader_id() ||
                         std::ranges::any_of(team->record.members(), [&](const v1::TeamMember& m) {
                             return m.practitioner_id() == c.family_doctor_id &&
                                    store::member_on(m, work.today.text());
                         });
    if (!of_team) {
        return Refusal{"PRACTITIONER_NOT_FOUND", {{"practitioner_id", c.family_doctor_id}}};
    }
    const auto contracted = work.tx.select_one(store::kDoctorContracts, c.family_doctor_id)->i64(0);
    if (const auto quota = domain::check_quota(contracted, policy); !quota.ok()) {
        return quota.refusal();
    }
    return std::nullopt;
}

std::string next_number(Work& work) {
    const std::string scope = fmt::format("{}{:04}", work.district, work.today.year());
    return fmt::format("{}{:08}", scope, work.tx.select_one(store::kNextNumber, scope)->i64(0));
}

Outcome<Signing> may_sign(Work& work, const Contract& c, const Signature& signature,
                          const domain::ContractPolicy& policy, const Contract* ending) {
    Signing signing{signature, contract_head(work, c.resident_id)};
    auto good = domain::check_signature(c, signature.method, signature.document_id);
    if (!good.ok()) return good.refusal();
    good = domain::check_period(c.valid_from, c.valid_to, work.today, policy);
    if (!good.ok()) return good.refusal();
    std::vector<Contract> others = store::contracts_of(work.tx, c.resident_id);
    for (Contract& other : others) {
        if (ending != nullptr && other.contract_id == ending->contract_id) other = *ending;
    }
    good = domain::check_no_overlap(c, others);
    if (!good.ok()) return good.refusal();
    return signing;
}

void start_if_due(Work& work, Contract& c, const PackPtr& pack,
                  const domain::ContractPolicy& policy) {
    if (c.state != ContractState::kSigned || work.today < c.valid_from) return;
    const auto applied = apply(work, c, ContractAction::kStart, ContractState::kActive, policy);
    YILIAN_INVARIANT(applied.ok(), "directory: a signed contract must be able to start");
    work.append(store::contract_event(ContractEvent::kActivated, work.event_context(*pack), c));
}

void sign(Work& work, Contract& c, ContractAction action, const Signing& signing,
          const PackPtr& pack) {
    if (work.tx.run(store::kRaiseContractHead, c.resident_id, signing.head) == 0) {
        throw storage::StorageError(storage::StorageError::Kind::kConflict,
                                    "another contract of the resident was signed meanwhile");
    }
    const domain::ContractPolicy policy = contract_policy(*pack);
    c.signed_at = work.now;
    c.signature_method = signing.signature.method;
    c.signature_document_id = signing.signature.document_id;
    if (const auto resident = store::resident(work.tx, c.resident_id)) {
        c.key_groups = key_groups_of(work.tx, resident->record, c.valid_from, *pack);
    }
    const auto applied = apply(work, c, action, ContractState::kSigned, policy);
    YILIAN_INVARIANT(applied.ok(), "directory: signing refused after its guards");
    const std::string event_id =
        work.append(store::contract_event(ContractEvent::kSigned, work.event_context(*pack), c));
    record_evidence(work, {.event_id = event_id,
                           .ref = c.contract_id,
                           .resident_id = c.resident_id,
                           .item_code = "",
                           .rule_id = c.fee_fen > 0 ? "paid_contract" : "contract_without_fee",
                           .done_by = work.actor.id,
                           .done_on = work.today,
                           .known_at = work.now});
    start_if_due(work, c, pack, policy);
}

domain::ContractPolicy contract_policy(const policy::Pack& pack) {
    return {.period_min_months = pack.get(policy::kContractPeriodMinMonths),
            .period_max_months = pack.get(policy::kContractPeriodMaxMonths),
            .period_flexible = pack.get(policy::kContractPeriodFlexible),
            .offer_valid_days = pack.get(policy::kContractOfferValidDays),
            .void_days = pack.get(policy::kContractVoidDays),
            .renewal_notice_days = pack.get(policy::kContractRenewalNoticeDays),
            .residents_per_doctor_max = pack.get(policy::kContractResidentsPerDoctorMax)};
}

std::vector<std::string> key_groups_of(storage::Transaction& tx, const v1::Resident& resident,
                                       CivilDate on, const policy::Pack& pack) {
    domain::KeyGroupFacts facts;
    facts.birth_date = *CivilDate::parse(resident.birth_date());
    for (const v1::HealthCode& code : resident.health_codes()) {
        if (code.kind() == v1::HEALTH_CODE_KIND_SPECIAL_GROUP && code.to().empty()) {
            facts.special_groups.push_back(code.code());
        }
    }
    for (const storage::Row& row : tx.select(store::kDiseasesOf, resident.resident_id())) {
        facts.diseases.push_back(row.text(0));
    }
    return domain::key_groups(facts, on, pack.get(policy::kContractKeyGroups));
}

}  // namespace yilian::directory::app
