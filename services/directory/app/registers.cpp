#include "services/directory/app/registers.h"

#include <algorithm>
#include <utility>

#include "google/protobuf/util/message_differencer.h"
#include "libs/policy/keys.h"
#include "services/directory/app/contracts.h"
#include "services/directory/store/event_codec.h"
#include "services/directory/store/queries.h"

namespace yilian::directory::app {
namespace {

using google::protobuf::util::MessageDifferencer;

bool contains(const policy::Words& words, const std::string& word) {
    return std::ranges::find(words, word) != words.end();
}

template <class Msg>
Msg without_etag(Msg m) {
    m.clear_etag();
    return m;
}

// Decides between new, changed and unchanged and saves; `save` takes the stored record.
template <class Msg, class Save>
Outcome<Registered> put(std::optional<store::Stored<Msg>> there, const Msg& what,
                        std::string_view batch_id, bool must_be_new, Save save) {
    const Msg wanted = without_etag(what);
    if (there && MessageDifferencer::Equals(there->record, wanted)) return Registered::kUnchanged;
    if (there && must_be_new) return Reason("ID_REUSED");
    store::Stored<Msg> stored{wanted, there ? there->batch_id : std::string(batch_id),
                              there ? there->changes : 0};
    save(stored);
    return there ? Registered::kChanged : Registered::kNew;
}

std::optional<Refusal> refuse_roles(const v1::Team& team, const policy::Pack& pack) {
    const policy::Words& allowed = pack.get(policy::kContractTeamRolesAllowed);
    Refusal missing{"ROLE_MISSING"};
    for (const std::string& role : pack.get(policy::kContractTeamRolesRequired)) {
        const bool there = std::ranges::any_of(
            team.members(), [&](const v1::TeamMember& m) { return m.role() == role; });
        if (!there) missing.metadata.emplace_back("role", role);
    }
    if (!missing.metadata.empty()) return missing;
    for (const v1::TeamMember& member : team.members()) {
        if (!allowed.empty() && !contains(allowed, member.role())) {
            return Refusal{"ROLE_NOT_ALLOWED", {{"role", member.role()}}};
        }
    }
    return std::nullopt;
}

std::optional<Refusal> refuse_members(Work& work, const store::PersonalData& personal,
                                      const v1::Team& team) {
    for (const v1::TeamMember& member : team.members()) {
        if (!store::practitioner(work.tx, personal, member.practitioner_id())) {
            return Refusal{"PRACTITIONER_NOT_LICENSED",
                           {{"practitioner_id", member.practitioner_id()}}};
        }
        if (member.capacity_share_bp() > 10000) {
            return Refusal{"CAPACITY_EXCEEDED",
                           {{"practitioner_id", member.practitioner_id()}}};
        }
    }
    return std::nullopt;
}

Outcome<store::Stored<v1::Resident>> living(Work& work, const std::string& resident_id,
                                            std::string_view etag) {
    auto stored = store::resident(work.tx, resident_id);
    if (!stored) return Reason("RESIDENT_NOT_FOUND");
    if (auto refusal = runtime::check_etag(etag, stored->changes)) return *refusal;
    if (stored->record.state() == v1::RESIDENT_STATE_DECEASED) return Reason("RESIDENT_DECEASED");
    return *std::move(stored);
}

}  // namespace

Outcome<Registered> register_institution(Work& work, const v1::Institution& what,
                                         std::string_view batch_id, bool must_be_new) {
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    if (!contains((*pack)->get(policy::kDirectoryInstitutionClasses), what.class_())) {
        return Refusal{"CLASS_NOT_ENABLED", {{"class", what.class_()}}};
    }
    if (!what.parent_institution_id().empty() &&
        !store::institution(work.tx, what.parent_institution_id())) {
        return Refusal{"INSTITUTION_NOT_FOUND",
                       {{"institution_id", what.parent_institution_id()}}};
    }
    const auto result =
        put(store::institution(work.tx, what.institution_id()), what, batch_id, must_be_new,
            [&](auto& stored) { store::save(work.tx, stored); });
    if (result.ok() && *result != Registered::kUnchanged) {
        work.append(store::institution_event(work.event_context(**pack), what,
                                             *result == Registered::kNew));
    }
    return result;
}

Outcome<Registered> set_membership(Work& work, const v1::Membership& what,
                                   std::string_view batch_id) {
    if (!store::institution(work.tx, what.institution_id())) {
        return Refusal{"INSTITUTION_NOT_FOUND", {{"institution_id", what.institution_id()}}};
    }
    for (const v1::Membership& m :
         store::memberships(work.tx, "", what.institution_id(), "", 1000)) {
        if (MessageDifferencer::Equals(m, what)) return Registered::kUnchanged;
        const bool same_row = m.consortium_id() == what.consortium_id() && m.from() == what.from();
        const bool apart = (!m.to().empty() && m.to() < what.from()) ||
                           (!what.to().empty() && what.to() < m.from());
        if (!same_row && !apart) {
            return Refusal{"VALIDITY_OVERLAP", {{"consortium_id", m.consortium_id()}}};
        }
    }
    store::save(work.tx, what, batch_id);
    work.append(store::membership_changed(work.event_context(), what));
    return Registered::kNew;
}

Outcome<Registered> register_practitioner(Work& work, const store::PersonalData& personal,
                                          const v1::Practitioner& what, std::string_view batch_id,
                                          bool must_be_new) {
    for (const std::string& id : what.institution_ids()) {
        if (!store::institution(work.tx, id)) {
            return Refusal{"INSTITUTION_NOT_FOUND", {{"institution_id", id}}};
        }
    }
    if (!what.valid_to().empty() && what.valid_to() < what.valid_from()) {
        return Reason("VALIDITY_OVERLAP");
    }
    const auto result =
        put(store::practitioner(work.tx, personal, what.practitioner_id()), what, batch_id,
            must_be_new, [&](auto& stored) { store::save(work.tx, personal, stored); });
    if (result.ok() && *result != Registered::kUnchanged) {
        work.append(store::practitioner_event(work.event_context(), what,
                                              *result == Registered::kNew));
    }
    return result;
}

Outcome<Registered> register_team(Work& work, const store::PersonalData& personal, v1::Team what,
                                  std::string_view batch_id, bool must_be_new) {
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    if (!store::institution(work.tx, what.institution_id())) {
        return Refusal{"INSTITUTION_NOT_FOUND", {{"institution_id", what.institution_id()}}};
    }
    if (auto refusal = refuse_roles(what, **pack)) return *refusal;
    if (auto refusal = refuse_members(work, personal, what)) return *refusal;
    if (what.model().empty()) what.set_model((*pack)->get(policy::kContractTeamModel));
    what.set_state(v1::TEAM_STATE_ACTIVE);
    const auto result = put(store::team(work.tx, what.team_id()), what, batch_id, must_be_new,
                            [&](auto& stored) { store::save(work.tx, stored); });
    if (result.ok() && *result != Registered::kUnchanged) {
        work.append(
            store::team_event(work.event_context(**pack), what, *result == Registered::kNew));
    }
    return result;
}

Outcome<RegisteredResident> register_resident(Work& work, const store::PersonalData& personal,
                                              NewResident what, std::string_view batch_id) {
    v1::Resident& r = what.resident;
    if (auto known = store::resident_of_document(work.tx, personal, what.identity.document_kind(),
                                                 what.identity.document_number())) {
        return RegisteredResident{*std::move(known), true};
    }
    if (r.resident_id().empty()) r.set_resident_id(work.ids.next_ulid());
    if (store::resident(work.tx, r.resident_id())) {
        return Refusal{"ID_REUSED", {{"resident_id", r.resident_id()}}};
    }
    r.set_state(v1::RESIDENT_STATE_ALIVE);
    if (r.effective_on().empty()) r.set_effective_on(work.today.text());
    store::Stored<v1::Resident> stored{r, std::string(batch_id), 0};
    store::save(work.tx, stored);
    store::save_identity(work.tx, personal, r.resident_id(), what.identity);
    work.append(store::resident_registered(work.event_context(), r));
    if (!r.health_codes().empty()) {
        for (const v1::HealthCode& code : r.health_codes()) {
            store::save_health_code(work.tx, r.resident_id(), code);
        }
        work.append(store::health_codes_recorded(work.event_context(), r, work.actor.id,
                                                 work.actor.institution_id, work.today.text()));
    }
    return RegisteredResident{r.resident_id(), false};
}

Outcome<Allowed> record_health_code(Work& work, const std::string& resident_id,
                                    std::string_view etag, v1::HealthCode code, bool ended) {
    auto found = living(work, resident_id, etag);
    if (!found.ok()) return found.refusal();
    store::Stored<v1::Resident> stored = std::move(found).value();
    code.set_recorded_by(work.actor.id);
    code.set_recorded_on(work.today.text());
    if (code.from().empty()) code.set_from(work.today.text());
    for (const v1::HealthCode& there : stored.record.health_codes()) {
        if (there.kind() == code.kind() && there.code() == code.code() && there.to().empty()) {
            const std::string on = code.from();
            code.set_from(there.from());
            if (ended) code.set_to(on);
        }
    }
    store::save_health_code(work.tx, resident_id, code);
    store::save(work.tx, stored);
    const auto now = store::resident(work.tx, resident_id);
    work.append(store::health_codes_recorded(work.event_context(), now->record, work.actor.id,
                                             work.actor.institution_id, work.today.text()));
    return Allowed{};
}

Outcome<Allowed> record_death(Work& work, const std::string& resident_id, std::string_view etag,
                              std::string_view on) {
    auto found = living(work, resident_id, etag);
    if (!found.ok()) return found.refusal();
    store::Stored<v1::Resident> stored = std::move(found).value();
    stored.record.set_state(v1::RESIDENT_STATE_DECEASED);
    stored.record.set_deceased_on(std::string(on));
    store::save(work.tx, stored);
    work.append(store::resident_deceased(work.event_context(), stored.record));
    return end_contracts_of(work, resident_id, "DIED");
}

Outcome<Allowed> move_resident(Work& work, const std::string& resident_id, std::string_view etag,
                               const std::string& to_institution_id, bool outside,
                               std::string_view on) {
    auto found = living(work, resident_id, etag);
    if (!found.ok()) return found.refusal();
    if (!to_institution_id.empty() && !store::institution(work.tx, to_institution_id)) {
        return Refusal{"INSTITUTION_NOT_FOUND", {{"institution_id", to_institution_id}}};
    }
    store::Stored<v1::Resident> stored = std::move(found).value();
    const std::string from = stored.record.home_institution_id();
    stored.record.set_home_institution_id(to_institution_id);
    stored.record.set_moved_outside(outside);
    store::save(work.tx, stored);
    work.append(
        store::resident_moved(work.event_context(), stored.record, from, outside, on));
    return outside ? end_contracts_of(work, resident_id, "MOVED") : Outcome<Allowed>(Allowed{});
}

}  // namespace yilian::directory::app
