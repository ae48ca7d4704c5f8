#include "services/cli/play/acts.h"

#include "fmt/format.h"

namespace yilian::cli::play {

std::string Part::key(const std::string& what, int plan) const {
    return fmt::format("r/{}/{}/{}", index, what, plan);
}

Actor Part::doctor(std::size_t at, int plan) const {
    const std::string& id = institution(at).id;
    return {id, stage.district.any_of(id, "PRESCRIBE", index + static_cast<std::size_t>(plan)).id,
            Duty::kDoctor};
}

Actor Part::leader() const {
    const Team& team = stage.district.teams[resident.team];
    return {team.institution, team.members.front(), Duty::kDoctor};
}

Actor Part::nurse(std::size_t at, int plan) const {
    const std::string& id = institution(at).id;
    if (!stage.district.has_nurse(id)) return doctor(at, plan);
    return {id, stage.district.any_of(id, "", index + static_cast<std::size_t>(plan)).id,
            Duty::kNurse};
}

Actor Part::reviewer(std::size_t at, int plan, const Actor& prescriber) const {
    const std::string& id = institution(at).id;
    const auto number = index + static_cast<std::size_t>(plan);
    return {id, stage.district.any_of(id, "REVIEW_PRESCRIPTION", number, prescriber.subject).id,
            Duty::kPharmacist};
}

Actor Part::dispenser(std::size_t at, int plan) const {
    const std::string& id = institution(at).id;
    return {id, stage.district.any_of(id, "DISPENSE", index + static_cast<std::size_t>(plan)).id,
            Duty::kPharmacist};
}

Actor Part::coder(std::size_t at) const {
    return {institution(at).id, institution(at).id + "-coder", Duty::kCoder};
}

void play(Part& part, const Step& step) {
    switch (step.act) {
        case Act::kOffer:
        case Act::kSign:
        case Act::kDecline:
            return play_contract(part, step);
        case Act::kEnrol:
        case Act::kVisit:
            return play_registry(part, step);
        case Act::kRefer:
        case Act::kReanswer:
        case Act::kBook:
        case Act::kArrive:
        case Act::kEndNoShow:
        case Act::kComplete:
        case Act::kAnswerDown:
        case Act::kArriveAtBase:
        case Act::kCloseReferral:
            return play_referral(part, step);
        case Act::kPrescribe:
        case Act::kDispense:
        case Act::kCancelRx:
            return play_prescription(part, step);
        case Act::kSubmitList:
        case Act::kCorrectList:
        case Act::kSubmitRxList:
            return play_billing(part, step);
    }
}

}  // namespace yilian::cli::play
