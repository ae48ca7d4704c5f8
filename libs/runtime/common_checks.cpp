#include <string>

#include "libs/audit/verifier.h"
#include "libs/runtime/operator_service.h"
#include "libs/runtime/queries.h"

namespace yilian::runtime {
namespace {

std::vector<std::string> lines(storage::Transaction& tx, const storage::Query& query) {
    std::vector<std::string> out;
    for (const storage::Row& row : tx.select(query)) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i > 0) line += ' ';
            line += row.text(i);
        }
        out.push_back(std::move(line));
    }
    return out;
}

std::vector<std::string> audit_chain(storage::Transaction& tx) {
    const audit::Report report = audit::verify(tx, {}, {});
    if (report.sound()) return {};
    return {std::string(audit::name_of(report.first_bad->fault)) + " " +
            std::to_string(report.first_bad->sequence)};
}

Check of_query(std::string id, std::string what, const storage::Query& query) {
    return {std::move(id), std::move(what),
            [&query](storage::Transaction& tx) { return lines(tx, query); }};
}

}  // namespace

std::vector<Check> common_checks() {
    return {of_query("RUN-C01", "An event has each of its effects once.", queries::kDoubledEffects),
            of_query("RUN-C02", "The events of an aggregate are numbered without gap.",
                     queries::kSequenceGaps),
            of_query("RUN-C03", "Every kept answer stands in the audit trail.",
                     queries::kAnswersWithoutAudit),
            of_query("RUN-C04", "Every effect of an event has its inbox row.",
                     queries::kEffectsWithoutInbox),
            {"RUN-C05", "The audit chain is unbroken.", audit_chain},
            of_query("RUN-C06", "No event is a dead letter.", queries::kOpenDeadLetters)};
}

Counts common_counts(storage::Transaction& tx) {
    const storage::Row row = *tx.select_one(queries::kFigures);
    return {{"events_published", row.i64(0)},
            {"events_consumed", row.i64(1)},
            {"dead_letters", row.i64(2)},
            {"duplicate_effects", row.i64(3)}};
}

}  // namespace yilian::runtime
