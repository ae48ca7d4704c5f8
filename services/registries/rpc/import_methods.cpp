#include <map>
#include <set>
#include <utility>

#include "libs/rpc/validate.h"
#include "services/registries/app/enrol.h"
#include "services/registries/rpc/methods.h"
#include "services/registries/store/queries.h"
#include "services/registries/store/rows.h"
#include "yilian/registries/v1/registry_service.pb.h"

namespace yilian::registries::rpc_edge {
namespace {

using app::Work;
using domain::Enrolment;
using runtime::CommandContext;

constexpr int kRowsMax = 500;

Violations check_row(const v1::EnrolmentRow& row) {
    return rpc::Validator()
        .id("enrolment_id", row.enrolment_id())
        .id("resident_id", row.resident_id())
        .id("disease_code", row.disease_code())
        .id("institution_id", row.institution_id())
        .optional_id("team_id", row.team_id())
        .date("confirmed_on", row.confirmed_on())
        .text("source", row.source(), 1, 64)
        .done();
}

void add_refusal(common::v1::ImportReport& report, int row, std::string field, Reason reason) {
    common::v1::RowRefusal* refused = report.add_refusals();
    refused->set_row_index(row);
    refused->set_field(std::move(field));
    refused->set_reason(reason.text());
}

// What a dry run would have stored so far: rows by enrolment, and who is
// enrolled for what.
struct Planned {
    std::map<std::string, v1::EnrolmentRow> rows;
    std::set<std::string> enrolled;
};
std::string enrolled_in(const v1::EnrolmentRow& row) {
    return row.resident_id() + "/" + row.disease_code();
}

bool is_there(storage::Transaction& tx, const Planned& planned, const v1::EnrolmentRow& row) {
    if (const auto earlier = planned.rows.find(row.enrolment_id()); earlier != planned.rows.end()) {
        return enrolled_in(earlier->second) == enrolled_in(row) &&
               earlier->second.confirmed_on() == row.confirmed_on();
    }
    const auto there = store::enrolment(tx, row.enrolment_id());
    return there && there->resident_id == row.resident_id() &&
           there->disease_code == row.disease_code() && there->confirmed_on &&
           there->confirmed_on->text() == row.confirmed_on();
}

std::optional<Refusal> plan(Work& work, Planned& planned, const v1::EnrolmentRow& row,
                            const app::NewEnrolment& what, calendar::CivilDate on) {
    const auto allowed = app::may_import(work, what, on);
    if (!allowed.ok()) return allowed.refusal();
    if (planned.enrolled.contains(enrolled_in(row)) || planned.rows.contains(row.enrolment_id())) {
        return Refusal{"ENROLMENT_EXISTS"};
    }
    planned.rows.emplace(row.enrolment_id(), row);
    planned.enrolled.insert(enrolled_in(row));
    return std::nullopt;
}

std::optional<Refusal> put(Work& work, Planned& planned, const v1::EnrolmentRow& row,
                           const v1::ImportEnrolmentsRequest& r) {
    const app::NewEnrolment what{row.enrolment_id(), row.resident_id(), row.disease_code(),
                                 row.team_id(), row.institution_id()};
    const auto on = *calendar::CivilDate::parse(row.confirmed_on());
    if (r.dry_run()) return plan(work, planned, row, what, on);
    const auto imported = app::import_confirmed(work, what, on, row.source(), r.batch_id());
    return imported.ok() ? std::nullopt : std::optional(imported.refusal());
}

// A bad row never costs the good ones.
void import_row(Work& work, Planned& planned, const v1::ImportEnrolmentsRequest& r, int i,
                common::v1::ImportReport& report) {
    const v1::EnrolmentRow& row = r.rows(i);
    const Violations violations = check_row(row);
    for (const FieldViolation& violation : violations) {
        add_refusal(report, i, violation.field, violation.reason);
    }
    if (!violations.empty()) {
        report.set_refused_count(report.refused_count() + 1);
    } else if (is_there(work.tx, planned, row)) {
        report.set_unchanged_count(report.unchanged_count() + 1);
    } else if (const auto refusal = put(work, planned, row, r)) {
        report.set_refused_count(report.refused_count() + 1);
        add_refusal(report, i, "", refusal->reason);
    } else {
        report.set_accepted_count(report.accepted_count() + 1);
    }
}

// A batch belongs to the institution that began it, and one that was undone stays so.
std::optional<Refusal> refuse_batch(CommandContext& context, const std::string& batch_id) {
    const auto batch = context.tx.select_one(store::kBatch, batch_id);
    if (!batch) return std::nullopt;
    if (batch->text(1) != context.caller.institution_id) {
        return Refusal{"AUTH_RECORD_ACCESS_DENIED"};
    }
    if (batch->flag(0)) return Refusal{"BATCH_ALREADY_UNDONE"};
    return std::nullopt;
}

Outcome<common::v1::ImportReport> run_import(CommandContext& context, const std::string& district,
                                             const v1::ImportEnrolmentsRequest& r) {
    context.audit("batch/" + r.batch_id());
    if (r.rows_size() > kRowsMax) {
        return Refusal{"LIMIT_ROWS", {{"max", std::to_string(kRowsMax)}}};
    }
    if (auto refusal = refuse_batch(context, r.batch_id())) return *refusal;
    Work work = work_of(context, district);
    common::v1::ImportReport report;
    report.set_batch_id(r.batch_id());
    report.set_row_count(r.rows_size());
    report.set_dry_run(r.dry_run());
    if (!r.dry_run()) {
        context.tx.run(store::kAddBatch, r.batch_id(), context.caller.institution_id, context.now);
    }
    Planned planned;
    for (int i = 0; i < r.rows_size(); ++i) import_row(work, planned, r, i, report);
    return report;
}

// Consumers have seen the enrolment: taking it back is an end with a reason, not a hole.
Outcome<common::v1::UndoReport> run_undo(CommandContext& context, const std::string& district,
                                         const v1::UndoImportRequest& r) {
    context.audit("batch/" + r.batch_id());
    if (!context.tx.select_one(store::kBatch, r.batch_id())) return Reason("BATCH_NOT_FOUND");
    if (auto refusal = refuse_batch(context, r.batch_id())) return *refusal;
    Work work = work_of(context, district);
    if (const auto rules = app::rules_on(work, work.today); !rules.ok()) return rules.refusal();
    std::vector<Enrolment> rows;
    for (const storage::Row& row : context.tx.select(store::kEnrolmentsOfBatch, r.batch_id())) {
        rows.push_back(store::enrolment_of(row));
        if (rows.back().changes != 1) {
            return Refusal{"BATCH_IN_USE", {{"enrolment", rows.back().enrolment_id}}};
        }
    }
    context.tx.run(store::kUndoBatch, r.batch_id());
    common::v1::UndoReport report;
    report.set_batch_id(r.batch_id());
    for (Enrolment& e : rows) {
        const auto closed = app::close(work, std::move(e), domain::EnrolmentAction::kClose,
                                       "IMPORT_UNDONE", work.today);
        YILIAN_INVARIANT(closed.ok(), "registries: an enrolment of one change must be open");
        report.set_undone_count(report.undone_count() + 1);
    }
    return report;
}

}  // namespace

void bind_imports(runtime::Binder& binder, const std::string& district) {
    binder.command<v1::ImportEnrolmentsRequest, common::v1::ImportReport>(
        method("ImportEnrolments"),
        {.validate =
             [](const v1::ImportEnrolmentsRequest& r) {
                 return rpc::Validator()
                     .id("batch_id", r.batch_id())
                     .expect(!r.rows().empty(), "rows", "FIELD_REQUIRED")
                     .done();
             },
         .lock_keys =
             [](const v1::ImportEnrolmentsRequest& r) {
                 std::vector<std::string> keys{"batch/" + r.batch_id()};
                 for (const v1::EnrolmentRow& row : r.rows()) {
                     keys.push_back("resident/" + row.resident_id());
                 }
                 return keys;
             },
         .run = [district](CommandContext& c,
                           const auto& r) { return run_import(c, district, r); }});
    binder.command<v1::UndoImportRequest, common::v1::UndoReport>(
        method("UndoImport"),
        {.validate =
             [](const v1::UndoImportRequest& r) {
                 return rpc::Validator().id("batch_id", r.batch_id()).done();
             },
         .lock_keys = [](const auto& r) { return std::vector{"batch/" + r.batch_id()}; },
         .run = [district](CommandContext& c, const auto& r) { return run_undo(c, district, r); }});
}

}  // namespace yilian::registries::rpc_edge
