#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libs/policy/pack.h"
#include "services/referrals/domain/channel.h"
#include "services/referrals/domain/criteria.h"
#include "services/referrals/domain/due_times.h"
#include "services/referrals/domain/evidence.h"
#include "services/referrals/domain/exam.h"
#include "services/referrals/domain/prompts.h"
#include "services/referrals/domain/slots.h"
#include "services/referrals/domain/submit.h"

namespace yilian::referrals::app {

// The pack of a service date and what this service reads of it.
struct Rules {
    std::shared_ptr<const policy::Pack> pack;
    domain::SubmitPolicy submit;
    domain::DuePolicy due;
    domain::CriteriaPolicy criteria;
    domain::SlotPolicy slot;
    domain::EvidencePolicy evidence;
    domain::channel::Policy channel;
    domain::exam::Policy exam;
    domain::PromptPolicy prompts;
    bool team_duty = false;
    std::int32_t draft_discard_days = 0;
    std::int32_t advice_final_after_days = 0;
    std::int32_t rejected_act_working_days = 0;
    std::int32_t no_show_after_min = 0;
    std::int32_t record_upload_min = 0;
    std::int32_t first_followup_days = 0;
    std::int32_t close_after_days = 0;
    std::int32_t reply_letter_h = 0;

    [[nodiscard]] domain::GuardFacts guard_facts(Instant now) const {
        return {now, submit.max_hops, no_show_after_min};
    }
    // The registry disease of a diagnosis code, "" when none; registry codes are answered as they
    // are.
    [[nodiscard]] std::string disease_of(std::string_view diagnosis_code) const;
    // All of them: families overlap.
    [[nodiscard]] std::vector<std::string> diseases_of(std::string_view diagnosis_code) const;
};

[[nodiscard]] Rules rules_of(std::shared_ptr<const policy::Pack> pack);

}  // namespace yilian::referrals::app
