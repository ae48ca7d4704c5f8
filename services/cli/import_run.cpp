#include "services/cli/import_run.h"

#include <algorithm>

#include "fmt/format.h"

namespace yilian::cli {

Reason reason_of(const std::string& text) {
    static std::set<std::string> known;
    return Reason::from_static_storage(*known.insert(text).first);
}

std::string column_of(std::string_view field, const std::vector<tabular::Column>& columns) {
    while (!field.empty()) {
        const auto dot = field.find('.');
        const std::string_view first = field.substr(0, std::min(dot, field.find('[')));
        const auto found = std::ranges::find(columns, first, &tabular::Column::name);
        if (found != columns.end()) return found->name;
        if (dot == std::string_view::npos) break;
        field.remove_prefix(dot + 1);
    }
    return "";
}

std::string column_of_reason(const std::string& reason,
                             const std::vector<tabular::Column>& columns) {
    // The first of a reason's columns that the file has.
    struct Cause {
        std::string_view reason;
        std::vector<std::string_view> columns;
    };
    static const std::vector<Cause> causes{
        {"INSTITUTION_NOT_FOUND",
         {"parent_institution_id", "home_institution_id", "institution_ids", "institution_id"}},
        {"RESIDENT_NOT_FOUND", {"resident_id"}},
        {"RESIDENT_DECEASED", {"resident_id"}},
        {"PRACTITIONER_NOT_FOUND", {"members"}},
        {"PRACTITIONER_NOT_LICENSED", {"members"}},
        {"ROLE_MISSING", {"members"}},
        {"ROLE_NOT_ALLOWED", {"members"}},
        {"DISEASE_NOT_ENABLED", {"disease_code"}},
        {"ENROLMENT_EXISTS", {"enrolment_id"}},
        {"ALREADY_REGISTERED", {"document_number"}},
        {"VALIDITY_OVERLAP", {"effective_on", "valid_from", "from"}},
        {"ID_REUSED",
         {"practitioner_id", "team_id", "resident_id", "enrolment_id", "institution_id"}}};
    const auto cause = std::ranges::find(causes, reason, &Cause::reason);
    if (cause == causes.end()) return "";
    for (const std::string_view name : cause->columns) {
        if (std::ranges::find(columns, name, &tabular::Column::name) != columns.end()) {
            return std::string(name);
        }
    }
    return "";
}

void ImportRun::count_read(std::uint64_t rows, std::uint64_t good) {
    tally_.rows += static_cast<std::int64_t>(rows);
    tally_.refused += static_cast<std::int64_t>(rows - good);
}

void ImportRun::report(const RowPlace& place, std::string_view column, const std::string& reason) {
    errors_.add(place.file, place.row, column, reason_of(reason), "");
}

void ImportRun::take(const common::v1::ImportReport& answer, const std::vector<RowPlace>& places,
                     const std::vector<tabular::Column>& columns) {
    tally_.accepted += answer.accepted_count();
    tally_.unchanged += answer.unchanged_count();
    tally_.refused += answer.refused_count();
    for (const auto& refusal : answer.refusals()) {
        const auto index = static_cast<std::size_t>(refusal.row_index());
        if (index >= places.size()) {
            throw CommandFailed(kExitInvariant, "ANSWER_UNREADABLE: row_index of an import");
        }
        std::string column = column_of(refusal.field(), columns);
        if (column.empty()) column = column_of_reason(refusal.reason(), columns);
        report(places[index], column, refusal.reason());
    }
}

void ImportRun::show_progress() {
    if (progress_ == nullptr) return;
    const std::int64_t done = tally_.accepted + tally_.unchanged + tally_.refused;
    progress_->show(done, fmt::format("{} rows, {} refused", done, tally_.refused));
}

bool is_first_of_key(const std::vector<std::size_t>& key, tabular::Reader& reader,
                     tabular::KeySet& keys) {
    // Fields never hold this character: control characters are refused.
    std::string joined;
    for (const std::size_t column : key) {
        joined += reader.row().text(column);
        joined += '\x1f';
    }
    if (keys.insert({joined})) return true;
    reader.reject(key.front(), "ROW_DUPLICATE_KEY");
    return false;
}

}  // namespace yilian::cli
