#include "services/directory/app/undo.h"

#include <optional>

#include "services/directory/store/event_codec.h"
#include "services/directory/store/queries.h"
#include "services/directory/store/rows.h"

namespace yilian::directory::app {
namespace {

using calendar::CivilDate;
using storage::Row;

std::string day_before(const std::string& day) {
    return CivilDate::parse(day)->plus_days(-1).text();
}

std::optional<Refusal> refuse_use(Work& work, const std::string& batch_id) {
    for (const storage::Query* use : {&store::kUseOfTeams, &store::kUseOfPractitioners,
                                      &store::kUseOfResidents, &store::kUseOfInstitutions}) {
        if (const auto row = work.tx.select_one(*use, batch_id)) {
            return Refusal{"BATCH_IN_USE", {{row->text(0), row->text(1)}}};
        }
    }
    return std::nullopt;
}

int drop_memberships(Work& work, const std::string& batch_id) {
    int count = 0;
    for (const Row& row : work.tx.select(store::kMembershipsOfBatch, batch_id)) {
        v1::Membership m = store::membership_of(row);
        m.set_to(day_before(m.from()));
        work.append(store::membership_changed(work.event_context(), m));
        ++count;
    }
    work.tx.run(store::kDropMemberships, batch_id);
    return count;
}

int drop_teams(Work& work, const std::string& batch_id) {
    int count = 0;
    for (const Row& row : work.tx.select(store::kTeamsOfBatch, batch_id)) {
        work.append(store::team_dissolved(work.event_context(), store::team_of(row).record));
        ++count;
    }
    work.tx.run(store::kDropMembers, batch_id);
    work.tx.run(store::kDropTeams, batch_id);
    return count;
}

int drop_practitioners(Work& work, const std::string& batch_id) {
    int count = 0;
    for (const Row& row : work.tx.select(store::kPractitionersOfBatch, batch_id)) {
        v1::Practitioner p;
        YILIAN_INVARIANT(p.ParseFromString(row.bytes(0)), "directory: practitioner");
        p.clear_rights();
        p.set_valid_to(day_before(p.valid_from()));
        work.append(store::practitioner_event(work.event_context(), p, false));
        ++count;
    }
    work.tx.run(store::kDropSites, batch_id);
    work.tx.run(store::kDropPractitioners, batch_id);
    return count;
}

int drop_residents(Work& work, const std::string& batch_id) {
    int count = 0;
    for (const Row& row : work.tx.select(store::kResidentsOfBatch, batch_id)) {
        v1::Resident r = store::resident(work.tx, row.text(0))->record;
        const std::string home = r.home_institution_id();
        r.clear_home_institution_id();
        work.append(store::resident_moved(work.event_context(), r, home, true, work.today.text()));
        ++count;
    }
    work.tx.run(store::kDropHealthCodes, batch_id);
    work.tx.run(store::kDropIdentities, batch_id);
    work.tx.run(store::kDropResidents, batch_id);
    return count;
}

int drop_institutions(Work& work, const std::string& batch_id) {
    int count = 0;
    for (const Row& row : work.tx.select(store::kInstitutionsOfBatch, batch_id)) {
        v1::Institution i = store::institution_of(row).record;
        if (i.agreement_from().empty()) i.set_agreement_from(i.effective_on());
        i.set_agreement_to(day_before(i.agreement_from()));
        work.append(store::institution_event(work.event_context(), i, false));
        ++count;
    }
    work.tx.run(store::kDropInstitutionVersions, batch_id);
    work.tx.run(store::kDropInstitutions, batch_id);
    return count;
}

}  // namespace

Outcome<common::v1::UndoReport> undo_import(Work& work, const std::string& batch_id) {
    const auto batch = work.tx.select_one(store::kBatch, batch_id);
    if (!batch) return Reason("BATCH_NOT_FOUND");
    if (batch->text(0) != work.actor.institution_id) return Reason("AUTH_RECORD_ACCESS_DENIED");
    if (batch->flag(1)) return Reason("BATCH_ALREADY_UNDONE");
    if (auto refusal = refuse_use(work, batch_id)) return *refusal;
    // Whoever refers to a row goes before it.
    int count = drop_memberships(work, batch_id);
    count += drop_teams(work, batch_id);
    count += drop_residents(work, batch_id);
    count += drop_practitioners(work, batch_id);
    count += drop_institutions(work, batch_id);
    work.tx.run(store::kMarkUndone, batch_id);
    common::v1::UndoReport report;
    report.set_batch_id(batch_id);
    report.set_undone_count(count);
    return report;
}

}  // namespace yilian::directory::app
