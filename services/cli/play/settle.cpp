#include "services/cli/play/settle.h"

#include <utility>

#include "fmt/format.h"
#include "services/cli/play/import_parts.h"
#include "yilian/billing/v1/capitation_service.pb.h"
#include "yilian/billing/v1/ledger_service.pb.h"
#include "yilian/billing/v1/settlement_service.pb.h"

namespace yilian::cli::play {
namespace {

namespace v1 = billing::v1;

constexpr const char* kAgency = "AGENCY";

std::string method(const char* name) {
    return std::string("yilian.billing.v1.SettlementService/") + name;
}

std::optional<v1::Run> publish_run(Stage& stage, const std::string& scope,
                                   const std::string& month) {
    const std::string id = fmt::format("INSTITUTION_MONTH-{}-{}", scope, month);
    v1::StartRunRequest start;
    start.set_run_id(id);
    start.set_kind(v1::RUN_KIND_INSTITUTION_MONTH);
    start.set_scope_id(scope);
    start.set_period(month);
    const auto started =
        stage.command<v1::Run>({"billing", method("StartRun"), clerk(), "run/start/" + id}, start);
    if (!started) return std::nullopt;
    v1::ApproveRunRequest approve;
    approve.set_run_id(id);
    approve.set_etag(started->etag());
    approve.set_result_digest(started->result_digest());
    const auto approved = stage.command<v1::Run>(
        {"billing", method("ApproveRun"), approver(), "run/approve/" + id}, approve);
    if (!approved) return std::nullopt;
    v1::PublishRunRequest publish;
    publish.set_run_id(id);
    publish.set_etag(approved->etag());
    return stage.command<v1::Run>(
        {"billing", method("PublishRun"), approver(), "run/publish/" + id}, publish);
}

void pay(Stage& stage, const v1::Run& run, const v1::RunPartyResult& party) {
    if (party.prepay_fen() <= 0) return;
    const std::string key = run.run_id() + "/" + party.party();
    v1::InstructPaymentRequest instruct;
    instruct.set_payment_id(stage.ids.ulid(stage.now(), "payment/" + key));
    instruct.set_party(party.party());
    instruct.set_amount_fen(party.prepay_fen());
    instruct.add_run_ids(run.run_id());
    instruct.set_claim_received_on(stage.today());
    const auto instructed = stage.command<v1::Payment>(
        {"billing", method("InstructPayment"), clerk(), "pay/" + key}, instruct);
    if (!instructed) return;
    v1::ConfirmPaymentRequest confirm;
    confirm.set_payment_id(instructed->payment_id());
    confirm.set_etag(instructed->etag());
    confirm.set_amount_fen(party.prepay_fen());
    stage.command<v1::Payment>({"billing", method("ConfirmPayment"), clerk(), "paid/" + key},
                               confirm);
}

void close_period(Stage& stage, const std::string& month) {
    v1::GetPeriodRequest get;
    get.set_period(month);
    const auto period = stage.query<v1::Period>(
        {"billing", "yilian.billing.v1.LedgerService/GetPeriod", approver(), "period/" + month},
        get);
    v1::ClosePeriodRequest request;
    request.set_period(month);
    if (period) request.set_etag(period->etag());
    stage.command<v1::Period>(
        {"billing", "yilian.billing.v1.LedgerService/ClosePeriod", approver(), "close/" + month},
        request);
}

}  // namespace

Actor clerk() { return {kAgency, "agency-clerk", Duty::kClerk}; }
Actor approver() { return {kAgency, "agency-approver", Duty::kApprover}; }

void price_capitation(Stage& stage, const std::string& month) {
    v1::PriceCapitationRequest request;
    request.set_consortium_id(stage.district.consortium);
    request.set_period(month);
    stage.command<v1::CapitationMonth>(
        {"billing", "yilian.billing.v1.CapitationService/PriceCapitation", clerk(),
         "capitation/" + month},
        request);
}

void settle_month(Stage& stage, const policy::Pack& pack, const std::string& month,
                  Settlement& into) {
    const auto& run = pack.blocks().run;
    if (!run) return;
    const int year = std::stoi(month.substr(0, 4));
    for (const auto& [insurance, rates] : run->pools) {
        const auto published = publish_run(stage, pool_id(insurance, year), month);
        if (!published) continue;
        for (const v1::RunPartyResult& party : published->parties()) {
            into.parties.push_back({month, published->run_id(), party.party(),
                                    party.institution_id(), party.case_count(), party.points_e4(),
                                    party.prepay_fen(), party.statement_sha256()});
            pay(stage, *published, party);
        }
    }
    close_period(stage, month);
}

}  // namespace yilian::cli::play
