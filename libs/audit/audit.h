#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/ulid.h"
#include "libs/storage/store.h"
#include "libs/storage/transaction.h"

namespace yilian::audit {

// Who did what to whose record, with what outcome (security.md 4). Ids and codes only: no names,
// numbers of documents, phones or clinical text. Empty = does not apply.
struct Record {
    Instant at;                    // business clock
    std::string actor{};           // subject of the token, or the name of a system actor
    std::string institution_id{};  // on whose behalf
    std::string client_id{};       // program that called
    std::string action{};          // full method name, or "timer:<kind>", "event:<type>"
    std::string subject{};         // "referral/<id>"
    std::string resident_id{};     // whose record was read or changed
    std::string outcome{};         // "OK", "REFUSED", "DENIED"
    std::string reason{};          // reason code of a refusal, or given for emergency access
    std::string purpose{};         // purpose of use, where one is stated
    std::string correlation_id{};
    std::string traceparent{};
    friend bool operator==(const Record&, const Record&) = default;
};

// Appends audit rows in the transaction of the act: both commit or neither. A row that cannot be
// written fails the act. Thread-safe as far as its IdSource is.
class AuditWriter {
  public:
    explicit AuditWriter(IdSource& ids) : ids_(ids) {}
    // The id of the row, a ULID.
    std::string append(storage::Transaction& tx, const Record& record);

  private:
    IdSource& ids_;
};

// Who read or changed a resident's record, newest first; for the resident's own view.
struct Entry {
    std::string id;
    Record record;
};
[[nodiscard]] std::vector<Entry> of_resident(storage::Transaction& tx,
                                             const std::string& resident_id, std::int64_t limit);

// Tables of this library; migration set "audit". Triggers let the application append and seal, and
// refuse everything else.
[[nodiscard]] storage::MigrationSet migrations();

}  // namespace yilian::audit
