// What runs for every list and every event finds its rows by an index: a scan of a table that grows
// with the district makes each step slower than the one before. Partial indexes are used only where
// the query repeats their condition.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <regex>

#include "services/billing/store/copy_queries.h"
#include "services/billing/store/queries.h"
#include "services/billing/tests/harness.h"

namespace yilian::billing::test {
namespace {

// Tables with a row for each resident, list, booking or fact of them.
constexpr const char* kGrowing =
    R"(SCAN (lists|scores|benefits|resident_copies|insurance_copies|contract_copies|chronic_copies|)"
    R"(evidence_copies|evidence_answers|dispense_copies|enrolment_versions|ledger_lines|)"
    R"(ledger_refs|ledger_transactions|run_cases|fee_splits)\b)";

// The steps of SQLite's plan that read a growing table from end to end.
std::vector<std::string> scans(Harness& h, const storage::Query& query) {
    static std::deque<std::string> kept;  // queries are known by the address of their text
    const std::string& text =
        kept.emplace_back("EXPLAIN QUERY PLAN " +
                          std::regex_replace(std::string(query.text(storage::Dialect::kSqlite)),
                                             std::regex(R"(\$\d+)"), "'x'"));
    std::vector<std::string> found;
    h.read([&](storage::Transaction& tx) {
        for (const storage::Row& row : tx.select(storage::Query{"plan", text.c_str()})) {
            if (std::regex_search(row.text(3), std::regex(kGrowing))) {
                found.push_back(std::string(query.name) + ": " + row.text(3));
            }
        }
    });
    return found;
}

TEST(QueryPlan, OfWhatRunsForEveryListAndEventUsesAnIndex) {
    Harness h(storage::Dialect::kSqlite);
    const storage::Query* queries[] = {&store::kListVersion,
                                       &store::kListInForce,
                                       &store::kListLatest,
                                       &store::kListLastVersion,
                                       &store::kListsOfResident,
                                       &store::kListsOfBatch,
                                       &store::kListsByEvidence,
                                       &store::kYearsOfResident,
                                       &store::kPrescriptionUsed,
                                       &store::kOverlaps,
                                       &store::kScore,
                                       &store::kBenefit,
                                       &store::kPaidByPrescription,
                                       &store::kVersionsOfResident,
                                       &store::kResident,
                                       &store::kMergedInto,
                                       &store::kInsurances,
                                       &store::kContract,
                                       &store::kContractsOfResident,
                                       &store::kResidentsOfInstitution,
                                       &store::kChronicOf,
                                       &store::kEvidenceNamed,
                                       &store::kEvidenceHeld,
                                       &store::kDispensed,
                                       &store::kTakeRunLists,
                                       &store::kFreeRunLists,
                                       &store::kPrepayRunLists,
                                       &store::kRunCases};
    for (const storage::Query* query : queries) {
        EXPECT_THAT(scans(h, *query), testing::IsEmpty());
    }
    // The test sees a scan where there is one.
    static constexpr storage::Query kBad{"bad", "SELECT 1 FROM lists WHERE payee_id = $1"};
    EXPECT_THAT(scans(h, kBad), testing::SizeIs(1));
}

}  // namespace
}  // namespace yilian::billing::test
