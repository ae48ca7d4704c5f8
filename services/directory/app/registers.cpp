#include "services/directory/app/registers.h"

#include <algorithm>
#include <map>
#include <utility>

#include "google/protobuf/util/message_differencer.h"
#include "libs/policy/keys.h"
#include "services/directory/store/event_codec.h"
#include "services/directory/store/queries.h"

namespace yilian::directory::app {
namespace {

using google::protobuf::util::MessageDifferencer;

constexpr std::int64_t kWholeTimeBp = 10'000;
constexpr std::int64_t kSpansMax = 1000;  // of one consortium or institution

bool contains(const policy::Words& words, const std::string& word) {
    return std::ranges::find(words, word) != words.end();
}

bool institution_known(Work& work, const Writing& writing, const std::string& id) {
    return writing.planned.contains("institution/" + id) ||
           store::institution(work.tx, id).has_value();
}

// Decides between new, changed and unchanged and saves; `save` takes the stored record.
template <class Msg, class Save>
Outcome<Registered> put(const std::optional<store::Stored<Msg>>& there, Msg wanted,
                        Writing& writing, std::string key, Save save) {
    wanted.clear_etag();
    if (there && MessageDifferencer::Equals(there->record, wanted)) return Registered::kUnchanged;
    if (there && writing.must_be_new) return Reason("ID_REUSED");
    if (writing.dry_run) {
        writing.planned.emplace(std::move(key), "");
    } else {
        store::Stored<Msg> stored{std::move(wanted), there ? there->batch_id : writing.batch_id,
                                  there ? there->changes : 0};
        save(stored);
    }
    return there ? Registered::kChanged : Registered::kNew;
}

bool to_be_told(const Outcome<Registered>& result, const Writing& writing) {
    return result.ok() && *result != Registered::kUnchanged && !writing.dry_run;
}

bool apart(const v1::Membership& a, const v1::Membership& b) {
    return (!a.to().empty() && a.to() < b.from()) || (!b.to().empty() && b.to() < a.from());
}

bool same_row(const v1::Membership& a, const v1::Membership& b) {
    return a.consortium_id() == b.consortium_id() && a.institution_id() == b.institution_id() &&
           a.from() == b.from();
}

std::optional<Refusal> refuse_span(Work& work, const v1::Membership& what) {
    for (const v1::Membership& m :
         store::memberships(work.tx, "", what.institution_id(), "", kSpansMax)) {
        if (!same_row(m, what) && !apart(m, what)) {
            return Refusal{"VALIDITY_OVERLAP", {{"consortium_id", m.consortium_id()}}};
        }
    }
    if (what.role() != v1::MEMBERSHIP_ROLE_LEAD) return std::nullopt;
    for (const v1::Membership& m :
         store::memberships(work.tx, what.consortium_id(), "", "", kSpansMax)) {
        if (m.role() == v1::MEMBERSHIP_ROLE_LEAD && !same_row(m, what) && !apart(m, what)) {
            return Refusal{"VALIDITY_OVERLAP", {{"lead", m.institution_id()}}};
        }
    }
    return std::nullopt;
}

std::optional<Refusal> refuse_roles(const v1::Team& team, const policy::Pack& pack) {
    const policy::Words& allowed = pack.get(policy::kContractTeamRolesAllowed);
    std::string missing;
    for (const std::string& role : pack.get(policy::kContractTeamRolesRequired)) {
        const bool there = std::ranges::any_of(
            team.members(), [&](const v1::TeamMember& m) { return m.role() == role; });
        if (!there) missing += (missing.empty() ? "" : ",") + role;
    }
    if (!missing.empty()) return Refusal{"ROLE_MISSING", {{"roles", missing}}};
    for (const v1::TeamMember& member : team.members()) {
        if (!allowed.empty() && !contains(allowed, member.role())) {
            return Refusal{"ROLE_NOT_ALLOWED", {{"roles", member.role()}}};
        }
    }
    return std::nullopt;
}

std::optional<Refusal> refuse_practitioner(Work& work, const store::PersonalData& personal,
                                           const Writing& writing, const std::string& id) {
    const auto known = store::practitioner(work.tx, personal, id);
    if (!known && writing.planned.contains("practitioner/" + id)) return std::nullopt;
    if (!known) return Refusal{"PRACTITIONER_NOT_FOUND", {{"practitioner_id", id}}};
    const std::string& last = known->record.valid_to();
    if (known->record.valid_from() > work.today.text() ||
        (!last.empty() && last < work.today.text())) {
        return Refusal{"PRACTITIONER_NOT_LICENSED", {{"practitioner_id", id}}};
    }
    return std::nullopt;
}

std::optional<Refusal> refuse_members(Work& work, const store::PersonalData& personal,
                                      const Writing& writing, const v1::Team& team) {
    std::map<std::string, std::int64_t> shares;
    for (const v1::TeamMember& member : team.members()) {
        const std::string& id = member.practitioner_id();
        if (auto refusal = refuse_practitioner(work, personal, writing, id)) return refusal;
        shares[id] += member.capacity_share_bp();
    }
    if (auto refusal = refuse_practitioner(work, personal, writing, team.leader_id())) {
        return refusal;
    }
    for (const auto& [id, share] : shares) {
        const auto elsewhere =
            work.tx.select_one(store::kSharesElsewhere, id, team.team_id())->i64(0);
        if (elsewhere + share > kWholeTimeBp) {
            return Refusal{"CAPACITY_EXCEEDED", {{"practitioner_id", id}}};
        }
    }
    return std::nullopt;
}

v1::TeamMember* same_seat(v1::Team& team, const v1::TeamMember& old) {
    for (v1::TeamMember& m : *team.mutable_members()) {
        if (m.practitioner_id() == old.practitioner_id() && m.role() == old.role()) return &m;
    }
    return nullptr;
}

// Members as they shall be, with the first days they have had and everybody who has left.
void keep_past_members(v1::Team& team, const std::optional<store::Stored<v1::Team>>& there,
                       const std::string& today) {
    std::vector<v1::TeamMember> past;
    if (there) {
        for (v1::TeamMember old : there->record.members()) {
            v1::TeamMember* const stays = old.to().empty() ? same_seat(team, old) : nullptr;
            if (stays == nullptr) {
                if (old.to().empty()) old.set_to(today);
                past.push_back(std::move(old));
            } else if (stays->from().empty()) {
                stays->set_from(old.from());
            }
        }
    }
    for (v1::TeamMember& member : *team.mutable_members()) {
        if (member.from().empty()) member.set_from(today);
    }
    for (v1::TeamMember& member : past) *team.add_members() = std::move(member);
}

}  // namespace

Outcome<Registered> register_institution(Work& work, v1::Institution what, Writing& writing) {
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    if (!contains((*pack)->get(policy::kDirectoryInstitutionClasses), what.class_())) {
        return Refusal{"FIELD_ENUM", {{"field", "class"}}};
    }
    const std::string& parent = what.parent_institution_id();
    if (!parent.empty() && !institution_known(work, writing, parent)) {
        return Refusal{"INSTITUTION_NOT_FOUND", {{"institution_id", parent}}};
    }
    const auto there = store::institution(work.tx, what.institution_id());
    if (what.effective_on().empty()) {
        what.set_effective_on(there ? there->record.effective_on() : work.today.text());
    }
    if (there && what.effective_on() < there->record.effective_on()) {
        return Refusal{"VALIDITY_OVERLAP", {{"effective_on", there->record.effective_on()}}};
    }
    const auto result = put(there, what, writing, "institution/" + what.institution_id(),
                            [&](auto& stored) { store::save(work.tx, stored); });
    if (to_be_told(result, writing)) {
        work.append(store::institution_event(work.event_context(**pack), what,
                                             *result == Registered::kNew));
    }
    return result;
}

Outcome<Registered> set_membership(Work& work, const v1::Membership& what, Writing& writing) {
    if (!institution_known(work, writing, what.institution_id())) {
        return Refusal{"INSTITUTION_NOT_FOUND", {{"institution_id", what.institution_id()}}};
    }
    bool known = false;
    for (const v1::Membership& m :
         store::memberships(work.tx, what.consortium_id(), what.institution_id(), "", kSpansMax)) {
        if (MessageDifferencer::Equals(m, what)) return Registered::kUnchanged;
        known = known || same_row(m, what);
    }
    if (auto refusal = refuse_span(work, what)) return *refusal;
    if (!writing.dry_run) {
        store::save(work.tx, what, writing.batch_id);
        work.append(store::membership_changed(work.event_context(), what));
    }
    return known ? Registered::kChanged : Registered::kNew;
}

Outcome<Registered> register_practitioner(Work& work, const store::PersonalData& personal,
                                          const v1::Practitioner& what, Writing& writing) {
    for (const std::string& id : what.institution_ids()) {
        if (!institution_known(work, writing, id)) {
            return Refusal{"INSTITUTION_NOT_FOUND", {{"institution_id", id}}};
        }
    }
    if (!what.valid_to().empty() && what.valid_to() < what.valid_from()) {
        return Reason("VALIDITY_OVERLAP");
    }
    v1::Practitioner wanted = what;
    std::ranges::sort(*wanted.mutable_rights());
    const auto result = put(store::practitioner(work.tx, personal, what.practitioner_id()), wanted,
                            writing, "practitioner/" + what.practitioner_id(),
                            [&](auto& stored) { store::save(work.tx, personal, stored); });
    if (to_be_told(result, writing)) {
        work.append(
            store::practitioner_event(work.event_context(), wanted, *result == Registered::kNew));
    }
    return result;
}

Outcome<Registered> register_team(Work& work, const store::PersonalData& personal, v1::Team what,
                                  Writing& writing) {
    const auto pack = work.pack(work.today);
    if (!pack.ok()) return pack.refusal();
    if (!institution_known(work, writing, what.institution_id())) {
        return Refusal{"INSTITUTION_NOT_FOUND", {{"institution_id", what.institution_id()}}};
    }
    if (auto refusal = refuse_roles(what, **pack)) return *refusal;
    if (auto refusal = refuse_members(work, personal, writing, what)) return *refusal;
    if (what.model().empty()) what.set_model((*pack)->get(policy::kContractTeamModel));
    what.set_state(v1::TEAM_STATE_ACTIVE);
    const auto there = store::team(work.tx, what.team_id());
    keep_past_members(what, there, work.today.text());
    const auto result = put(there, what, writing, "team/" + what.team_id(),
                            [&](auto& stored) { store::save(work.tx, stored); });
    if (to_be_told(result, writing)) {
        work.append(
            store::team_event(work.event_context(**pack), what, *result == Registered::kNew));
    }
    return result;
}

}  // namespace yilian::directory::app
