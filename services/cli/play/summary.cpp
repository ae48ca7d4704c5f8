#include "services/cli/play/summary.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <set>

#include "fmt/format.h"
#include "libs/calendar/civil_month.h"
#include "libs/calendar/local_time.h"
#include "libs/crypto/digest.h"
#include "services/cli/event_history.h"
#include "yilian/referrals/v1/events.pb.h"

namespace yilian::cli::play {
namespace {

using Json = nlohmann::ordered_json;
namespace ref = referrals::v1;

// Counts that are sums over the services, in the order of the file.
constexpr std::array kCounts{"residents",
                             "contracts_active",
                             "referrals_created",
                             "referrals_closed",
                             "down_referrals_followed_up",
                             "second_deductibles_waived",
                             "prescriptions_dispensed",
                             "long_prescriptions",
                             "visits",
                             "advice_to_refer",
                             "settlement_lists_accepted",
                             "settlement_lists_rejected",
                             "drg_grouped",
                             "drg_ungrouped",
                             "events_published",
                             "events_consumed"};
constexpr std::array kZeroes{"duplicate_effects", "dead_letters", "ledger_sum_fen"};

std::string month_of(const common::v1::EventEnvelope& event) {
    const Instant at = instant_from_ms(event.time().seconds() * 1000);
    return calendar::CivilMonth::containing(calendar::local_date(at)).text();
}

std::vector<std::string> months_of(const District& d) {
    std::vector<std::string> months;
    const auto first = calendar::CivilMonth::containing(d.options.first_day);
    for (int i = 0; i < d.options.months; ++i) months.push_back(first.plus(i).text());
    return months;
}

std::int64_t figure(const Verification& verified, std::string_view name, std::string_view period,
                    std::string_view scope) {
    std::int64_t sum = 0;
    for (const CountRow& row : verified.counts) {
        if (row.name == name && row.period == period && row.scope == scope) sum += row.value;
    }
    return sum;
}

std::string shown(const Json& figure) { return figure.is_null() ? "-" : figure.dump(); }

// Null for a disease that the district's registry does not keep.
Json rate_bp(const Verification& verified, const std::string& month, const std::string& disease) {
    if (disease.empty()) return nullptr;
    const std::int64_t controlled = figure(verified, "controlled", month, disease);
    const std::int64_t classified = controlled + figure(verified, "uncontrolled", month, disease);
    const std::int64_t rate =
        classified == 0 ? 0 : (controlled * 20'000 + classified) / (2 * classified);
    return rate;
}

Json institutions_of(const SummaryParts& parts) {
    std::map<std::string, Json> rows;
    for (const Institution& institution : parts.district.institutions) {
        rows[institution.id] = {{"institution_id", institution.id},
                                {"level", fmt::format("L{}", institution.level)},
                                {"cases", 0},
                                {"points_e4", 0},
                                {"prepay_fen", 0}};
    }
    std::set<std::string> settled;
    for (const Settled& party : parts.settlement.parties) {
        const auto found = rows.find(party.institution);
        if (found == rows.end()) continue;
        settled.insert(party.institution);
        Json& row = found->second;
        row["cases"] = row["cases"].get<std::int64_t>() + party.cases;
        row["points_e4"] = row["points_e4"].get<std::int64_t>() + party.points_e4;
        row["prepay_fen"] = row["prepay_fen"].get<std::int64_t>() + party.prepay_fen;
    }
    Json out = Json::array();
    for (auto& [id, row] : rows) {
        if (settled.contains(id)) out.push_back(std::move(row));
    }
    return out;
}

Json flow_of(const SummaryParts& parts) {
    Json out = Json::array();
    for (const std::string& month : months_of(parts.district)) {
        const auto found = parts.flow.find(month);
        const Flow flow = found == parts.flow.end() ? Flow{} : found->second;
        out.push_back({{"month", month},
                       {"up", flow.up},
                       {"down", flow.down},
                       {"followed_up", flow.followed_up}});
    }
    return out;
}

Json control_of(const SummaryParts& parts) {
    const Rules& rules = parts.district.rules;
    Json out = Json::array();
    for (const std::string& month : months_of(parts.district)) {
        out.push_back(
            {{"month", month},
             {"hypertension_rate_bp", rate_bp(parts.verified, month, rules.hypertension)},
             {"diabetes_rate_bp", rate_bp(parts.verified, month, rules.diabetes)},
             {"target_bp", rules.control_target_bp ? Json(*rules.control_target_bp) : Json()}});
    }
    return out;
}

// One digest a month over the digests of its statements: "run party sha256", sorted.
std::string digest_of(const Settlement& settlement, const std::string& month) {
    std::vector<std::string> lines;
    for (const Settled& party : settlement.parties) {
        if (party.month != month) continue;
        lines.push_back(
            fmt::format("{} {} {}\n", party.run_id, party.party, party.statement_sha256));
    }
    if (lines.empty()) return "";
    std::sort(lines.begin(), lines.end());
    std::string text;
    for (const std::string& line : lines) text += line;
    return crypto::sha256_hex(text);
}

Json statements_of(const SummaryParts& parts) {
    Json out = Json::array();
    for (const std::string& month : months_of(parts.district)) {
        const std::string digest = digest_of(parts.settlement, month);
        if (digest.empty()) continue;
        out.push_back({{"month", month},
                       {"point_value_num", parts.point_value_num},
                       {"point_value_den", parts.point_value_den},
                       {"statement_sha256", digest}});
    }
    return out;
}

}  // namespace

FlowByMonth read_flow(const OperatorClients& clients) {
    FlowByMonth flow;
    common::v1::ReplayByPosition selection;
    selection.set_type_prefix("yilian.referrals.");
    read_history(clients, "referrals", selection, [&](const common::v1::EventEnvelope& event) {
        const std::string& type = event.type();
        if (type == "yilian.referrals.referral.submitted.v1") {
            ref::ReferralSubmitted submitted;
            if (submitted.ParseFromString(event.payload()) &&
                submitted.direction() == ref::DIRECTION_UP) {
                ++flow[month_of(event)].up;
            }
        } else if (type == "yilian.referrals.down_referral.proposed.v1") {
            ++flow[month_of(event)].down;
        } else if (type == "yilian.referrals.referral.followed_up.v1") {
            ++flow[month_of(event)].followed_up;
        }
        return true;
    });
    return flow;
}

Json make_summary(const SummaryParts& parts) {
    const PlayOptions& options = parts.district.options;
    Json out;
    out["district"] = options.district;
    out["seed"] = options.seed;
    out["months"] = options.months;
    for (const char* name : kCounts) out[name] = parts.verified.total(name);
    for (const char* name : kZeroes) out[name] = parts.verified.total(name);
    out["violations"] = parts.verified.violations();
    Json failed = Json::array();
    for (const CheckRow& check : parts.verified.checks) {
        if (check.violations > 0) failed.push_back(check.id);
    }
    std::sort(failed.begin(), failed.end());
    out["violated_checks"] = std::move(failed);
    Json exempt = Json::array();
    if (!parts.district.rules.second_waived) exempt.push_back("second_deductibles_waived");
    out["exempt"] = std::move(exempt);
    out["institutions"] = institutions_of(parts);
    out["referral_flow"] = flow_of(parts);
    out["control"] = control_of(parts);
    out["statements"] = statements_of(parts);
    Json digests = Json::array();
    for (const Json& row : out["statements"]) digests.push_back(row["statement_sha256"]);
    out["statement_sha256"] = std::move(digests);
    return out;
}

std::vector<std::string> shortcomings(const Json& summary) {
    std::vector<std::string> out;
    std::set<std::string> exempt;
    for (const Json& name : summary.at("exempt")) exempt.insert(name.get<std::string>());
    for (const char* name : kCounts) {
        if (summary.at(name).get<std::int64_t>() <= 0 && !exempt.contains(name)) {
            out.push_back(fmt::format("{} is {}, must be above 0", name, summary.at(name).dump()));
        }
    }
    for (const char* name : {"violations", "duplicate_effects", "dead_letters", "ledger_sum_fen"}) {
        if (summary.at(name).get<std::int64_t>() != 0) {
            out.push_back(fmt::format("{} is {}, must be 0", name, summary.at(name).dump()));
        }
    }
    const std::int64_t months = summary.at("months").get<std::int64_t>();
    if (static_cast<std::int64_t>(summary.at("statement_sha256").size()) != months) {
        out.push_back("not every month has a statement");
    }
    return out;
}

std::vector<std::string> untrue_shares(std::int64_t commands, std::int64_t sent_twice,
                                       std::int64_t refused_as_planned) {
    constexpr std::int64_t kEnough = 2000;
    std::vector<std::string> out;
    if (commands < kEnough) return out;
    const auto look = [&](const char* what, std::int64_t count, std::int64_t percent) {
        if (200 * count >= percent * commands && 200 * count <= 3 * percent * commands) return;
        out.push_back(fmt::format("{} of {} commands are {}, about {} % should be", count, commands,
                                  what, percent));
    };
    look("sent twice", sent_twice, 3);
    look("refused as planned", refused_as_planned, 1);
    return out;
}

void print_summary(const Json& summary, std::ostream& out) {
    out << fmt::format("\nDistrict {}: {} months\n", summary.at("district").get<std::string>(),
                       summary.at("months").dump());
    for (const auto& [name, value] : summary.items()) {
        if (!value.is_number()) continue;
        out << fmt::format("  {:<28} {:>14}\n", name, value.dump());
    }
    out << "\n  institution     cases       points     prepay, yuan\n";
    for (const Json& row : summary.at("institutions")) {
        const std::int64_t prepay = row.at("prepay_fen").get<std::int64_t>();
        const std::int64_t points = row.at("points_e4").get<std::int64_t>();
        out << fmt::format("  {:<12} {:>8} {:>12} {:>13}.{:02}\n",
                           row.at("institution_id").get<std::string>(), row.at("cases").dump(),
                           points / 10'000, prepay / 100, prepay % 100);
    }
    out << "\n  month       up   down   followed up   hypertension   diabetes (bp)\n";
    for (std::size_t i = 0; i < summary.at("referral_flow").size(); ++i) {
        const Json& flow = summary.at("referral_flow")[i];
        const Json& control = summary.at("control")[i];
        out << fmt::format(
            "  {:<8} {:>5} {:>6} {:>13} {:>14} {:>10}\n", flow.at("month").get<std::string>(),
            flow.at("up").dump(), flow.at("down").dump(), flow.at("followed_up").dump(),
            shown(control.at("hypertension_rate_bp")), shown(control.at("diabetes_rate_bp")));
    }
}

}  // namespace yilian::cli::play
