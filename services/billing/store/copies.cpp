#include "services/billing/store/copies.h"

#include <algorithm>

#include "services/billing/store/copy_queries.h"

namespace yilian::billing::store {
namespace {

using storage::Row;
using storage::Transaction;

// Chains of merges are short; a circle would be a fault of the data.
constexpr int kMergesMax = 8;

std::optional<CivilDate> opt_date(const Row& row, std::size_t column) {
    if (row.text(column).empty()) return std::nullopt;
    return *CivilDate::parse(row.text(column));
}

ContractCopy contract_of(const Row& row) {
    ContractCopy c;
    c.facts.contract_id = row.text(0);
    c.facts.resident_id = row.text(1);
    c.team_id = row.text(2);
    c.facts.institution_id = row.text(3);
    c.facts.valid_from = *CivilDate::parse(row.text(4));
    c.facts.ends_on = CivilDate::parse(row.text(5))->plus_days(1);
    if (const auto ended = opt_date(row, 6)) c.facts.ends_on = std::min(c.facts.ends_on, *ended);
    c.active = row.text(7) == "ACTIVE";
    c.facts.voided = row.text(7) == "VOID";
    c.fee = Fen::of_raw(row.i64(8));
    return c;
}

const char* direction_name(ReferralKind kind) {
    if (kind == ReferralKind::kUp) return "UP";
    return kind == ReferralKind::kDown ? "DOWN" : "NONE";
}

ReferralKind direction_of(const std::string& name) {
    if (name == "UP") return ReferralKind::kUp;
    if (name == "DOWN") return ReferralKind::kDown;
    return ReferralKind::kNone;
}

std::vector<MembershipSpan> own_memberships(Transaction& tx, std::string_view institution_id) {
    std::vector<MembershipSpan> out;
    for (const Row& row : tx.select(kMemberships, institution_id)) {
        auto to = opt_date(row, 2);
        if (to) to = to->plus_days(1);
        out.push_back({row.text(0), *CivilDate::parse(row.text(1)), to});
    }
    return out;
}

}  // namespace

std::string surviving(Transaction& tx, std::string_view resident_id) {
    std::string id(resident_id);
    for (int i = 0; i < kMergesMax; ++i) {
        const auto row = tx.select_one(kResident, id);
        if (!row || row->text(5).empty()) break;
        id = row->text(5);
    }
    return id;
}

std::vector<std::string> aliases(Transaction& tx, std::string_view surviving_id) {
    std::vector<std::string> ids{std::string(surviving_id)};
    for (std::size_t i = 0; i < ids.size() && ids.size() < 64; ++i) {
        for (const Row& row : tx.select(kMergedInto, ids[i])) {
            if (std::ranges::find(ids, row.text(0)) == ids.end()) ids.push_back(row.text(0));
        }
    }
    return ids;
}

std::optional<ResidentFacts> resident(Transaction& tx, std::string_view resident_id) {
    const auto row = tx.select_one(kResident, resident_id);
    if (!row || row->text(2).empty()) return std::nullopt;
    ResidentFacts facts;
    facts.resident_id = resident_id;
    facts.sex = static_cast<int>(row->i64(1));
    facts.birth_date = *CivilDate::parse(row->text(2));
    if (const auto died = opt_date(*row, 3)) facts.gone_on = died->plus_days(1);
    if (const auto left = opt_date(*row, 4)) {
        facts.gone_on = facts.gone_on ? std::min(*facts.gone_on, *left) : *left;
    }
    for (const Row& insurance : tx.select(kInsurances, resident_id)) {
        facts.insurances.push_back({*CivilDate::parse(insurance.text(0)), insurance.text(1)});
    }
    return facts;
}

std::optional<InstitutionCopy> institution(Transaction& tx, std::string_view institution_id,
                                           CivilDate on) {
    const auto row = tx.select_one(kInstitutionOn, institution_id, on.text());
    if (!row) return std::nullopt;
    return InstitutionCopy{row->text(0), row->text(1), row->text(2), opt_date(*row, 3),
                           opt_date(*row, 4)};
}

std::vector<MembershipSpan> memberships(Transaction& tx, std::string_view institution_id) {
    std::string id(institution_id);
    for (int i = 0; i < kMergesMax; ++i) {
        auto own = own_memberships(tx, id);
        if (!own.empty()) return own;
        const auto parent = tx.select_one(kLatestParent, id);
        if (!parent || parent->text(0).empty()) break;
        id = parent->text(0);
    }
    return {};
}

std::string lead_of(Transaction& tx, std::string_view consortium_id, CivilDate on) {
    const auto row = tx.select_one(kLead, consortium_id, on.text());
    return row ? row->text(0) : "";
}

std::optional<ContractCopy> contract(Transaction& tx, std::string_view contract_id) {
    const auto row = tx.select_one(kContract, contract_id);
    if (!row) return std::nullopt;
    return contract_of(*row);
}

std::vector<ContractCopy> contracts_of(Transaction& tx, std::string_view resident_id) {
    std::vector<ContractCopy> out;
    for (const Row& row : tx.select(kContractsOfResident, resident_id)) {
        out.push_back(contract_of(row));
    }
    return out;
}

std::vector<ChronicSpan> chronic_of(Transaction& tx, std::string_view resident_id) {
    std::vector<ChronicSpan> out;
    for (const Row& row : tx.select(kChronicOf, resident_id)) {
        out.push_back({*CivilDate::parse(row.text(0)), opt_date(row, 1)});
    }
    return out;
}

std::vector<Evidence> evidence_named(Transaction& tx, std::string_view named) {
    std::vector<Evidence> out;
    if (named.empty()) return out;
    for (const Row& row : tx.select(kEvidenceNamed, named)) {
        Evidence e;
        e.evidence_id = row.text(0);
        e.referral_id = row.text(1);
        e.sequence = row.i64(2);
        e.chain_id = row.text(3);
        e.resident_id = surviving(tx, row.text(4));
        e.from_institution_id = row.text(5);
        e.to_institution_id = row.text(6);
        e.direction = direction_of(row.text(7));
        e.beyond_county = row.flag(8);
        e.valid = row.flag(9);
        e.arrived_at = row.opt_instant(10);
        e.admitted_at = row.opt_instant(11);
        e.issued_at = row.instant(12);
        out.push_back(std::move(e));
    }
    return out;
}

bool evidence_held(Transaction& tx, std::string_view named) {
    return tx.select_one(kEvidenceHeld, named)->i64(0) > 0;
}

void keep_answer(Transaction& tx, const Evidence& told) {
    const auto time = [](const std::optional<Instant>& at) {
        return at ? storage::Value(*at) : storage::Value();
    };
    tx.run(kKeepEvidenceAnswer, told.evidence_id, told.referral_id, told.chain_id, told.resident_id,
           told.from_institution_id, told.to_institution_id, direction_name(told.direction),
           told.beyond_county, told.valid, time(told.arrived_at), time(told.admitted_at),
           told.issued_at);
}

std::string team_institution(Transaction& tx, std::string_view team_id) {
    const auto row = tx.select_one(kTeam, team_id);
    return row ? row->text(0) : "";
}

}  // namespace yilian::billing::store
