#include "services/cli/play/acts.h"
#include "yilian/directory/v1/contract_service.pb.h"

// Offers and signatures of family-doctor contracts.
namespace yilian::cli::play {
namespace {

namespace v1 = directory::v1;

constexpr std::int64_t kPaidFeeFen = 12'000;
constexpr int kRefusedOf10000 = 200;

std::string method(const char* name) {
    return std::string("yilian.directory.v1.ContractService/") + name;
}

std::string contract_id(const Part& part) {
    const Stage& stage = part.stage;
    return stage.ids.ulid(stage.at(part.story.contract_day, Phase::kMorning),
                          part.key("contract", 0));
}

void offer(Part& part) {
    const Stage& stage = part.stage;
    v1::OfferContractRequest request;
    request.set_contract_id(contract_id(part));
    request.set_resident_id(part.resident.id);
    request.set_team_id(stage.district.teams[part.resident.team].id);
    request.set_party(v1::CONTRACT_PARTY_RESIDENT);
    // Whoever signs on the first day is covered from it, later ones from the next day.
    const int from_day = part.story.contract_day == 0 ? 0 : part.story.contract_day + 1;
    const CivilDate from = stage.days.date(from_day);
    request.set_valid_from(from.text());
    request.set_valid_to(from.plus_months(12).plus_days(-1).text());
    const bool paid = stage.ids.draw(part.key("fee", 0), 4) == 0;
    request.set_fee_fen(paid ? kPaidFeeFen : 0);
    if (paid) {
        v1::PayerShare* share = request.add_payer_split();
        share->set_payer("FUND");
        share->set_amount_fen(kPaidFeeFen);
    }
    part.stage.command<v1::Contract>(
        {"directory", method("OfferContract"), part.leader(), part.key("offer", 0)}, request);
}

void sign(Part& part) {
    v1::SignContractRequest request;
    request.set_contract_id(contract_id(part));
    request.mutable_signature()->set_method(v1::SIGNATURE_METHOD_E_SIGN);
    request.mutable_signature()->set_document_id("doc-" + contract_id(part));
    Command command{"directory", method("SignContract"), part.leader(), part.key("sign", 0)};
    part.stage.command<v1::Contract>(command, request);
    // Nobody signs the same offer twice.
    if (part.stage.chance(command.key, kRefusedOf10000)) {
        command.key = part.key("sign-again", 0);
        command.refusal = "STATE_TRANSITION_NOT_ALLOWED";
        part.stage.command<v1::Contract>(command, request);
    }
}

void decline(Part& part) {
    v1::DeclineOfferRequest request;
    request.set_contract_id(contract_id(part));
    part.stage.command<v1::Contract>(
        {"directory", method("DeclineOffer"), part.leader(), part.key("decline", 0)}, request);
}

}  // namespace

void play_contract(Part& part, const Step& step) {
    if (!part.stage.plays("directory")) return;
    if (step.act == Act::kOffer) return offer(part);
    if (step.act == Act::kSign) return sign(part);
    decline(part);
}

}  // namespace yilian::cli::play
