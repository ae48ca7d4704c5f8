#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/events/event.h"
#include "libs/storage/transaction.h"
#include "services/referrals/domain/exam.h"
#include "yilian/common/v1/event.pb.h"
#include "yilian/referrals/v1/diagnostics_service.pb.h"

// Rows and events of shared examination.
namespace yilian::referrals::store {

struct StoredSite {
    v1::ExamSite message;  // without etag
    std::int64_t changes = 0;
};
[[nodiscard]] std::optional<StoredSite> exam_site(storage::Transaction& tx,
                                                  std::string_view institution_id);
void save(storage::Transaction& tx, const StoredSite& site);

// With its reports.
[[nodiscard]] std::optional<domain::exam::Order> exam(storage::Transaction& tx,
                                                      std::string_view order_id);
// Without reports; conditional on `changes`.
void save(storage::Transaction& tx, const domain::exam::Order& order);
// A new version, or verification and signature of one that is not signed.
void save(storage::Transaction& tx, std::string_view order_id, const domain::exam::Report& report);

struct StoredPrior {
    domain::exam::Prior prior;
    std::string base_institution_id;
};
// Signed reports of the item between the instants, newest first.
[[nodiscard]] std::vector<StoredPrior> priors(storage::Transaction& tx,
                                              std::string_view resident_id,
                                              std::string_view item_code, Instant since,
                                              Instant until);

// A decision as it is kept.
struct RecognitionRow {
    std::string decision_id;
    std::string item_code;
    std::string resident_id;
    std::string institution_id;
    std::string order_id;  // "" when a result was recognised
    domain::exam::Decision decision;
    std::string decided_by;
    Instant decided_at{};
};
void add(storage::Transaction& tx, const RecognitionRow& row);

[[nodiscard]] std::optional<domain::exam::Critical> critical(storage::Transaction& tx,
                                                             std::string_view critical_id);
void save(storage::Transaction& tx, const domain::exam::Critical& critical);

using ExamContext = common::v1::EventContext;
// The event of a step of the table; rows 5 and 9 have none of this form.
[[nodiscard]] events::EventDraft exam_event(domain::exam::Action action, const ExamContext& context,
                                            const domain::exam::Order& order, Instant at);
[[nodiscard]] events::EventDraft exam_signed(const ExamContext& context,
                                             const domain::exam::Order& order);
[[nodiscard]] events::EventDraft recognition_decided(const ExamContext& context,
                                                     const RecognitionRow& row);
enum class CriticalEvent { kRaised, kAcknowledged, kEscalated, kClosed };
[[nodiscard]] events::EventDraft critical_event(CriticalEvent event, const ExamContext& context,
                                                const domain::exam::Critical& critical, Instant at);

}  // namespace yilian::referrals::store
