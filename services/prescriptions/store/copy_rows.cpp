#include "services/prescriptions/store/copy_rows.h"

#include <algorithm>

#include "services/prescriptions/store/copy_queries.h"
#include "services/prescriptions/store/values.h"
#include "yilian/registries/v1/types.pb.h"

namespace yilian::prescriptions::store {
namespace {

using storage::Row;
using storage::Transaction;

// Dates as text compare like dates; "" at the end is open.
bool in_force(const std::string& from, const std::string& to, domain::CivilDate on) {
    return !from.empty() && from <= on.text() && (to.empty() || on.text() <= to);
}

void add_new(std::vector<std::string>& codes, const std::vector<std::string>& more) {
    for (const std::string& code : more) {
        if (!domain::contains(codes, code)) codes.push_back(code);
    }
}

}  // namespace

std::string surviving(Transaction& tx, std::string_view resident_id) {
    std::string id(resident_id);
    // Chains of merges are short; a circle would be a fault of the data.
    for (int i = 0; i < 8; ++i) {
        const auto row = tx.select_one(kMergedInto, id);
        if (!row) break;
        id = row->text(0);
    }
    return id;
}

std::optional<ResidentCopy> resident(Transaction& tx, std::string_view resident_id) {
    const auto row = tx.select_one(kResident, resident_id);
    if (!row) return std::nullopt;
    return ResidentCopy{*domain::CivilDate::parse(row->text(0)), row->text(1), opt_date(*row, 2)};
}

std::optional<HealthCodes> health_codes(Transaction& tx, std::string_view resident_id) {
    std::optional<HealthCodes> all;
    for (const Row& row : tx.select(kHealthCodes, resident_id)) {
        if (!all) all.emplace();
        add_new(all->allergy_codes, split(row.text(0)));
        add_new(all->special_groups, split(row.text(1)));
    }
    return all;
}

std::optional<domain::Institution> institution(Transaction& tx, std::string_view institution_id,
                                               domain::CivilDate on) {
    const auto row = tx.select_one(kInstitution, institution_id);
    if (!row) return std::nullopt;
    domain::Institution out;
    out.institution_id = institution_id;
    out.institution_class = row->text(0);
    out.parent_id = row->text(1);
    out.agreement_in_force = in_force(row->text(2), row->text(3), on);
    for (const Row& member : tx.select(kConsortia, institution_id, out.parent_id, on.text())) {
        out.consortia.push_back(member.text(0));
    }
    return out;
}

domain::Prescriber practitioner(Transaction& tx, std::string_view practitioner_id,
                                std::string_view institution_id, domain::CivilDate on) {
    domain::Prescriber out;
    const auto row = tx.select_one(kPractitioner, practitioner_id);
    if (!row) return out;
    out.works_here = domain::contains(split(row->text(0)), institution_id) &&
                     in_force(row->text(3), row->text(4), on);
    out.title = row->text(1);
    out.rights = split(row->text(2));
    return out;
}

std::optional<ContractCopy> contract_on(Transaction& tx, std::string_view resident_id,
                                        domain::CivilDate on) {
    const auto row = tx.select_one(kContractOn, resident_id, on.text());
    if (!row) return std::nullopt;
    return ContractCopy{row->text(0), row->text(1)};
}

std::optional<domain::ReferralPlan> referral_plan(Transaction& tx, std::string_view referral_id) {
    if (referral_id.empty()) return std::nullopt;
    const auto row = tx.select_one(kReferralPlan, referral_id);
    if (!row) return std::nullopt;
    return domain::ReferralPlan{surviving(tx, row->text(0)), row->flag(1), row->flag(2),
                                split(row->text(3))};
}

domain::Stays stays(Transaction& tx, std::string_view resident_id) {
    domain::Stays out;
    std::vector<domain::CivilDate> open;
    for (const Row& row : tx.select(kStays, resident_id)) {
        if (const auto discharged = opt_date(row, 1)) {
            if (!out.last_discharge || *discharged > *out.last_discharge) {
                out.last_discharge = discharged;
            }
        } else {
            open.push_back(*domain::CivilDate::parse(row.text(0)));
        }
    }
    // A stay that a referral began is over when a list tells a discharge on or after its admission.
    out.in_hospital = std::ranges::any_of(open, [&](domain::CivilDate admitted) {
        return !out.last_discharge || *out.last_discharge < admitted;
    });
    return out;
}

std::optional<domain::ControlEvidence> control_evidence(Transaction& tx,
                                                        std::string_view resident_id,
                                                        std::string_view disease_code) {
    std::optional<domain::ControlEvidence> last;
    const std::string_view family = domain::long_family_of(disease_code);
    for (const Row& row : tx.select(kControl, resident_id)) {
        if (domain::long_family_of(row.text(0)) != family) continue;
        last = domain::ControlEvidence{row.text(0), row.text(1),
                                       *domain::CivilDate::parse(row.text(2)),
                                       row.i64(3) == registries::v1::CONTROL_CLASS_SATISFIED};
    }
    return last;
}

std::optional<Settlement> settlement_of(Transaction& tx, std::string_view prescription_id) {
    const auto row = tx.select_one(kSettlementOf, prescription_id);
    if (!row) return std::nullopt;
    return Settlement{row->text(0), row->text(1)};
}

}  // namespace yilian::prescriptions::store
