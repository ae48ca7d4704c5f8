#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/crypto/digest.h"
#include "libs/crypto/envelope.h"
#include "libs/storage/transaction.h"
#include "services/directory/domain/contract.h"
#include "yilian/directory/v1/resident_service.pb.h"
#include "yilian/directory/v1/types.pb.h"

// Rows of the service's tables. Records that are only stored and answered (institutions,
// practitioners, teams) are kept as their messages. All functions run inside the caller's unit.
namespace yilian::directory::store {

// A message with the counter of its changes; 0 = not stored yet.
template <class Msg>
struct Stored {
    Msg record;
    std::string batch_id;
    std::int64_t changes = 0;
};

[[nodiscard]] std::optional<Stored<v1::Institution>> institution(storage::Transaction& tx,
                                                                 std::string_view id);
// Saves one change: `stored.changes` is the counter before it and is raised. The unit runs again
// when the row changed meanwhile.
void save(storage::Transaction& tx, Stored<v1::Institution>& stored);
[[nodiscard]] Stored<v1::Institution> institution_of(const storage::Row& row);
// What held on a day; before its first day what was registered first. The etag is not set.
[[nodiscard]] std::optional<v1::Institution> institution_on(storage::Transaction& tx,
                                                            std::string_view id,
                                                            std::string_view day);

[[nodiscard]] std::optional<Stored<v1::Team>> team(storage::Transaction& tx, std::string_view id);
void save(storage::Transaction& tx, Stored<v1::Team>& stored);
[[nodiscard]] Stored<v1::Team> team_of(const storage::Row& row);
// Whether the membership of a team holds on a day, yyyy-mm-dd.
[[nodiscard]] bool member_on(const v1::TeamMember& member, std::string_view day);

[[nodiscard]] std::vector<v1::Membership> memberships(storage::Transaction& tx,
                                                      std::string_view consortium_id,
                                                      std::string_view institution_id,
                                                      std::string_view after, std::int64_t limit);
[[nodiscard]] v1::Membership membership_of(const storage::Row& row);
void save(storage::Transaction& tx, const v1::Membership& membership, std::string_view batch_id);

// The keys behind personal data: envelope encryption and the digests by which a document is found
// twice. Shared by all units; immutable.
struct PersonalData {
    PersonalData(crypto::KeyRing ring, std::string digest_key)
        : keys(std::move(ring)), digests(std::move(digest_key)) {}
    // The same document gives the same digest, however its check character is written.
    [[nodiscard]] std::string digest_of(std::string_view document_kind,
                                        std::string_view document_number) const;

    crypto::KeyRing keys;
    crypto::IdentityDigests digests;
};

[[nodiscard]] std::optional<Stored<v1::Practitioner>> practitioner(storage::Transaction& tx,
                                                                   const PersonalData& personal,
                                                                   std::string_view id);
[[nodiscard]] Stored<v1::Practitioner> practitioner_of(const storage::Row& row,
                                                       const PersonalData& personal);
void save(storage::Transaction& tx, const PersonalData& personal, Stored<v1::Practitioner>& stored);

// The pseudonymous part of a resident, health codes included.
[[nodiscard]] std::optional<Stored<v1::Resident>> resident(storage::Transaction& tx,
                                                           std::string_view id);
void save(storage::Transaction& tx, Stored<v1::Resident>& stored);
void save_health_code(storage::Transaction& tx, std::string_view resident_id,
                      const v1::HealthCode& code);

// The identity, sealed. `document` is never logged and never answered.
[[nodiscard]] std::optional<std::string> resident_of_document(storage::Transaction& tx,
                                                              const PersonalData& personal,
                                                              std::string_view document_kind,
                                                              std::string_view document_number);
void save_identity(storage::Transaction& tx, const PersonalData& personal,
                   std::string_view resident_id, const v1::ResidentIdentity& identity);

[[nodiscard]] std::optional<domain::Contract> contract(storage::Transaction& tx,
                                                       std::string_view id);
[[nodiscard]] std::vector<domain::Contract> contracts_of(storage::Transaction& tx,
                                                         std::string_view resident_id);
[[nodiscard]] domain::Contract contract_of(const storage::Row& row);
void save(storage::Transaction& tx, const domain::Contract& contract);

[[nodiscard]] std::string join(const std::vector<std::string>& codes);
[[nodiscard]] std::vector<std::string> split(std::string_view text);

}  // namespace yilian::directory::store
