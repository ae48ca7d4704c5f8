#include "services/billing/consume/handlers.h"

#include <algorithm>
#include <utility>

#include "libs/events/registry.h"
#include "libs/runtime/policy_packs.h"
#include "services/billing/app/benefit_years.h"
#include "services/billing/app/enrolments.h"
#include "services/billing/app/findings.h"
#include "services/billing/store/copies.h"
#include "services/billing/store/copy_queries.h"
#include "services/billing/store/list_codec.h"
#include "services/billing/store/list_rows.h"
#include "services/billing/store/queries.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/prescriptions/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::billing::consume {
namespace {

using app::Env;
using app::Unit;
using outbox::ConsumeContext;

namespace dir = directory::v1;

// Writes the copy, names the change, and draws what follows unless only the copy is made anew.
class Fact {
  public:
    Fact(ConsumeContext& context, const Env& env) : context_(context), env_(env) {}

    template <class... Args>
    void copy(std::string_view kind, const std::string& key, const storage::Query& query,
              Args&&... args) {
        context_.tx.run(query, std::forward<Args>(args)...);
        context_.effect(kind, key);
    }
    template <class Follow>
    void then(Follow follow) {
        if (context_.rebuilding) return;
        Unit unit = app::unit_of(context_, env_);
        follow(unit);
    }
    [[nodiscard]] ConsumeContext& context() { return context_; }
    [[nodiscard]] const Env& env() const { return env_; }

  private:
    ConsumeContext& context_;
    const Env& env_;
};

struct Builder {
    const Env& env;
    outbox::Subscriptions handlers{};

    template <class Msg>
    void on(std::function<void(Fact&, const Msg&)> handle) {
        const events::EventType* type = events::event_type_of(*Msg::descriptor());
        YILIAN_INVARIANT(type != nullptr, "billing: a message without event option");
        handlers.emplace(type->type, [f = std::move(handle), e = &env](ConsumeContext& context) {
            Msg message;
            if (!message.ParseFromString(context.event.payload)) {
                throw outbox::PoisonEvent("PAYLOAD_INVALID");
            }
            Fact fact(context, *e);
            f(fact, message);
        });
    }
};

const std::string& need_date(const std::string& text) {
    if (!CivilDate::parse(text).ok()) throw outbox::PoisonEvent("DATE_INVALID");
    return text;
}
const std::string& optional_date(const std::string& text) {
    return text.empty() ? text : need_date(text);
}

template <class Msg>
void keep_resident(Fact& fact, const Msg& m) {
    fact.copy("resident_copy", m.resident_id(), store::kSaveResident, m.resident_id(),
              std::int64_t{m.sex()}, need_date(m.birth_date()));
    const std::string insurance = store::insurance_name(m.insurance());
    if (!insurance.empty()) {
        fact.copy("insurance_copy", m.resident_id() + '/' + m.effective_on(), store::kSaveInsurance,
                  m.resident_id(), need_date(m.effective_on()), insurance);
    }
    fact.then([&](Unit& unit) { app::refresh_resident(unit, m.resident_id()); });
}

void on_residents(Builder& b) {
    b.on<dir::ResidentRegistered>([](Fact& f, const auto& m) { keep_resident(f, m); });
    b.on<dir::ResidentChanged>([](Fact& f, const auto& m) { keep_resident(f, m); });
    b.on<dir::ResidentDeceased>([](Fact& f, const auto& m) {
        f.copy("resident_copy", m.resident_id(), store::kResidentDied, m.resident_id(),
               need_date(m.on()));
        f.then([&](Unit& unit) { app::refresh_resident(unit, m.resident_id()); });
    });
    b.on<dir::ResidentMoved>([](Fact& f, const auto& m) {
        // Inside the district the contract says whether the consortium changes.
        f.copy("resident_copy", m.resident_id(), store::kResidentLeft, m.resident_id(),
               m.outside() ? need_date(m.on()) : std::string());
        f.then([&](Unit& unit) { app::refresh_resident(unit, m.resident_id()); });
    });
    b.on<dir::ResidentMerged>([](Fact& f, const auto& m) {
        f.copy("resident_copy", m.from(), store::kResidentMerged, m.from(), m.to());
        f.then([&](Unit& unit) {
            app::refresh_resident(unit, m.from());
            app::reprice_all(unit, m.to());
        });
    });
    b.on<dir::ResidentSplit>([](Fact& f, const auto& m) {
        // The key is the id that was split; the ids that come out of it stand for themselves again.
        for (const std::string& id : m.to()) {
            if (id == m.from()) continue;
            f.copy("resident_copy", id, store::kResidentMerged, id, std::string());
        }
        f.copy("resident_copy", m.from(), store::kResidentMerged, m.from(), std::string());
        f.then([&](Unit& unit) {
            app::refresh_resident(unit, m.from());
            app::reprice_all(unit, m.from());
            for (const std::string& id : m.to()) {
                if (id == m.from()) continue;
                app::refresh_resident(unit, id);
                app::reprice_all(unit, id);
            }
        });
    });
}

template <class Msg>
void keep_institution(Fact& f, const Msg& m) {
    f.copy("institution_copy", m.institution_id() + '/' + m.effective_on(), store::kSaveInstitution,
           m.institution_id(), need_date(m.effective_on()), m.class_(),
           store::level_name(m.level()), m.parent_institution_id(),
           optional_date(m.agreement_from()), optional_date(m.agreement_to()));
    f.then([&](Unit& unit) { app::refresh_institution(unit, m.institution_id()); });
}

template <class Msg>
void keep_team(Fact& f, const Msg& m, bool dissolved) {
    f.copy("team_copy", m.team_id(), store::kSaveTeam, m.team_id(), m.institution_id(),
           m.successor_id(), dissolved);
}

void on_institutions(Builder& b) {
    b.on<dir::InstitutionRegistered>([](Fact& f, const auto& m) { keep_institution(f, m); });
    b.on<dir::InstitutionChanged>([](Fact& f, const auto& m) { keep_institution(f, m); });
    b.on<dir::ConsortiumMembershipChanged>([](Fact& f, const auto& m) {
        f.copy("membership_copy", m.institution_id() + '/' + m.consortium_id() + '/' + m.from(),
               store::kSaveMembership, m.consortium_id(), m.institution_id(), need_date(m.from()),
               optional_date(m.to()), m.role() == dir::MEMBERSHIP_ROLE_LEAD ? "LEAD" : "MEMBER");
        f.then([&](Unit& unit) { app::refresh_institution(unit, m.institution_id()); });
    });
    b.on<dir::TeamCreated>([](Fact& f, const auto& m) { keep_team(f, m, false); });
    b.on<dir::TeamMembersChanged>([](Fact& f, const auto& m) { keep_team(f, m, false); });
    b.on<dir::TeamDissolved>([](Fact& f, const auto& m) { keep_team(f, m, true); });
    b.on<dir::FeeSplitComputed>([](Fact& f, const auto& m) {
        const std::string key = m.team_id() + '/' + m.period();
        f.context().tx.run(store::kClearFeeShares, m.team_id(), m.period());
        for (const auto& share : m.shares()) {
            f.copy("fee_share_copy", key + '/' + share.practitioner_id(), store::kSaveFeeShare,
                   m.team_id(), m.period(), share.practitioner_id(), share.amount_fen());
        }
    });
}

template <class Msg>
void keep_contract(Fact& f, const Msg& m, const char* state) {
    f.copy("contract_copy", m.contract_id(), store::kSaveContract, m.contract_id(), m.resident_id(),
           m.team_id(), m.institution_id(), need_date(m.valid_from()), need_date(m.valid_to()),
           state, m.fee_fen());
    f.then([&](Unit& unit) { app::refresh_resident(unit, m.resident_id()); });
}

template <class Msg>
void end_contract(Fact& f, const Msg& m) {
    f.copy("contract_copy", m.contract_id(), store::kEndContract, m.contract_id(),
           need_date(m.effective_on()));
    f.then([&](Unit& unit) { app::refresh_resident(unit, m.resident_id()); });
}

void on_contracts(Builder& b) {
    b.on<dir::ContractActivated>([](Fact& f, const auto& m) { keep_contract(f, m, "ACTIVE"); });
    b.on<dir::ContractVoided>([](Fact& f, const auto& m) { keep_contract(f, m, "VOID"); });
    b.on<dir::ContractEnded>([](Fact& f, const auto& m) { end_contract(f, m); });
    b.on<dir::ContractTeamChanged>([](Fact& f, const auto& m) { end_contract(f, m); });
    b.on<dir::ContractRenewed>([](Fact& f, const auto& m) {
        // The old contract runs out at its own last day; the new one opens by its activation.
        f.then([&](Unit& unit) { app::refresh_resident(unit, m.resident_id()); });
    });
}

void on_registries(Builder& b) {
    b.on<registries::v1::ResidentEnrolled>([](Fact& f, const auto& m) {
        f.copy("chronic_copy", m.enrolment_id(), store::kSaveChronic, m.enrolment_id(),
               m.resident_id(), m.disease_code(), need_date(m.confirmed_on()));
        f.then([&](Unit& unit) { app::refresh_resident(unit, m.resident_id()); });
    });
    b.on<registries::v1::EnrolmentClosed>([](Fact& f, const auto& m) {
        f.copy("chronic_copy", m.enrolment_id(), store::kCloseChronic, m.enrolment_id(),
               m.resident_id(), m.disease_code(), need_date(m.effective_on()));
        f.then([&](Unit& unit) { app::refresh_resident(unit, m.resident_id()); });
    });
}

const char* direction_name(referrals::v1::Direction direction) {
    switch (direction) {
        case referrals::v1::DIRECTION_UP:
        case referrals::v1::DIRECTION_EMERGENCY:
            return "UP";
        case referrals::v1::DIRECTION_DOWN:
            return "DOWN";
        default:
            return "NONE";
    }
}

void on_evidence(Builder& b) {
    b.on<referrals::v1::ReferralEvidenceIssued>([](Fact& f, const auto& m) {
        const auto time = [](bool has, const auto& t) {
            return has ? storage::Value(store::instant_of(t)) : storage::Value();
        };
        f.copy("evidence_copy", m.evidence_id(), store::kSaveEvidence, m.evidence_id(),
               m.referral_id(), f.context().event.sequence, m.chain_id(), m.resident_id(),
               m.from_institution_id(), m.to_institution_id(), direction_name(m.direction()),
               m.beyond_county(), m.valid(), time(m.has_arrived_at(), m.arrived_at()),
               time(m.has_admitted_at(), m.admitted_at()), store::instant_of(m.issued_at()));
        f.then([&](Unit& unit) {
            for (const storage::Row& row :
                 unit.tx.select(store::kListsByEvidence, m.referral_id())) {
                app::reprice(unit, row.text(0), CivilDate::parse(row.text(1) + "-01-01")->year());
            }
        });
    });
}

void on_dispenses(Builder& b) {
    b.on<prescriptions::v1::LineDispensed>([](Fact& f, const auto& m) {
        f.copy("dispense_copy", m.dispense_id() + '/' + std::to_string(m.line_no()),
               store::kSaveDispense, m.dispense_id(), std::int64_t{m.line_no()},
               m.prescription_id(), m.resident_id(), m.dispenser_institution_id(),
               m.quantity_milli(), need_date(m.dispensed_on()));
    });
    b.on<prescriptions::v1::DispenseReversed>([](Fact& f, const auto& m) {
        f.copy("dispense_copy", m.dispense_id() + '/' + std::to_string(m.line_no()),
               store::kReverseDispense, m.dispense_id(), std::int64_t{m.line_no()});
        f.then([&](Unit& unit) { app::check_undone_dispense(unit, m.prescription_id()); });
    });
    b.on<prescriptions::v1::TraceConflict>([](Fact& f, const auto& m) {
        f.then([&](Unit& unit) {
            app::raise_trace_conflict(unit, m.conflict_id(), m.institution_id());
        });
    });
}

template <class... Msg>
std::vector<std::string> types_of() {
    return {events::event_type_of(*Msg::descriptor())->type...};
}

std::vector<outbox::Projection> projections() {
    using outbox::ProjectionTable;
    return {
        {"residents",
         {ProjectionTable::of("resident_copies", "resident_id"),
          ProjectionTable::of("insurance_copies", "resident_id, effective_on")},
         types_of<dir::ResidentRegistered, dir::ResidentChanged, dir::ResidentDeceased,
                  dir::ResidentMoved, dir::ResidentMerged, dir::ResidentSplit>()},
        {"institutions",
         {ProjectionTable::of("institution_copies", "institution_id, effective_on"),
          ProjectionTable::of("membership_copies", "institution_id, consortium_id, from_on")},
         types_of<dir::InstitutionRegistered, dir::InstitutionChanged,
                  dir::ConsortiumMembershipChanged>()},
        {"teams",
         {ProjectionTable::of("team_copies", "team_id"),
          ProjectionTable::of("fee_share_copies", "team_id, period, practitioner_id")},
         types_of<dir::TeamCreated, dir::TeamMembersChanged, dir::TeamDissolved,
                  dir::FeeSplitComputed>()},
        {"contracts",
         {ProjectionTable::of("contract_copies", "contract_id")},
         types_of<dir::ContractActivated, dir::ContractVoided, dir::ContractEnded,
                  dir::ContractTeamChanged, dir::ContractRenewed>()},
        {"chronic",
         {ProjectionTable::of("chronic_copies", "enrolment_id")},
         types_of<registries::v1::ResidentEnrolled, registries::v1::EnrolmentClosed>()},
        {"evidence",
         {ProjectionTable::of("evidence_copies", "evidence_id")},
         types_of<referrals::v1::ReferralEvidenceIssued>()},
        {"dispenses",
         {ProjectionTable::of("dispense_copies", "dispense_id, line_no")},
         types_of<prescriptions::v1::LineDispensed, prescriptions::v1::DispenseReversed>()},
    };
}

}  // namespace

outbox::Subscriptions handlers(const Env& env) {
    Builder b{env};
    on_residents(b);
    on_institutions(b);
    on_contracts(b);
    on_registries(b);
    on_evidence(b);
    on_dispenses(b);
    return std::move(b.handlers);
}

void bind(runtime::Wiring& wiring, const Env& env) {
    for (auto& [type, handler] : handlers(env)) wiring.on_event_type(type, handler);
    runtime::follow_policy_packs(wiring);
    for (outbox::Projection& projection : projections()) {
        wiring.projection(std::move(projection));
    }
}

}  // namespace yilian::billing::consume
