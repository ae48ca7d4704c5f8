#include "tests/chaos/checkers.h"

#include <algorithm>

#include "fmt/format.h"
#include "yilian/billing/v1/events.pb.h"
#include "yilian/prescriptions/v1/events.pb.h"

namespace yilian::chaos {
namespace {

namespace rx = prescriptions::v1;

// Events of a chain that a command started carry its request id as correlation; those of the
// command itself also as cause.
bool by_command(const LogEvent& event) {
    return !event.causation_id.empty() && event.causation_id == event.correlation_id;
}

std::string name_of(const Told& told) {
    return fmt::format("{} {}", told.method.substr(told.method.rfind('/') + 1), told.request_id);
}

// What `wanted` holds beyond `there`; both sorted.
std::vector<std::string> beyond(const std::vector<std::string>& wanted,
                                const std::vector<std::string>& there) {
    std::vector<std::string> out;
    std::set_difference(wanted.begin(), wanted.end(), there.begin(), there.end(),
                        std::back_inserter(out));
    return out;
}

// "yilian.prescriptions.prescription.claimed.v1" -> "prescription.claimed"
std::string short_type(const std::string& type) {
    const auto begin = type.find('.', type.find('.') + 1) + 1;
    return type.substr(begin, type.rfind('.') - begin);
}

}  // namespace

EventsOfCommands events_of_commands(const std::vector<LogEvent>& log) {
    EventsOfCommands out;
    for (const LogEvent& event : log) {
        if (by_command(event)) out[event.causation_id].push_back(event.type);
    }
    for (auto& [id, types] : out) std::sort(types.begin(), types.end());
    return out;
}

Findings lost(const std::vector<Told>& history, const EventsOfCommands& expected,
              const std::vector<LogEvent>& log, const std::set<std::string>& topic_ids) {
    Findings found;
    const EventsOfCommands there = events_of_commands(log);
    for (const Told& told : history) {
        const auto wanted = expected.find(told.request_id);
        if (told.first.end != Answer::End::kOk || wanted == expected.end()) continue;
        const auto mine = there.find(told.request_id);
        const std::vector<std::string> missing =
            beyond(wanted->second, mine == there.end() ? std::vector<std::string>() : mine->second);
        for (const std::string& type : missing) {
            found.push_back(fmt::format("P1: {} was acknowledged, {} is missing", name_of(told),
                                        short_type(type)));
        }
    }
    for (const LogEvent& event : log) {
        if (topic_ids.contains(event.id)) continue;
        found.push_back(fmt::format("P1: {} {} of {} is not in the topic", short_type(event.type),
                                    event.id, event.service));
    }
    return found;
}

Findings doubled(const std::vector<Consumption>& consumers, const std::vector<Told>& history,
                 const EventsOfCommands& expected, const std::vector<LogEvent>& log) {
    Findings found;
    for (const Consumption& c : consumers) {
        if (c.doubled != 0) {
            found.push_back(fmt::format("P2: {} has {} doubled effects", c.consumer, c.doubled));
        }
        if (c.applied != c.subscribed) {
            found.push_back(
                fmt::format("P2: {} applied {} of {} events", c.consumer, c.applied, c.subscribed));
        }
    }
    std::set<std::string> seen;
    for (const LogEvent& event : log) {
        if (!seen.insert(event.id).second) {
            found.push_back("P2: the log holds twice " + event.id);
        }
    }
    std::set<std::string> commands;
    for (const Told& told : history) commands.insert(told.request_id);
    for (const auto& [request, types] : events_of_commands(log)) {
        // Queries that were noted have their trace for a cause.
        if (!commands.contains(request)) continue;
        const auto wanted = expected.find(request);
        const std::vector<std::string> more =
            beyond(types, wanted == expected.end() ? std::vector<std::string>() : wanted->second);
        for (const std::string& type : more) {
            found.push_back(
                fmt::format("P2: request {} also published {}", request, short_type(type)));
        }
    }
    return found;
}

Findings out_of_order(const std::vector<LogEvent>& log) {
    Findings found;
    std::map<std::string, std::int64_t> last;
    for (const LogEvent& event : log) {
        std::int64_t& at = last[event.service + " " + event.subject];
        if (event.sequence != at + 1) {
            found.push_back(fmt::format("P3: {} of {} {} follows {}", event.sequence, event.service,
                                        event.subject, at));
        }
        at = event.sequence;
    }
    return found;
}

Findings two_holders(const std::vector<LogEvent>& log) {
    Findings found;
    std::map<std::string, std::string> holder;
    for (const LogEvent& event : log) {
        std::string& holds = holder[event.subject];
        const std::string type = short_type(event.type);
        if (type == "prescription.claimed") {
            rx::PrescriptionClaimed claimed;
            claimed.ParseFromString(event.payload);
            if (!holds.empty()) {
                found.push_back(fmt::format("P4: {} is held by {} and claimed by {}", event.subject,
                                            holds, claimed.dispenser_institution_id()));
            }
            holds = claimed.dispenser_institution_id();
        } else if (type == "line.dispensed") {
            rx::LineDispensed dispensed;
            dispensed.ParseFromString(event.payload);
            if (holds != dispensed.dispenser_institution_id()) {
                found.push_back(fmt::format("P4: {} was dispensed by {}, held by {}", event.subject,
                                            dispensed.dispenser_institution_id(),
                                            holds.empty() ? "nobody" : holds));
            }
        } else if (type == "prescription.released") {
            holds.clear();
        }
    }
    return found;
}

Findings unbalanced(const std::vector<LedgerReading>& readings, const std::vector<LogEvent>& log) {
    Findings found;
    for (const LedgerReading& reading : readings) {
        if (reading.sum_fen == 0) continue;
        found.push_back(
            fmt::format("P6: the ledger stood at {} fen at {}", reading.sum_fen, reading.at_ms));
    }
    for (const LogEvent& event : log) {
        if (short_type(event.type) != "transaction.posted") continue;
        billing::v1::TransactionPosted posted;
        posted.ParseFromString(event.payload);
        std::int64_t sum = 0;
        for (const auto& line : posted.lines()) sum += line.amount_fen();
        if (sum != 0) {
            found.push_back(
                fmt::format("P6: the lines of {} add up to {} fen", event.subject, sum));
        }
    }
    return found;
}

Findings answered_otherwise(const std::vector<Told>& history) {
    Findings found;
    for (const Told& told : history) {
        if (told.first.end == Answer::End::kUnknown) {
            found.push_back("P8: no answer to " + name_of(told));
        } else if (told.again && *told.again != told.first) {
            found.push_back("P8: another answer to the same " + name_of(told));
        }
    }
    return found;
}

}  // namespace yilian::chaos
