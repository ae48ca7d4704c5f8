#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/referrals/app/work.h"
#include "services/referrals/domain/exam.h"
#include "services/referrals/store/exam_rows.h"
#include "yilian/referrals/v1/diagnostics_service.pb.h"

// Shared examination, recognition of earlier results, critical values (diagnostics.md 2 to 4).
namespace yilian::referrals::app {

// Kind of the timer of a critical value that nobody acknowledges. The aggregate is the value.
inline constexpr std::string_view kCriticalTimer = "critical.acknowledge";

[[nodiscard]] Outcome<v1::ExamSite> publish_exam_site(Work& work, v1::ExamSite site,
                                                      std::string_view etag);

// Earlier results of the item within its window that this institution may see, newest first:
// those of its consortia, or of the whole district. ITEM_NOT_FOUND.
[[nodiscard]] Outcome<std::vector<domain::exam::Prior>> prior_results(
    storage::Transaction& tx, std::string_view institution_id, std::string_view resident_id,
    std::string_view item_code, Instant now, calendar::CivilDate today, const Rules& rules);

struct NewExam {
    std::string order_id;  // "" = a new one
    std::string resident_id;
    std::string centre_id;
    std::string item_code;
    domain::ExamPriority priority = domain::ExamPriority::kNone;
    std::string referral_id;
    std::string channel_case_id;
    domain::exam::Wish wish;
};
struct Ordered {
    std::optional<domain::exam::Order> order;         // none when a result was recognised
    std::optional<store::RecognitionRow> recognised;  // none when there was no earlier result
};
// PRIOR_NOT_REVIEWED, REPEAT_REASON_MISSING, ITEM_NOT_FOUND, CENTRE_NOT_OFFERING,
// RESIDENT_NOT_FOUND, ALREADY_EXISTS.
[[nodiscard]] Outcome<Ordered> order_exam(Work& work, const NewExam& request);

// One step of the table on an order. `code`: device, reader or reason, as the action needs it.
struct ExamStep {
    std::string order_id;
    std::string etag;
    domain::exam::Action action = domain::exam::Action::kOrder;
    std::string code;
    std::string document_id;
    std::string sha256;
    std::string received_sha256;
    v1::ExamReport report;  // of ReportExam: findings, text, values, quality
};
// DEVICE_NOT_FOUND, DOCUMENT_HASH_MISMATCH, READER_GRADE_INSUFFICIENT, REPORT_EMPTY,
// VERIFIER_IS_READER, SECOND_READER_NEEDED, SIGNATURE_INVALID, STATE_TRANSITION_NOT_ALLOWED.
[[nodiscard]] Outcome<domain::exam::Order> step_exam(Work& work, const ExamStep& step);

// NOT_RESPONSIBLE, ALREADY_EXISTS, STATE_TRANSITION_NOT_ALLOWED before a report.
[[nodiscard]] Outcome<domain::exam::Critical> raise_critical(Work& work,
                                                             std::string_view critical_id,
                                                             std::string_view order_id);
// NOT_RESPONSIBLE, TREATMENT_MISSING.
[[nodiscard]] Outcome<domain::exam::Critical> step_critical(Work& work,
                                                            std::string_view critical_id,
                                                            domain::exam::CriticalStep step,
                                                            std::string_view treatment_code);
// The timer: the next one is asked, the duty office last.
void critical_unanswered(Work& work, domain::exam::Critical critical, const Rules& rules);

}  // namespace yilian::referrals::app
