#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/storage/transaction.h"
#include "services/billing/domain/enrolment_timeline.h"
#include "services/billing/domain/evidence.h"

// The service's copies of other services' facts, for reading.
namespace yilian::billing::store {

// The surviving id of a merge; the id itself when it is none or unknown.
[[nodiscard]] std::string surviving(storage::Transaction& tx, std::string_view resident_id);
// The id and every id merged into it.
[[nodiscard]] std::vector<std::string> aliases(storage::Transaction& tx,
                                               std::string_view surviving_id);

// Empty when the resident is not known yet.
[[nodiscard]] std::optional<ResidentFacts> resident(storage::Transaction& tx,
                                                    std::string_view resident_id);

struct InstitutionCopy {
    std::string institution_class;
    std::string level;
    std::string parent_id;
    std::optional<CivilDate> agreement_from;
    std::optional<CivilDate> agreement_to;  // inclusive

    [[nodiscard]] bool in_agreement(CivilDate day) const {
        return agreement_from && *agreement_from <= day && (!agreement_to || day <= *agreement_to);
    }
};
[[nodiscard]] std::optional<InstitutionCopy> institution(storage::Transaction& tx,
                                                         std::string_view institution_id,
                                                         CivilDate on);

// Of the institution, or where it has none of those that manage it.
[[nodiscard]] std::vector<MembershipSpan> memberships(storage::Transaction& tx,
                                                      std::string_view institution_id);
// Lead hospital of the consortium, "" when none is known.
[[nodiscard]] std::string lead_of(storage::Transaction& tx, std::string_view consortium_id,
                                  CivilDate on);

struct ContractCopy {
    ContractFacts facts;
    std::string team_id;
    Fen fee;
    bool active = false;  // has begun; a voided one may never have
};
[[nodiscard]] std::optional<ContractCopy> contract(storage::Transaction& tx,
                                                   std::string_view contract_id);
[[nodiscard]] std::vector<ContractCopy> contracts_of(storage::Transaction& tx,
                                                     std::string_view resident_id);

[[nodiscard]] std::vector<ChronicSpan> chronic_of(storage::Transaction& tx,
                                                  std::string_view resident_id);

// All evidence of the referral that `named` is the id of, or the evidence of. Resident ids are the
// surviving ones.
[[nodiscard]] std::vector<Evidence> evidence_named(storage::Transaction& tx,
                                                   std::string_view named);
// Whether the copy of that evidence, or of any of that referral, has come.
[[nodiscard]] bool evidence_held(storage::Transaction& tx, std::string_view named);
// What the owner answered before its event has come; not part of any projection.
void keep_answer(storage::Transaction& tx, const Evidence& told);

[[nodiscard]] std::string team_institution(storage::Transaction& tx, std::string_view team_id);

}  // namespace yilian::billing::store
