#include "services/referrals/store/copy_rows.h"

#include <algorithm>

#include "services/referrals/store/copy_queries.h"
#include "services/referrals/store/values.h"
#include "yilian/common/v1/codes.pb.h"

namespace yilian::referrals::store {

using storage::Row;
using storage::Transaction;

std::optional<ResidentCopy> resident(Transaction& tx, std::string_view resident_id) {
    const auto row = tx.select_one(kResident, resident_id);
    if (!row) return std::nullopt;
    return ResidentCopy{row->i64(0) == common::v1::SEX_MALE, *date_of(row->text(1)),
                        opt_date(*row, 2)};
}

std::optional<domain::Institution> institution(Transaction& tx, std::string_view institution_id) {
    const auto row = tx.select_one(kInstitution, institution_id);
    if (!row) return std::nullopt;
    return domain::Institution{std::string(institution_id), row->text(0),
                               static_cast<std::int32_t>(row->i64(1))};
}

std::string common_consortium(Transaction& tx, std::string_view a, std::string_view b,
                              calendar::CivilDate on) {
    const auto row = tx.select_one(kCommonConsortium, a, b, on.text());
    return row ? row->text(0) : "";
}

std::optional<ContractCopy> contract_on(Transaction& tx, std::string_view resident_id,
                                        calendar::CivilDate on) {
    const auto row = tx.select_one(kContractOn, resident_id, on.text());
    if (!row) return std::nullopt;
    return ContractCopy{row->text(0), row->text(1), row->text(2)};
}

bool practitioner_works_at(Transaction& tx, std::string_view practitioner_id,
                           std::string_view institution_id, calendar::CivilDate on) {
    const auto row = tx.select_one(kPractitioner, practitioner_id);
    if (!row) return false;
    const auto places = split(row->text(0));
    const auto from = date_of(row->text(1));
    const auto to = opt_date(*row, 2);
    return (!from || on >= *from) && (!to || on <= *to) &&
           std::ranges::find(places, institution_id) != places.end();
}

std::string team_institution(Transaction& tx, std::string_view team_id) {
    const auto row = tx.select_one(kTeam, team_id);
    return row ? row->text(0) : "";
}

bool advised(Transaction& tx, std::string_view action_id, std::string_view resident_id,
             std::string_view original_resident_id) {
    if (action_id.empty()) return false;
    const auto row = tx.select_one(kAdvice, action_id);
    return row && (row->text(0) == resident_id || row->text(0) == original_resident_id);
}

std::optional<VisitCopy> visit(Transaction& tx, std::string_view visit_id) {
    const auto row = tx.select_one(kVisit, visit_id);
    if (!row) return std::nullopt;
    return VisitCopy{row->text(0), *date_of(row->text(1)), row->flag(2)};
}

bool all_dispensed(Transaction& tx, std::string_view resident_id, calendar::CivilDate since,
                   const std::vector<std::string>& drug_codes) {
    if (drug_codes.empty()) return false;
    std::vector<std::string> seen;
    for (const Row& row : tx.select(kDispensedSince, resident_id, since.text())) {
        seen.push_back(row.text(0));
    }
    return std::ranges::all_of(drug_codes, [&](const std::string& drug) {
        return std::ranges::any_of(
            seen, [&](const std::string& generic) { return drug.starts_with(generic); });
    });
}

}  // namespace yilian::referrals::store
