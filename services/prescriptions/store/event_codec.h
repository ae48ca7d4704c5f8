#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/events/event.h"
#include "services/prescriptions/domain/check.h"
#include "services/prescriptions/domain/types.h"
#include "services/prescriptions/store/rows.h"
#include "yilian/common/v1/event.pb.h"

// Domain events as the messages of yilian/prescriptions/v1/events.proto.
namespace yilian::prescriptions::store {

using Context = common::v1::EventContext;
using domain::Prescription;

[[nodiscard]] events::EventDraft drafted(const Context& context, const Prescription& p);
[[nodiscard]] events::EventDraft was_signed(const Context& context, const Prescription& p);
[[nodiscard]] events::EventDraft checked(const Context& context, const Prescription& p,
                                         const std::vector<std::string>& rule_ids);

// Who sent a prescription back or on, and why.
struct ReviewFacts {
    std::vector<std::string> rule_ids;
    std::string reason_code;
    std::string reviewer_id;  // "" for the system
};
[[nodiscard]] events::EventDraft returned(const Context& context, const Prescription& p,
                                          const ReviewFacts& facts);
[[nodiscard]] events::EventDraft refused(const Context& context, const Prescription& p,
                                         const ReviewFacts& facts);
[[nodiscard]] events::EventDraft double_signed(const Context& context, const Prescription& p,
                                               const ReviewFacts& facts);

[[nodiscard]] events::EventDraft became_effective(const Context& context, const Prescription& p);
[[nodiscard]] events::EventDraft instance_planned(const Context& context,
                                                  const Prescription& instance);
[[nodiscard]] events::EventDraft long_assessed(const Context& context, const Eligibility& e);

[[nodiscard]] events::EventDraft claimed(const Context& context, const Prescription& p,
                                         const domain::Claim& claim);
[[nodiscard]] events::EventDraft released(const Context& context, const Prescription& p,
                                          const domain::Claim& claim);
[[nodiscard]] events::EventDraft line_dispensed(const Context& context, const Prescription& p,
                                                const domain::Line& line,
                                                const domain::Dispense& dispense);
// `quantity_milli` is what will not be dispensed.
[[nodiscard]] events::EventDraft line_not_dispensed(const Context& context, const Prescription& p,
                                                    const domain::Line& line,
                                                    std::string_view dispenser_institution_id,
                                                    std::int64_t quantity_milli,
                                                    domain::CivilDate on);
[[nodiscard]] events::EventDraft dispense_reversed(const Context& context, const Prescription& p,
                                                   const domain::Dispense& dispense);

// The four events that tell where a prescription came to rest.
enum class RestEvent { kDispensed, kSettled, kClosed, kExpired };
[[nodiscard]] events::EventDraft came_to_rest(RestEvent event, const Context& context,
                                              const Prescription& p, Instant at);

[[nodiscard]] events::EventDraft cancel_requested(const Context& context, const Prescription& p,
                                                  std::string_view reason_code);
[[nodiscard]] events::EventDraft cancel_voided(const Context& context, const Prescription& p,
                                               std::string_view reason_code);
[[nodiscard]] events::EventDraft cancelled(const Context& context, const Prescription& p);

// A trace code that was dispensed already is presented again.
struct Conflict {
    std::string conflict_id;
    std::string code;  // sent as a hash only
    std::string institution_id;
    std::string first_dispense_id;
    std::string second_dispense_id;
};
[[nodiscard]] events::EventDraft trace_conflict(const Context& context, const Conflict& conflict);

}  // namespace yilian::prescriptions::store
