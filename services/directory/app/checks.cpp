#include "services/directory/app/checks.h"

#include <string>
#include <utility>

#include "services/directory/store/queries.h"
#include "yilian/directory/v1/types.pb.h"

namespace yilian::directory::app {
namespace {

using storage::Row;
using storage::Transaction;

constexpr std::int64_t kBp = 10'000;

// Every row is a violation; its first column names the record.
runtime::Check rows_check(std::string id, std::string what, const storage::Query& query) {
    return {std::move(id), std::move(what), [&query](Transaction& tx) {
                std::vector<std::string> found;
                for (const Row& row : tx.select(query)) found.push_back(row.text(0));
                return found;
            }};
}

bool adds_up(const v1::FeeSplit& split) {
    std::int64_t shares = 0;
    for (const v1::MemberShare& share : split.shares()) shares += share.amount_fen();
    return split.team_fen() + split.institution_fen() == split.fee_fen() &&
           shares == split.team_fen() &&
           split.team_fen() * kBp >= split.fee_fen() * split.floor_bp();
}

std::vector<std::string> broken_splits(Transaction& tx) {
    std::vector<std::string> found;
    for (const Row& row : tx.select(store::kAllFeeSplits)) {
        v1::FeeSplit split;
        if (!split.ParseFromString(row.bytes(3)) || !adds_up(split)) {
            found.push_back(row.text(0) + "/" + row.text(1) + "/" + row.text(2));
        }
    }
    return found;
}

}  // namespace

std::vector<runtime::Check> checks() {
    return {
        rows_check("DIR-C01", "no two contracts of a resident cover the same day",
                   store::kCheckOverlap),
        rows_check("DIR-C02", "every resident has an identity", store::kCheckIdentity),
        rows_check("DIR-C03", "every contract belongs to a team of its institution",
                   store::kCheckTeam),
        rows_check("DIR-C04", "the journal of a contract holds every change and reaches its state",
                   store::kCheckJournal),
        rows_check("DIR-C05", "a rule credits a resident at most once a day",
                   store::kCheckPointsTwice),
        rows_check("DIR-C06", "a reversal of points mirrors its entry", store::kCheckReversal),
        {"DIR-C07", "a fee split adds up and keeps the floor of the team", broken_splits},
        rows_check("DIR-C08", "nobody gives teams more than the whole time", store::kCheckShares),
    };
}

runtime::Counts counts(Transaction& tx) {
    return {{"residents", tx.select_one(store::kCountResidents)->i64(0)},
            {"contracts_active", tx.select_one(store::kCountActive)->i64(0)}};
}

}  // namespace yilian::directory::app
