#include "services/registries/app/checks.h"

#include <string>
#include <utility>

#include "services/registries/domain/classification.h"
#include "services/registries/store/queries.h"

namespace yilian::registries::app {
namespace {

using storage::Query;
using storage::Row;
using storage::Transaction;

// Every row is a violation; its first column names the record.
runtime::Check rows_check(std::string id, std::string what, const Query& query) {
    return {std::move(id), std::move(what), [&query](Transaction& tx) {
                std::vector<std::string> found;
                for (const Row& row : tx.select(query)) found.push_back(row.text(0));
                return found;
            }};
}

std::int64_t enrolled(Transaction& tx, domain::DiseaseFamily family) {
    std::int64_t sum = 0;
    for (const Row& row : tx.select(store::kCountEnrolled)) {
        if (domain::family_of(row.text(0)) == family) sum += row.i64(1);
    }
    return sum;
}

}  // namespace

std::vector<runtime::Check> checks() {
    return {
        rows_check("REG-C01", "a resident has at most one open enrolment of a disease",
                   store::kCheckTwoOpen),
        rows_check("REG-C02",
                   "class and run of an enrolment are those of its last classified visit",
                   store::kCheckStanding),
        rows_check("REG-C03", "the next visit is not due before the last classified one",
                   store::kCheckDue),
        rows_check("REG-C04", "every danger has exactly one urgent action", store::kCheckDanger),
        rows_check("REG-C05", "a closed enrolment has no due date", store::kCheckClosedDue),
        rows_check("REG-C06",
                   "the journal of an enrolment holds every change and reaches its state",
                   store::kCheckJournal),
        rows_check("REG-C08", "nothing is open to be done for a closed enrolment",
                   store::kCheckOpenActions),
    };
}

runtime::Counts counts(Transaction& tx) {
    runtime::Counts out{
        {"visits", tx.select_one(store::kCountVisits)->i64(0)},
        {"advice_to_refer", tx.select_one(store::kCountAdvice)->i64(0)},
        {"enrolled_hypertension", enrolled(tx, domain::DiseaseFamily::kHypertension)},
        {"enrolled_diabetes", enrolled(tx, domain::DiseaseFamily::kDiabetes)}};
    for (const Row& row : tx.select(store::kControlByMonth)) {
        out.push_back({"controlled", row.i64(2), row.text(0), row.text(1)});
        out.push_back({"uncontrolled", row.i64(3) - row.i64(2), row.text(0), row.text(1)});
    }
    return out;
}

}  // namespace yilian::registries::app
