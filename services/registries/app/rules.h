#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "libs/runtime/work.h"
#include "services/registries/domain/classification.h"

namespace yilian::registries::app {

using runtime::Work;

// The pack of a service date and what this service reads of it.
struct Rules {
    std::shared_ptr<const policy::Pack> pack;
    domain::ClassificationPolicy classification;

    [[nodiscard]] bool disease_enabled(std::string_view disease_code) const;
    [[nodiscard]] std::int32_t lost_after_months() const;
    [[nodiscard]] std::int32_t moved_close_after_days() const;
    // The registry disease that a diagnosis code belongs to, "" when none does; registry codes
    // themselves are answered as they are.
    [[nodiscard]] std::string disease_of(std::string_view diagnosis_code) const;
};

// POLICY_NOT_IN_FORCE.
[[nodiscard]] Outcome<Rules> rules_on(const policy::PolicyStore& policies,
                                      const std::string& district,
                                      calendar::CivilDate service_date);
[[nodiscard]] inline Outcome<Rules> rules_on(const Work& work, calendar::CivilDate service_date) {
    return rules_on(work.policies, work.district, service_date);
}

}  // namespace yilian::registries::app
