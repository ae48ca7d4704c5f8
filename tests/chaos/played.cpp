#include "tests/chaos/played.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "fmt/format.h"
#include "libs/events/catalog.h"
#include "libs/events/codec.h"
#include "libs/kafka/admin.h"
#include "libs/kafka/consumer.h"
#include "services/cli/event_history.h"
#include "services/cli/play/pipeline.h"
#include "services/cli/play/play.h"
#include "services/cli/play/speakers.h"
#include "yilian/billing/v1/ledger_service.pb.h"
#include "yilian/common/v1/event.pb.h"
#include "yilian/common/v1/operator.pb.h"

namespace yilian::chaos {
namespace {

using namespace std::chrono_literals;
namespace v1 = common::v1;

// Reads the ledger's sum over and over while the faults go on.
class Prober {
  public:
    explicit Prober(const Fleet& fleet)
        : client_(fleet.client("billing", "OPERATOR", {"operator"})),
          thread_([this](const std::stop_token& stop) { probe(stop); }) {}
    [[nodiscard]] std::vector<LedgerReading> finish() {
        thread_.request_stop();
        thread_.join();
        return readings_;
    }

  private:
    void probe(const std::stop_token& stop) {
        const auto begin = std::chrono::steady_clock::now();
        while (!stop.stop_requested()) {
            const auto answer = client_->call<billing::v1::GetBalanceResponse>(
                "yilian.billing.v1.LedgerService/GetBalance", billing::v1::GetBalanceRequest(),
                {.timeout = 1s});
            const auto at = std::chrono::steady_clock::now() - begin;
            if (answer.ok()) {
                readings_.push_back({at / 1ms, answer.value().ledger_sum_fen()});
            }
            std::this_thread::sleep_for(25ms);
        }
    }
    std::unique_ptr<rpc::Client> client_;
    std::vector<LedgerReading> readings_;
    std::jthread thread_;
};

std::string request_id_of(const google::protobuf::Message& request) {
    const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
    return request.GetReflection()->GetString(request, field);
}

bool consumes(const std::string& service, const std::string& type) {
    const events::EventType* known = events::catalog().find(type);
    if (known == nullptr) return false;
    const auto& names = known->descriptor->options().GetExtension(v1::event).consumers();
    return std::find(names.begin(), names.end(), service) != names.end();
}

std::set<std::string> violations_of(const Fleet& fleet) {
    std::set<std::string> out;
    for (const std::string& service : fleet.names()) {
        const auto checks = fleet.operators().ask<v1::RunChecksResponse>(service, "RunChecks",
                                                                         v1::RunChecksRequest());
        for (const auto& check : checks.results()) {
            if (check.violation_count() > 0) out.insert(service + " " + check.check_id());
        }
    }
    return out;
}

// Lines that begin so.
std::set<std::string> lines_of(const std::string& text, const std::string& begin = "") {
    std::set<std::string> out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(begin)) out.insert(line);
    }
    return out;
}

std::string content_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

cli::play::PlayArgs args_of(const Fleet& fleet, const Load& load) {
    cli::play::PlayArgs args;
    args.options.residents = load.residents;
    args.options.months = load.months;
    args.options.seed = load.seed;
    args.out = fleet.folder() + "/out";
    args.threads = 8;
    return args;
}

void add_differences(const std::string& what, const std::set<std::string>& now,
                     const std::set<std::string>& before, Findings& into) {
    for (const std::string& line : now) {
        if (!before.contains(line)) into.push_back(what + line);
    }
}

// A read that is asked once more, because its answer was lost, is recorded once more: the number of
// these events is no fact of the play.
std::set<std::string> summary_without_reads(const Played& played) {
    const auto reads = std::ranges::count_if(played.log, [](const LogEvent& event) {
        return event.type.ends_with(".access.recorded.v1");
    });
    const std::string published = "  \"events_published\": ";
    std::set<std::string> out;
    for (const std::string& line : lines_of(played.summary)) {
        out.insert(line.starts_with(published)
                       ? published +
                             std::to_string(std::stoll(line.substr(published.size())) - reads)
                       : line);
    }
    return out;
}

void add_all(Findings more, Findings& into) {
    std::move(more.begin(), more.end(), std::back_inserter(into));
}

}  // namespace

std::vector<Consumption> consumption(const Fleet& fleet, const std::vector<LogEvent>& log) {
    std::vector<Consumption> out;
    for (const std::string& service : fleet.names()) {
        Consumption one{service, 0, 0, 0};
        for (const LogEvent& event : log) one.subscribed += consumes(service, event.type) ? 1 : 0;
        const auto counts = fleet.operators().ask<v1::GetCountsResponse>(service, "GetCounts",
                                                                         v1::GetCountsRequest());
        for (const auto& count : counts.counts()) {
            if (count.name() == "events_consumed") one.applied += count.value();
            if (count.name() == "duplicate_effects") one.doubled += count.value();
        }
        out.push_back(one);
    }
    return out;
}

void wait_until_quiet(const Fleet& fleet) {
    cli::play::Pipeline(fleet.operators(), fleet.names()).wait_until_quiet();
}

std::vector<LogEvent> log_of(const Fleet& fleet) {
    std::vector<LogEvent> log;
    for (const std::string& service : fleet.names()) {
        cli::read_history(fleet.operators(), service, {}, [&](const v1::EventEnvelope& event) {
            log.push_back(log_event(service, event));
            return true;
        });
    }
    return log;
}

std::set<std::string> ids_in_topics(const Fleet& fleet, const std::vector<LogEvent>& log) {
    kafka::Consumer consumer(
        {.connection = {.address = kafka::BrokerAddress::in_file(fleet.run().bootstrap_file)},
         .group = "yilian.chaos.reader"});
    EXPECT_TRUE(consumer.open().ok());
    std::vector<kafka::StartOffset> starts;
    for (const std::string& service : fleet.names()) {
        for (int p = 0; p < kafka::kPartitions; ++p) {
            starts.push_back(
                {{events::topic_of_service(service), p}, kafka::StartOffset::kBeginning});
        }
    }
    EXPECT_TRUE(consumer.assign(starts).ok());
    std::set<std::string> missing;
    for (const LogEvent& event : log) missing.insert(event.id);
    std::set<std::string> ids;
    auto until = std::chrono::steady_clock::now() + 15s;
    while (!missing.empty() && std::chrono::steady_clock::now() < until) {
        const kafka::Polled polled = consumer.poll(100ms);
        if (polled.kind != kafka::Polled::Kind::kMessage) continue;
        until = std::chrono::steady_clock::now() + 3s;
        const auto id = events::find_header(polled.message.headers, "ce_id");
        if (!id) continue;
        ids.emplace(*id);
        missing.erase(std::string(*id));
    }
    return ids;
}

Played play(Fleet& fleet, const Load& load, const std::function<void()>& before,
            const std::function<void()>& after, bool topic_kept) {
    Played played;
    History history;
    cli::play::Speakers speakers(fleet.run());
    cli::play::PlayArgs args = args_of(fleet, load);
    args.witness.before = [&](const cli::play::Command&) { before(); };
    args.witness.after = [&](const cli::play::Command& command,
                             const google::protobuf::Message& request,
                             const rpc::CallResult<std::string>& answer) {
        std::shared_ptr<google::protobuf::Message> copy(request.New());
        copy->CopyFrom(request);
        history.add(
            {command.service, command.method, request_id_of(request), answer_of(answer), {}},
            [&speakers, command, copy] {
                return speakers.call(command.actor, command.service, command.method, *copy);
            });
    };
    Prober prober(fleet);
    std::ostringstream said;
    try {
        (void)cli::play::play_district(fleet.run(), args, said);
    } catch (const cli::CommandFailed& broken_off) {
        ADD_FAILURE() << "the play broke off: " << broken_off.what();
    }
    after();
    played.readings = prober.finish();
    played.log = log_of(fleet);
    history.send_all_again();
    wait_until_quiet(fleet);
    history.write(fleet.folder() + "/history.jsonl");
    played.history = history.told();
    played.log_after = log_of(fleet);
    if (topic_kept) {
        played.topic_ids = ids_in_topics(fleet, played.log);
    } else {
        for (const LogEvent& event : played.log) played.topic_ids.insert(event.id);
    }
    played.consumers = consumption(fleet, played.log_after);
    played.violations = violations_of(fleet);
    played.wrong_answers = lines_of(said.str(), "WRONG ");
    played.summary = content_of(args.out + "/summary.json");
    return played;
}

Findings check(const Played& played, const Played& without_faults) {
    const EventsOfCommands expected = events_of_commands(without_faults.log);
    Findings found;
    add_all(lost(played.history, expected, played.log, played.topic_ids), found);
    add_all(doubled(played.consumers, played.history, expected, played.log_after), found);
    add_all(out_of_order(played.log_after), found);
    add_all(two_holders(played.log_after), found);
    add_all(unbalanced(played.readings, played.log_after), found);
    add_all(answered_otherwise(played.history), found);
    add_differences("check: ", played.violations, without_faults.violations, found);
    add_differences("player: ", played.wrong_answers, without_faults.wrong_answers, found);
    if (played.history.size() != without_faults.history.size()) {
        found.push_back(fmt::format("player: {} commands, {} without faults", played.history.size(),
                                    without_faults.history.size()));
    }
    add_differences("summary.json: ", summary_without_reads(played),
                    summary_without_reads(without_faults), found);
    return found;
}

}  // namespace yilian::chaos
