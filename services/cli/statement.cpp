#include "services/cli/statement.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <ostream>

#include "fmt/format.h"
#include "libs/calendar/civil_month.h"
#include "libs/crypto/digest.h"
#include "nlohmann/json.hpp"
#include "services/cli/money_text.h"
#include "services/cli/statement_document.h"
#include "services/cli/text_table.h"
#include "yilian/billing/v1/settlement_service.pb.h"

namespace yilian::cli {
namespace {

namespace v1 = billing::v1;
using nlohmann::ordered_json;

std::string method(const char* name) {
    return std::string("yilian.billing.v1.SettlementService/") + name;
}

std::vector<v1::Statement> list_statements(Caller& caller, const StatementArgs& args) {
    v1::ListStatementsRequest request;
    request.set_period(args.month);
    request.set_party(args.party);
    std::vector<v1::Statement> all;
    do {
        const auto page =
            caller.ask<v1::ListStatementsResponse>("billing", method("ListStatements"), request);
        all.insert(all.end(), page.statements().begin(), page.statements().end());
        request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return all;
}

// A checked statement.
struct Document {
    std::string bytes;
    std::string sha256;
    nlohmann::json content;
};

Document checked(std::string bytes, const std::string& stated_sha256) {
    Document document{std::move(bytes), "", {}};
    document.sha256 = crypto::sha256_hex(document.bytes);
    std::vector<std::string> faults;
    try {
        document.content = parse_statement(document.bytes);
        faults = statement_faults(document.content, document.bytes);
    } catch (const nlohmann::json::exception&) {
        throw CommandFailed(kExitUnreadable, "STATEMENT_UNREADABLE: a member is missing");
    }
    if (!stated_sha256.empty() && stated_sha256 != document.sha256) {
        faults.push_back("sha256 is not the one published");
    }
    if (!faults.empty()) {
        throw CommandFailed(kExitInvariant,
                            fmt::format("STATEMENT_WRONG: {}", fmt::join(faults, "; ")));
    }
    return document;
}

void print_csv_head(const std::string& csv, std::ostream& out) {
    if (!csv.empty()) out << fmt::format("{}\n", fmt::join(statement_columns(csv), ","));
}

void print(const Document& document, const std::string& csv, bool json, std::ostream& out) {
    if (!csv.empty()) {
        print_statement_csv(document.content, csv, out);
    } else if (json) {
        out << document.bytes;
    } else {
        print_statement(document.content, document.sha256, out);
    }
}

int show_month(Caller& caller, const StatementArgs& args, bool json, std::ostream& out) {
    std::vector<std::string> lines;
    ordered_json rows = ordered_json::array();
    TextTable table({"run", "party", ">cases", ">points", ">prepay, yuan", "SHA-256"});
    for (const v1::Statement& listed : list_statements(caller, args)) {
        v1::GetStatementRequest request;
        request.set_run_id(listed.run_id());
        request.set_party(listed.party());
        const auto full = caller.ask<v1::Statement>("billing", method("GetStatement"), request);
        const Document document = checked(full.content(), listed.statement_sha256());
        const nlohmann::json& totals = document.content.at("totals");
        lines.push_back(
            fmt::format("{} {} {}\n", listed.run_id(), listed.party(), document.sha256));
        rows.push_back({{"run_id", listed.run_id()},
                        {"party", listed.party()},
                        {"cases", totals.at("cases")},
                        {"points_e4", totals.at("points_e4")},
                        {"prepay_fen", totals.at("prepay_fen")},
                        {"statement_sha256", document.sha256}});
        table.add({listed.run_id(), listed.party(), grouped(totals.at("cases").get<std::int64_t>()),
                   points_text(totals.at("points_e4").get<std::int64_t>()),
                   yuan_text(totals.at("prepay_fen").get<std::int64_t>()), document.sha256});
    }
    const bool none = lines.empty();
    const std::string digest = none ? "" : month_digest(std::move(lines));
    if (json) {
        out << ordered_json{{"period", args.month},
                            {"statement_sha256", digest},
                            {"statements", rows}}
                   .dump(2)
            << "\n";
    } else {
        table.print(out);
        out << fmt::format("month {} {}\n", args.month, none ? "has no statement" : digest);
    }
    return none ? kExitFailed : kExitGood;
}

}  // namespace

std::string month_digest(std::vector<std::string> lines) {
    std::sort(lines.begin(), lines.end());
    return crypto::sha256_hex(fmt::format("{}", fmt::join(lines, "")));
}

Caller reader(const RunFile& run, const CallerFiles& files) {
    CallerFiles with_token = files;
    if (with_token.token.empty()) with_token.token = run.token_file;
    return Caller(run, {"", "", {"auditor"}}, with_token);
}

int show_statements(const RunFile& run, const StatementArgs& args, bool json, std::ostream& out) {
    if (!calendar::CivilMonth::parse(args.month)) {
        throw CommandFailed(kExitUsage, "FIELD_FORMAT: month " + args.month);
    }
    Caller caller = reader(run, args.caller);
    if (args.party.empty()) return show_month(caller, args, json, out);
    const std::vector<v1::Statement> listed = list_statements(caller, args);
    if (listed.empty()) {
        throw CommandFailed(kExitFailed, fmt::format("STATEMENT_NOT_FOUND: {} has none for {}",
                                                     args.party, args.month));
    }
    print_csv_head(args.csv, out);
    for (const v1::Statement& statement : listed) {
        v1::GetStatementRequest request;
        request.set_run_id(statement.run_id());
        request.set_party(statement.party());
        const auto full = caller.ask<v1::Statement>("billing", method("GetStatement"), request);
        print(checked(full.content(), statement.statement_sha256()), args.csv, json, out);
    }
    return kExitGood;
}

int show_statement_file(const std::string& file, const std::string& csv, bool json,
                        std::ostream& out) {
    std::ifstream in(file, std::ios::binary);
    if (!in.is_open()) throw CommandFailed(kExitUnreadable, "FILE_NOT_READABLE: file=" + file);
    const Document document = checked({std::istreambuf_iterator<char>(in), {}}, "");
    print_csv_head(csv, out);
    print(document, csv, json, out);
    return kExitGood;
}

}  // namespace yilian::cli
