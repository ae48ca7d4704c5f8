#pragma once

#include <string>

#include "services/cli/play/stage.h"
#include "services/cli/play/story.h"

namespace yilian::cli::play {

// One resident on the stage.
struct Part {
    Stage& stage;
    std::size_t index;
    const Resident& resident;
    const Story& story;
    Memory& memory;

    // A key of this resident's commands: "r/12/visit/3".
    [[nodiscard]] std::string key(const std::string& what, int plan) const;
    // People who care for the resident; the same ones for the same plan.
    [[nodiscard]] Actor doctor(std::size_t institution, int plan) const;
    [[nodiscard]] Actor leader() const;  // of the team
    // A doctor where there is no nurse.
    [[nodiscard]] Actor nurse(std::size_t institution, int plan) const;
    // Who reviews what somebody else prescribed.
    [[nodiscard]] Actor reviewer(std::size_t institution, int plan, const Actor& prescriber) const;
    [[nodiscard]] Actor dispenser(std::size_t institution, int plan) const;
    [[nodiscard]] Actor coder(std::size_t institution) const;
    [[nodiscard]] const Institution& institution(std::size_t at) const {
        return stage.district.institutions[at];
    }
};

// Plays one step: its commands, what they must answer, now and then something to be refused.
void play(Part& part, const Step& step);

// One function a service; the steps of a service that the play leaves out do nothing.
void play_contract(Part& part, const Step& step);
void play_registry(Part& part, const Step& step);
void play_referral(Part& part, const Step& step);
void play_prescription(Part& part, const Step& step);
void play_billing(Part& part, const Step& step);

// Id of the pool that a booking of this plan takes a place of.
[[nodiscard]] std::string pool_of(const Part& part, const ReferralPlan& plan);

}  // namespace yilian::cli::play
