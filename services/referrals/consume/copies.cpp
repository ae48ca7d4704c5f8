#include "services/referrals/consume/copies.h"

#include <algorithm>
#include <string>

#include "libs/outbox/consumer.h"
#include "services/referrals/store/copy_queries.h"
#include "services/referrals/store/values.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/prescriptions/v1/events.pb.h"

namespace yilian::referrals::consume {
namespace {

using outbox::ConsumeContext;
using runtime::Wiring;

storage::Value text_or_null(const std::string& text) {
    return text.empty() ? storage::Value() : storage::Value(text);
}

template <class Msg>
void save_resident(ConsumeContext& c, const Msg& m) {
    c.tx.run(store::kSaveResident, m.resident_id(), static_cast<std::int64_t>(m.sex()),
             m.birth_date(), c.event.id);
    c.effect("resident_copy", m.resident_id());
}

template <class Msg>
void save_institution(ConsumeContext& c, const Msg& m) {
    c.tx.run(store::kSaveInstitution, m.institution_id(), m.class_(),
             static_cast<std::int64_t>(m.level()), m.parent_institution_id(), c.event.id);
    c.effect("institution_copy", m.institution_id());
}

template <class Msg>
void save_practitioner(ConsumeContext& c, const Msg& m) {
    c.tx.run(store::kSavePractitioner, m.practitioner_id(),
             store::join(store::strings(m.institution_ids())), m.title(),
             store::join(store::strings(m.rights())), m.valid_from(), text_or_null(m.valid_to()),
             c.event.id);
    c.effect("practitioner_copy", m.practitioner_id());
}

template <class Msg>
void save_contract(ConsumeContext& c, const Msg& m, bool voided) {
    c.tx.run(store::kSaveContract, m.contract_id(), m.resident_id(), m.team_id(),
             m.institution_id(), m.valid_from(), m.valid_to(), voided, c.event.id);
    c.effect("contract_copy", m.contract_id());
}

// The contract holds to its last day, or to the day from which the end holds when that is earlier.
template <class Msg>
void end_contract(ConsumeContext& c, const Msg& m) {
    const std::string& valid_to = m.valid_to();
    const std::string& effective = m.effective_on();
    const std::string last = valid_to.empty()    ? effective
                             : effective.empty() ? valid_to
                                                 : std::min(valid_to, effective);
    c.tx.run(store::kEndContract, m.contract_id(), last, c.event.id);
    c.effect("contract_copy", m.contract_id());
}

template <class Msg>
void save_team(ConsumeContext& c, const Msg& m, bool dissolved) {
    c.tx.run(store::kSaveTeam, m.team_id(), m.institution_id(), m.leader_id(), m.successor_id(),
             dissolved, c.event.id);
    c.effect("team_copy", m.team_id());
}

template <class Msg>
std::string type_of() {
    return Msg::descriptor()->options().GetExtension(common::v1::event).type();
}

void bind_directory(Wiring& w) {
    using namespace directory::v1;
    w.on_event<ResidentRegistered>([](ConsumeContext& c, const auto& m) { save_resident(c, m); });
    w.on_event<ResidentChanged>([](ConsumeContext& c, const auto& m) { save_resident(c, m); });
    w.on_event<InstitutionRegistered>(
        [](ConsumeContext& c, const auto& m) { save_institution(c, m); });
    w.on_event<InstitutionChanged>(
        [](ConsumeContext& c, const auto& m) { save_institution(c, m); });
    w.on_event<ConsortiumMembershipChanged>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kSaveMembership, m.consortium_id(), m.institution_id(), m.from(),
                 text_or_null(m.to()), static_cast<std::int64_t>(m.role()), c.event.id);
        c.effect("membership_copy", m.consortium_id() + "/" + m.institution_id() + "/" + m.from());
    });
    w.on_event<PractitionerRegistered>(
        [](ConsumeContext& c, const auto& m) { save_practitioner(c, m); });
    w.on_event<PractitionerRightsChanged>(
        [](ConsumeContext& c, const auto& m) { save_practitioner(c, m); });
    w.on_event<ContractActivated>(
        [](ConsumeContext& c, const auto& m) { save_contract(c, m, false); });
    w.on_event<ContractVoided>([](ConsumeContext& c, const auto& m) { save_contract(c, m, true); });
    w.on_event<ContractRenewed>([](ConsumeContext& c, const auto& m) { end_contract(c, m); });
    w.on_event<ContractTeamChanged>([](ConsumeContext& c, const auto& m) { end_contract(c, m); });
    w.on_event<ContractEnded>([](ConsumeContext& c, const auto& m) { end_contract(c, m); });
    w.on_event<TeamCreated>([](ConsumeContext& c, const auto& m) { save_team(c, m, false); });
    w.on_event<TeamMembersChanged>(
        [](ConsumeContext& c, const auto& m) { save_team(c, m, false); });
    w.on_event<TeamDissolved>([](ConsumeContext& c, const auto& m) { save_team(c, m, true); });
}

}  // namespace

void bind_copies(Wiring& w) {
    bind_directory(w);
    w.on_event<prescriptions::v1::LineDispensed>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kSaveDispense, m.dispense_id(), std::int64_t{m.line_no()}, m.resident_id(),
                 m.generic_code(), m.dispensed_on(), c.event.id);
        c.effect("dispense_copy", m.dispense_id() + "/" + std::to_string(m.line_no()));
    });
    w.on_event<prescriptions::v1::DispenseReversed>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kReverseDispense, m.dispense_id(), std::int64_t{m.line_no()}, c.event.id);
        c.effect("dispense_copy", m.dispense_id() + "/" + std::to_string(m.line_no()));
    });
}

void bind_projections(Wiring& w) {
    using namespace directory::v1;
    using outbox::ProjectionTable;
    w.projection({.name = "institutions",
                  .tables = {ProjectionTable::of("institution_copies", "institution_id"),
                             ProjectionTable::of("membership_copies",
                                                 "consortium_id, institution_id, valid_from")},
                  .types = {type_of<InstitutionRegistered>(), type_of<InstitutionChanged>(),
                            type_of<ConsortiumMembershipChanged>()}});
    w.projection(
        {.name = "practitioners",
         .tables = {ProjectionTable::of("practitioner_copies", "practitioner_id")},
         .types = {type_of<PractitionerRegistered>(), type_of<PractitionerRightsChanged>()}});
    w.projection({.name = "residents",
                  .tables = {ProjectionTable::of("resident_copies", "resident_id")},
                  .types = {type_of<ResidentRegistered>(), type_of<ResidentChanged>(),
                            type_of<ResidentDeceased>()}});
    w.projection({.name = "contracts",
                  .tables = {ProjectionTable::of("contract_copies", "contract_id")},
                  .types = {type_of<ContractActivated>(), type_of<ContractVoided>(),
                            type_of<ContractRenewed>(), type_of<ContractTeamChanged>(),
                            type_of<ContractEnded>()}});
    w.projection({.name = "teams",
                  .tables = {ProjectionTable::of("team_copies", "team_id")},
                  .types = {type_of<TeamCreated>(), type_of<TeamMembersChanged>(),
                            type_of<TeamDissolved>()}});
    w.projection({.name = "dispensing",
                  .tables = {ProjectionTable::of("dispense_copies", "dispense_id, line_no")},
                  .types = {type_of<prescriptions::v1::LineDispensed>(),
                            type_of<prescriptions::v1::DispenseReversed>()}});
}

}  // namespace yilian::referrals::consume
