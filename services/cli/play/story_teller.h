#pragma once

#include <string>

#include "services/cli/play/rng.h"
#include "services/cli/play/story.h"

namespace yilian::cli::play {

// Makes the story of one resident; one object a resident (make_story).
class Teller {
  public:
    Teller(const District& district, const DayCount& days, std::size_t index);
    [[nodiscard]] Story tell();

  private:
    void add(int day, Phase phase, Act act, int plan);
    // One of the first residents, with what the main paths need.
    [[nodiscard]] bool exemplar() const;
    [[nodiscard]] bool adult() const;
    [[nodiscard]] int working_day(int day) const;
    [[nodiscard]] bool contract_covers(int day) const;

    // story.cpp: contract, registry, prescriptions.
    void plan_contract();
    void plan_chronic();
    void visit_from(int day, bool hypertension, bool diabetes);
    int plan_visit(int day, bool hypertension, bool diabetes, bool satisfied);
    int plan_advised(int day, bool hypertension, bool diabetes);
    void plan_long(int day, const std::string& family, int referral);
    void plan_acute();
    void add_prescription(RxPlan rx);
    void plan_direct_referral();
    void plan_direct_stay();

    // story_care.cpp: referrals, stays and their lists.
    int plan_referral(int day, bool advised, const std::string& disease);
    [[nodiscard]] std::string graded_diagnosis() const;
    void choose_answer(ReferralPlan& plan);
    void plan_care(int referral);
    void plan_base_stay_before(int referral);
    void plan_hospital_stay(int referral);
    void plan_base_stay_after(int referral);
    void price(StayPlan& stay, const CaseTemplate& from);
    [[nodiscard]] Fault any_fault();
    void add_stay(StayPlan stay);

    const District& d_;
    const DayCount& days_;
    std::size_t index_;
    const Resident& r_;
    Rng rng_;
    Story story_;
};

}  // namespace yilian::cli::play
