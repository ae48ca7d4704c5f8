#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/cli/play/district.h"
#include "services/cli/play/rng.h"
#include "services/cli/play/speakers.h"
#include "services/cli/play/story.h"

namespace yilian::cli::play {

[[nodiscard]] google::protobuf::Timestamp timestamp(Instant at);

// What the player learned about a resident from answers. Touched by the lane that has the resident
// in the phase, and by no other.
struct Memory {
    std::vector<std::string> referrals;  // id of each ReferralPlan, "" before it is known
    std::vector<std::string> up_evidence;
    std::vector<std::string> down_evidence;
    std::vector<std::string> secrets;  // claim of each RxPlan
};

// A command of the play.
struct Command {
    std::string service;  // "referrals"
    std::string method;   // "yilian.referrals.v1.ReferralService/SubmitReferral"
    Actor actor;
    std::string key;        // names the command; request id and resend come from it
    std::string refusal{};  // reason that is planned; "" = it must succeed
};

// About three in a hundred commands are sent twice.
[[nodiscard]] bool is_sent_twice(const SeedIds& ids, const std::string& key);

// Sees every command of a play: fault tests strike by it and keep the client's history. Called on
// the threads of the lanes.
struct Witness {
    std::function<void(const Command&)> before{};
    // The answer that counts, after all resends of what passes by itself.
    std::function<void(const Command&, const google::protobuf::Message& request,
                       const rpc::CallResult<std::string>& answer)>
        after{};
};

struct Tally {
    std::atomic<std::int64_t> commands{0};
    std::atomic<std::int64_t> queries{0};
    std::atomic<std::int64_t> resent{0};
    std::atomic<std::int64_t> refused_as_planned{0};
    std::atomic<std::int64_t> failures{0};
};

// Where the acts are played: the district, the clock of the present phase, and the calls. A call
// that fails for the moment is sent again with the same request id; an answer that the plan did not
// expect is a failure of the play. Calls are thread-safe.
class Stage {
  public:
    Stage(const District& district, const DayCount& days, Speakers& speakers,
          std::set<std::string> services, Witness witness = {});

    const District& district;
    const DayCount& days;
    const SeedIds ids;
    Tally tally;

    // Set between phases only.
    void set_now(int day, Phase phase);
    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] int day() const { return day_; }
    [[nodiscard]] std::string today() const { return days.date(day_).text(); }
    [[nodiscard]] Instant at(int day, Phase phase) const;

    // False for a service that this play leaves out.
    [[nodiscard]] bool plays(const std::string& service) const {
        return services_.contains(service);
    }

    // Sends a command; nothing when it was refused, as planned or not.
    template <class Resp>
    std::optional<Resp> command(const Command& command, google::protobuf::Message& request) {
        const auto bytes = send(command, request);
        return bytes ? parsed<Resp>(*bytes) : std::nullopt;
    }
    // Asks; a refusal is a failure.
    template <class Resp>
    std::optional<Resp> query(const Command& command, const google::protobuf::Message& request) {
        const auto bytes = ask(command, request);
        return bytes ? parsed<Resp>(*bytes) : std::nullopt;
    }
    // An answer that says something the plan did not expect.
    void fail(const Command& command, const std::string& what);
    // About one in a hundred keys.
    [[nodiscard]] bool chance(const std::string& key, int bp) const {
        return ids.draw("chance/" + key, 10000) < bp;
    }
    // The first failures, in words.
    [[nodiscard]] std::vector<std::string> failures() const;

  private:
    template <class Resp>
    static std::optional<Resp> parsed(const std::string& bytes) {
        Resp message;
        if (!message.ParseFromString(bytes)) return std::nullopt;
        return message;
    }
    std::optional<std::string> send(const Command& command, google::protobuf::Message& request);
    std::optional<std::string> ask(const Command& command,
                                   const google::protobuf::Message& request);
    rpc::CallResult<std::string> call_until_answered(const Command& command,
                                                     const google::protobuf::Message& request);
    void resend(const Command& command, const google::protobuf::Message& request,
                const rpc::CallResult<std::string>& first);

    Speakers& speakers_;
    const std::set<std::string> services_;
    const Witness witness_;
    Instant now_{};
    int day_ = 0;
    mutable std::mutex mutex_;
    std::vector<std::string> failures_;
};

}  // namespace yilian::cli::play
