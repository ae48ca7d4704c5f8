#include "services/directory/app/residents.h"

#include <algorithm>
#include <utility>

#include "services/directory/app/contracts.h"
#include "services/directory/store/event_codec.h"
#include "services/directory/store/queries.h"

namespace yilian::directory::app {
namespace {

using calendar::CivilDate;
using StoredResident = store::Stored<v1::Resident>;

// Merged records answer like unknown ones: their events stand under the other id.
Outcome<StoredResident> known(Work& work, const std::string& resident_id, std::string_view etag) {
    auto stored = store::resident(work.tx, resident_id);
    if (!stored || stored->record.state() == v1::RESIDENT_STATE_MERGED) {
        return Reason("RESIDENT_NOT_FOUND");
    }
    if (auto refusal = runtime::check_etag(etag, stored->changes)) return *refusal;
    return *std::move(stored);
}

Outcome<StoredResident> living(Work& work, const std::string& resident_id, std::string_view etag) {
    auto stored = known(work, resident_id, etag);
    if (stored.ok() && stored->record.state() == v1::RESIDENT_STATE_DECEASED) {
        return Reason("RESIDENT_DECEASED");
    }
    return stored;
}

std::optional<Refusal> refuse_home(Work& work, const Writing& writing, const std::string& id) {
    if (id.empty() || writing.planned.contains("institution/" + id) ||
        store::institution(work.tx, id)) {
        return std::nullopt;
    }
    return Refusal{"INSTITUTION_NOT_FOUND", {{"institution_id", id}}};
}

bool set_field(v1::Resident& to, const v1::Resident& from, std::string_view path) {
    if (path == "sex") {
        to.set_sex(from.sex());
    } else if (path == "birth_date") {
        to.set_birth_date(from.birth_date());
    } else if (path == "insurance") {
        to.set_insurance(from.insurance());
    } else if (path == "insured_region") {
        to.set_insured_region(from.insured_region());
    } else if (path == "home_institution_id") {
        to.set_home_institution_id(from.home_institution_id());
    } else if (path == "grid_unit_code") {
        to.set_grid_unit_code(from.grid_unit_code());
    } else if (path == "aid_class") {
        to.set_aid_class(from.aid_class());
    } else {
        return false;
    }
    return true;
}

void tell_health_codes(Work& work, const v1::Resident& resident) {
    work.append(store::health_codes_recorded(work.event_context(), resident, work.actor.id,
                                             work.actor.institution_id, work.today.text()));
}

}  // namespace

bool is_resident_field(std::string_view path) {
    v1::Resident scratch;
    return path == "identity" || set_field(scratch, v1::Resident::default_instance(), path);
}

Outcome<RegisteredResident> register_resident(Work& work, const store::PersonalData& personal,
                                              NewResident what, Writing& writing) {
    v1::Resident& r = what.resident;
    const std::string document = "document/" + personal.digest_of(what.identity.document_kind(),
                                                                  what.identity.document_number());
    if (const auto planned = writing.planned.find(document); planned != writing.planned.end()) {
        return RegisteredResident{planned->second, true};
    }
    if (auto there = store::resident_of_document(work.tx, personal, what.identity.document_kind(),
                                                 what.identity.document_number())) {
        return RegisteredResident{*std::move(there), true};
    }
    if (auto refusal = refuse_home(work, writing, r.home_institution_id())) return *refusal;
    if (r.resident_id().empty()) r.set_resident_id(work.ids.next_ulid());
    const std::string key = "resident/" + r.resident_id();
    if (store::resident(work.tx, r.resident_id()) || writing.planned.contains(key)) {
        return Refusal{"ID_REUSED", {{"resident_id", r.resident_id()}}};
    }
    if (writing.dry_run) {
        writing.planned.emplace(document, r.resident_id());
        writing.planned.emplace(key, "");
        return RegisteredResident{r.resident_id(), false};
    }
    r.set_state(v1::RESIDENT_STATE_ALIVE);
    if (r.effective_on().empty()) r.set_effective_on(work.today.text());
    StoredResident stored{r, writing.batch_id, 0};
    store::save(work.tx, stored);
    store::save_identity(work.tx, personal, r.resident_id(), what.identity);
    work.append(store::resident_registered(work.event_context(), r));
    for (const v1::HealthCode& code : r.health_codes()) {
        store::save_health_code(work.tx, r.resident_id(), code);
    }
    if (!r.health_codes().empty()) tell_health_codes(work, r);
    return RegisteredResident{r.resident_id(), false};
}

Outcome<Allowed> change_resident(Work& work, const store::PersonalData& personal,
                                 std::string_view etag, const ResidentChange& change) {
    auto found = living(work, change.wanted.resident_id(), etag);
    if (!found.ok()) return found.refusal();
    StoredResident stored = std::move(found).value();
    const bool new_identity = std::ranges::find(change.fields, "identity") != change.fields.end();
    std::vector<std::string> changed;
    for (const std::string& path : change.fields) {
        if (set_field(stored.record, change.wanted, path)) changed.push_back(path);
    }
    if (auto refusal = refuse_home(work, {}, stored.record.home_institution_id())) return *refusal;
    if (new_identity) {
        const auto holder = store::resident_of_document(
            work.tx, personal, change.identity.document_kind(), change.identity.document_number());
        if (holder && *holder != change.wanted.resident_id()) return Reason("ID_REUSED");
        store::save_identity(work.tx, personal, change.wanted.resident_id(), change.identity);
    }
    stored.record.set_effective_on(
        change.wanted.effective_on().empty() ? work.today.text() : change.wanted.effective_on());
    store::save(work.tx, stored);
    std::ranges::sort(changed);
    changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
    // A new document of the same person is nobody's business outside.
    if (!changed.empty()) {
        work.append(store::resident_changed(work.event_context(), stored.record, changed));
    }
    return Allowed{};
}

Outcome<Allowed> record_health_code(Work& work, const std::string& resident_id,
                                    std::string_view etag, v1::HealthCode code, bool ended) {
    auto found = living(work, resident_id, etag);
    if (!found.ok()) return found.refusal();
    StoredResident stored = std::move(found).value();
    code.set_recorded_by(work.actor.id);
    code.set_recorded_on(work.today.text());
    if (code.from().empty()) code.set_from(work.today.text());
    bool in_force = false;
    for (const v1::HealthCode& there : stored.record.health_codes()) {
        if (there.kind() == code.kind() && there.code() == code.code() && there.to().empty()) {
            in_force = true;
            const std::string on = code.from();
            code.set_from(there.from());
            if (ended) code.set_to(on);
        }
    }
    if (ended && !in_force) return Refusal{"CODE_NOT_FOUND", {{"code", code.code()}}};
    store::save_health_code(work.tx, resident_id, code);
    store::save(work.tx, stored);
    tell_health_codes(work, store::resident(work.tx, resident_id)->record);
    return Allowed{};
}

Outcome<Allowed> record_death(Work& work, const std::string& resident_id, std::string_view etag,
                              CivilDate on) {
    auto found = known(work, resident_id, etag);
    if (!found.ok()) return found.refusal();
    StoredResident stored = std::move(found).value();
    if (stored.record.state() == v1::RESIDENT_STATE_DECEASED) {
        if (stored.record.deceased_on() == on.text()) return Allowed{};
        return Refusal{"RESIDENT_DECEASED", {{"on", stored.record.deceased_on()}}};
    }
    if (on > work.today || on.text() < stored.record.birth_date()) {
        return Refusal{"FIELD_RANGE", {{"field", "on"}}};
    }
    const auto ending = may_end_contracts(work);
    if (!ending.ok()) return ending.refusal();
    stored.record.set_state(v1::RESIDENT_STATE_DECEASED);
    stored.record.set_deceased_on(on.text());
    store::save(work.tx, stored);
    work.append(store::resident_deceased(work.event_context(), stored.record));
    end_contracts_of(work, resident_id, {"DIED", on, ""});
    return Allowed{};
}

Outcome<Allowed> move_resident(Work& work, const std::string& resident_id, std::string_view etag,
                               const std::string& to_institution_id, bool outside, CivilDate on) {
    auto found = living(work, resident_id, etag);
    if (!found.ok()) return found.refusal();
    if (auto refusal = refuse_home(work, {}, to_institution_id)) return *refusal;
    if (on > work.today) return Refusal{"FIELD_RANGE", {{"field", "on"}}};
    const auto ending = may_end_contracts(work);
    if (!ending.ok()) return ending.refusal();
    StoredResident stored = std::move(found).value();
    const std::string from = stored.record.home_institution_id();
    stored.record.set_home_institution_id(to_institution_id);
    stored.record.set_moved_outside(outside);
    store::save(work.tx, stored);
    work.append(
        store::resident_moved(work.event_context(), stored.record, from, outside, on.text()));
    end_contracts_of(work, resident_id, {"MOVED", on, to_institution_id});
    return Allowed{};
}

}  // namespace yilian::directory::app
