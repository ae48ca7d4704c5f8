#include "services/cli/settle.h"

#include <algorithm>
#include <optional>
#include <ostream>
#include <thread>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/calendar/civil_month.h"
#include "nlohmann/json.hpp"
#include "services/cli/money_text.h"
#include "yilian/billing/v1/ledger_service.pb.h"
#include "yilian/billing/v1/settlement_service.pb.h"

namespace yilian::cli {
namespace {

namespace v1 = billing::v1;
using nlohmann::ordered_json;

constexpr const char* kAgency = "AGENCY";
constexpr std::chrono::milliseconds kPoll{200};

std::string method(const char* name) {
    return std::string("yilian.billing.v1.SettlementService/") + name;
}
std::string ledger_method(const char* name) {
    return std::string("yilian.billing.v1.LedgerService/") + name;
}

// What became of one run.
struct RunResult {
    std::string run_id;
    std::string scope;
    std::vector<std::string> did;
    std::string note;  // why nothing was done
    v1::Run run;
};

class Settlement {
  public:
    Settlement(const RunFile& run, const SettleArgs& args) : run_(run), args_(args) {
        // Who is not needed needs no token.
        if (does("prepare")) {
            clerk_.emplace(run, CallerIdentity{kAgency, "cli-clerk", {"agency_clerk"}}, args.clerk);
        }
        if (does("approve") || does("close")) {
            approver_.emplace(run, CallerIdentity{kAgency, "cli-approver", {"agency_approver"}},
                              args.approver);
        }
    }

    void settle();
    [[nodiscard]] const std::vector<RunResult>& runs() const { return runs_; }
    [[nodiscard]] const std::string& period() const { return period_; }

  private:
    [[nodiscard]] bool does(const char* step) const {
        return args_.only == step ||
               (args_.only.empty() && !(args_.keep_open && std::string_view(step) == "close"));
    }
    Caller& reader() { return approver_ ? *approver_ : *clerk_; }
    [[nodiscard]] std::vector<std::string> scopes();
    [[nodiscard]] std::optional<v1::Run> find(const std::string& run_id);
    [[nodiscard]] bool closed();
    void prepare(RunResult& result, bool closed);
    void await_computed(RunResult& result);
    void approve(RunResult& result);
    void publish(RunResult& result);
    void close();

    const RunFile& run_;
    const SettleArgs& args_;
    std::optional<Caller> clerk_;
    std::optional<Caller> approver_;
    std::vector<RunResult> runs_;
    std::string period_;  // "closed", "closed before" or "open"
};

// The pools of the year; the district where the pack alone knows them.
std::vector<std::string> Settlement::scopes() {
    if (!args_.pool.empty()) return {args_.pool};
    if (args_.district) return {run_.district};
    v1::ListPoolsRequest request;
    request.set_year(args_.month.substr(0, 4));
    std::vector<std::string> ids;
    do {
        const auto page =
            reader().ask<v1::ListPoolsResponse>("billing", method("ListPools"), request);
        for (const v1::Pool& pool : page.pools()) ids.push_back(pool.pool_id());
        request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    if (ids.empty()) ids.push_back(run_.district);
    return ids;
}

std::optional<v1::Run> Settlement::find(const std::string& run_id) {
    v1::GetRunRequest request;
    request.set_run_id(run_id);
    const auto answer = reader().call<v1::Run>("billing", method("GetRun"), request);
    if (answer.ok()) return answer.value();
    if (answer.error().reason != "NOT_FOUND") Caller::fail("GetRun", answer.error());
    return std::nullopt;
}

bool Settlement::closed() {
    v1::GetPeriodRequest request;
    request.set_period(args_.month);
    return reader().ask<v1::Period>("billing", ledger_method("GetPeriod"), request).closed();
}

// A run that is computed but not approved is computed again, so that late lists are in it.
void Settlement::prepare(RunResult& result, bool closed) {
    const bool open = result.run.run_id().empty() || result.run.state() == v1::RUN_STATE_DRAFT ||
                      result.run.state() == v1::RUN_STATE_COMPUTED;
    if (!open) return;
    if (closed && result.run.run_id().empty()) {
        result.note = "PERIOD_CLOSED";
        return;
    }
    v1::StartRunRequest start;
    start.set_request_id(new_request_id());
    start.set_run_id(result.run_id);
    start.set_kind(v1::RUN_KIND_INSTITUTION_MONTH);
    start.set_scope_id(result.scope);
    start.set_period(args_.month);
    const bool again = !result.run.run_id().empty();
    const auto started = clerk_->call<v1::Run>("billing", method("StartRun"), start);
    if (!started.ok() && started.error().reason == "RUN_INPUT_EMPTY") {
        result.note = "RUN_INPUT_EMPTY";
        return;
    }
    if (!started.ok()) Caller::fail("StartRun", started.error());
    result.run = started.value();
    result.did.emplace_back(again ? "computed again" : "computed");
    await_computed(result);
}

void Settlement::await_computed(RunResult& result) {
    while (result.run.state() == v1::RUN_STATE_DRAFT) {
        std::this_thread::sleep_for(kPoll);
        if (auto run = find(result.run_id)) result.run = *std::move(run);
    }
}

void Settlement::approve(RunResult& result) {
    if (result.run.state() != v1::RUN_STATE_COMPUTED) return;
    v1::ApproveRunRequest request;
    request.set_request_id(new_request_id());
    request.set_run_id(result.run_id);
    request.set_etag(result.run.etag());
    request.set_result_digest(result.run.result_digest());
    result.run = approver_->ask<v1::Run>("billing", method("ApproveRun"), request);
    result.did.emplace_back("approved");
}

void Settlement::publish(RunResult& result) {
    if (result.run.state() != v1::RUN_STATE_APPROVED) return;
    v1::PublishRunRequest request;
    request.set_request_id(new_request_id());
    request.set_run_id(result.run_id);
    request.set_etag(result.run.etag());
    result.run = approver_->ask<v1::Run>("billing", method("PublishRun"), request);
    result.did.emplace_back("published");
}

void Settlement::close() {
    v1::GetPeriodRequest get;
    get.set_period(args_.month);
    const auto period = reader().ask<v1::Period>("billing", ledger_method("GetPeriod"), get);
    if (period.closed()) {
        period_ = "closed before";
        return;
    }
    v1::ClosePeriodRequest request;
    request.set_request_id(new_request_id());
    request.set_period(args_.month);
    request.set_etag(period.etag());
    (void)approver_->ask<v1::Period>("billing", ledger_method("ClosePeriod"), request);
    period_ = "closed";
}

void Settlement::settle() {
    const bool closed_before = closed();
    period_ = closed_before ? "closed before" : "open";
    for (const std::string& scope : scopes()) {
        RunResult result;
        result.scope = scope;
        result.run_id = scope == run_.district
                            ? fmt::format("INSTITUTION_MONTH-{}", args_.month)
                            : fmt::format("INSTITUTION_MONTH-{}-{}", scope, args_.month);
        if (auto run = find(result.run_id)) result.run = *std::move(run);
        if (does("prepare")) prepare(result, closed_before);
        if (does("approve")) {
            approve(result);
            publish(result);
        }
        runs_.push_back(std::move(result));
    }
    if (does("close")) close();
}

std::string state_of(const RunResult& result) {
    if (result.run.run_id().empty()) return "NONE";
    return v1::RunState_Name(result.run.state()).substr(std::string_view("RUN_STATE_").size());
}

ordered_json run_json(const RunResult& result) {
    ordered_json parties = ordered_json::array();
    for (const v1::RunPartyResult& p : result.run.parties()) {
        parties.push_back({{"party", p.party()},
                           {"cases", p.case_count()},
                           {"points_e4", p.points_e4()},
                           {"prepay_fen", p.prepay_fen()},
                           {"statement_sha256", p.statement_sha256()}});
    }
    return {{"run_id", result.run_id},
            {"scope", result.scope},
            {"did", result.did},
            {"note", result.note},
            {"state", state_of(result)},
            {"cases", result.run.case_count()},
            {"prepared_by", result.run.prepared_by()},
            {"approved_by", result.run.approved_by()},
            {"result_digest", result.run.result_digest()},
            {"parties", parties}};
}

void print_run(const RunResult& result, std::ostream& out) {
    std::string did = fmt::format("{}", fmt::join(result.did, ", "));
    if (did.empty()) did = result.note.empty() ? "nothing to do" : result.note;
    out << fmt::format("{}: {} ({})\n", result.run_id, state_of(result), did);
    if (result.run.parties().empty()) return;
    out << fmt::format("  {:<16} {:>8} {:>16} {:>18}\n", "party", "cases", "points",
                       "prepay, yuan");
    std::int64_t cases = 0;
    std::int64_t points = 0;
    std::int64_t prepay = 0;
    for (const v1::RunPartyResult& p : result.run.parties()) {
        out << fmt::format("  {:<16} {:>8} {:>16} {:>18}\n", p.party(), p.case_count(),
                           points_text(p.points_e4()), yuan_text(p.prepay_fen()));
        cases += p.case_count();
        points += p.points_e4();
        prepay += p.prepay_fen();
    }
    out << fmt::format("  {:<16} {:>8} {:>16} {:>18}\n", "total", cases, points_text(points),
                       yuan_text(prepay));
}

}  // namespace

int settle_month(const RunFile& run, const SettleArgs& args, bool json, std::ostream& out) {
    if (!calendar::CivilMonth::parse(args.month)) {
        throw CommandFailed(kExitUsage, "FIELD_FORMAT: month " + args.month);
    }
    Settlement settlement(run, args);
    settlement.settle();
    if (json) {
        ordered_json runs = ordered_json::array();
        for (const RunResult& result : settlement.runs()) runs.push_back(run_json(result));
        out << ordered_json{{"period", args.month}, {"state", settlement.period()}, {"runs", runs}}
                   .dump(2)
            << "\n";
        return kExitGood;
    }
    for (const RunResult& result : settlement.runs()) print_run(result, out);
    out << fmt::format("month {}: {}\n", args.month, settlement.period());
    return kExitGood;
}

}  // namespace yilian::cli
