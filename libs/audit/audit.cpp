#include "libs/audit/audit.h"

#include "libs/audit/queries.h"
#include "libs/audit/rows.h"

namespace yilian::audit {

std::span<const EmbeddedFile> migration_files();

storage::MigrationSet migrations() { return {"audit", migration_files()}; }

std::string AuditWriter::append(storage::Transaction& tx, const Record& record) {
    std::string id = ids_.next_ulid();
    tx.post(queries::kAppend, id, record.at, record.actor, record.institution_id, record.client_id,
            record.action, record.subject, record.resident_id, record.outcome, record.reason,
            record.purpose, record.correlation_id, record.traceparent);
    return id;
}

std::vector<Entry> of_resident(storage::Transaction& tx, const std::string& resident_id,
                               std::int64_t limit) {
    std::vector<Entry> entries;
    for (const storage::Row& row : tx.select(queries::kOfResident, resident_id, limit)) {
        StoredRow stored = audit_from(row);
        entries.push_back({std::move(stored.id), std::move(stored.record)});
    }
    return entries;
}

}  // namespace yilian::audit
