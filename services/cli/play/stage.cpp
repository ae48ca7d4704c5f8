#include "services/cli/play/stage.h"

#include <chrono>
#include <thread>

#include "fmt/format.h"
#include "libs/base/invariant.h"
#include "libs/calendar/local_time.h"
#include "services/cli/operator_client.h"

namespace yilian::cli::play {
namespace {

constexpr std::size_t kFailuresKept = 50;
constexpr int kResentOf100 = 3;
constexpr std::chrono::seconds kPatience{90};

bool passes_by_itself(const rpc::CallError& error) {
    return error.code == rpc::Code::kUnavailable || error.code == rpc::Code::kDeadlineExceeded ||
           error.code == rpc::Code::kCancelled || error.reason == "LIMIT_RATE" ||
           error.reason == "WRITE_CONFLICT" || error.reason == "COMMIT_IN_DOUBT";
}

void set_request_id(google::protobuf::Message& request, const std::string& id) {
    const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
    YILIAN_INVARIANT(field != nullptr, "play: a command without request_id");
    request.GetReflection()->SetString(&request, field, id);
}

}  // namespace

bool is_sent_twice(const SeedIds& ids, const std::string& key) {
    return ids.draw("resend/" + key, 100) < kResentOf100;
}

google::protobuf::Timestamp timestamp(Instant at) {
    google::protobuf::Timestamp out;
    const std::int64_t ms = to_ms(at);
    out.set_seconds(ms / 1000);
    out.set_nanos(static_cast<std::int32_t>(ms % 1000 * 1'000'000));
    return out;
}

Stage::Stage(const District& district_in, const DayCount& days_in, Speakers& speakers,
             std::set<std::string> services, Witness witness)
    : district(district_in),
      days(days_in),
      ids(district_in.options.seed),
      speakers_(speakers),
      services_(std::move(services)),
      witness_(std::move(witness)) {}

void Stage::set_now(int day, Phase phase) {
    day_ = day;
    now_ = at(day, phase);
}

Instant Stage::at(int day, Phase phase) const {
    return calendar::at_local(days.date(day), time_of(phase));
}

rpc::CallResult<std::string> Stage::call_until_answered(const Command& command,
                                                        const google::protobuf::Message& request) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    std::chrono::milliseconds wait{20};
    while (true) {
        auto answer = speakers_.call(command.actor, command.service, command.method, request);
        if (answer.ok() || !passes_by_itself(answer.error())) return answer;
        if (std::chrono::steady_clock::now() > deadline) return answer;
        std::this_thread::sleep_for(answer.error().retry_after.value_or(wait));
        wait = std::min(wait * 2, std::chrono::milliseconds(500));
    }
}

std::optional<std::string> Stage::send(const Command& command, google::protobuf::Message& request) {
    set_request_id(request, ids.uuid(command.key));
    ++tally.commands;
    if (witness_.before) witness_.before(command);
    const auto answer = call_until_answered(command, request);
    if (witness_.after) witness_.after(command, request, answer);
    if (is_sent_twice(ids, command.key)) resend(command, request, answer);
    if (answer.ok()) {
        if (!command.refusal.empty()) fail(command, "accepted, planned was " + command.refusal);
        return answer.value();
    }
    if (!command.refusal.empty() && answer.error().reason == command.refusal) {
        ++tally.refused_as_planned;
        return std::nullopt;
    }
    fail(command, describe(answer.error()) +
                      (command.refusal.empty() ? "" : ", planned was " + command.refusal));
    return std::nullopt;
}

void Stage::resend(const Command& command, const google::protobuf::Message& request,
                   const rpc::CallResult<std::string>& first) {
    ++tally.resent;
    const auto again = call_until_answered(command, request);
    const bool same = again.ok() == first.ok() &&
                      (first.ok() ? again.value() == first.value()
                                  : again.error().code == first.error().code &&
                                        again.error().details == first.error().details);
    if (!same) fail(command, "the answer to the same request is another one");
}

std::optional<std::string> Stage::ask(const Command& command,
                                      const google::protobuf::Message& request) {
    ++tally.queries;
    const auto answer = call_until_answered(command, request);
    if (answer.ok()) return answer.value();
    fail(command, describe(answer.error()));
    return std::nullopt;
}

void Stage::fail(const Command& command, const std::string& what) {
    ++tally.failures;
    const std::lock_guard lock(mutex_);
    if (failures_.size() < kFailuresKept) {
        failures_.push_back(fmt::format("{} {} {} ({}): {}", today(), command.service,
                                        command.method.substr(command.method.rfind('/') + 1),
                                        command.key, what));
    }
}

std::vector<std::string> Stage::failures() const {
    const std::lock_guard lock(mutex_);
    return failures_;
}

}  // namespace yilian::cli::play
