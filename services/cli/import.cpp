#include "services/cli/import.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>

#include "fmt/format.h"
#include "libs/base/ulid.h"
#include "libs/tabular/output.h"
#include "nlohmann/json.hpp"
#include "services/cli/drug_files.h"
#include "services/cli/import_lists.h"
#include "services/cli/import_run.h"
#include "services/cli/list_files.h"
#include "services/cli/operator_client.h"
#include "yilian/billing/v1/settlement_list_service.pb.h"
#include "yilian/prescriptions/v1/drug_catalogue_service.pb.h"

namespace yilian::cli {
namespace {

namespace dir = directory::v1;
namespace reg = registries::v1;
namespace rx = prescriptions::v1;
using nlohmann::ordered_json;

constexpr std::size_t kLinesShown = 20;

struct Kind {
    const char* name;
    const char* service;
    const char* role;
};
constexpr std::array kKinds{
    Kind{"institutions", "directory", "registrar"},  Kind{"memberships", "directory", "registrar"},
    Kind{"practitioners", "directory", "registrar"}, Kind{"teams", "directory", "registrar"},
    Kind{"residents", "directory", "registrar"},     Kind{"enrolments", "registries", "registrar"},
    Kind{"drugs", "prescriptions", "registrar"},     Kind{"lists", "billing", "coder"}};

const Kind& kind_of(const std::string& name) {
    const auto* found = std::ranges::find(kKinds, name, &Kind::name);
    if (found == kKinds.end()) throw CommandFailed(kExitUsage, "IMPORT_KIND_UNKNOWN: " + name);
    return *found;
}

std::string import_method(const char* name) {
    return std::string("yilian.directory.v1.ImportService/") + name;
}

std::string default_institution(const RunFile& run) { return "HC-" + run.district; }

CallerIdentity identity(const Kind& kind, std::string institution) {
    return {std::move(institution), std::string("cli-") + kind.role, {kind.role}};
}

// Lines of the files, headers left out; so many rows at most.
std::int64_t count_lines(const Kind& kind, const std::vector<std::string>& files) {
    std::int64_t lines = 0;
    std::vector<char> buffer(1 << 16);
    for (const std::string& file : files) {
        const bool folder = kind.name == std::string_view("lists");
        std::ifstream in(folder ? file + "/list.csv" : file, std::ios::binary);
        std::int64_t of_file = -1;
        while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
               in.gcount() > 0) {
            of_file += std::count(buffer.begin(), buffer.begin() + in.gcount(), '\n');
        }
        lines += std::max<std::int64_t>(of_file, 0);
    }
    return lines;
}

// One import of one kind.
class Importer {
  public:
    Importer(const RunFile& run, const ImportArgs& args)
        : run_(run), args_(args), kind_(kind_of(args.kind)) {}

    void import(ImportRun& into);

  private:
    Caller& caller() { return caller_of(args_.institution); }
    Caller& caller_of(const std::string& institution);
    void import_directory(ImportRun& into);
    void import_drugs(ImportRun& into);
    template <class Req, class Row>
    void rows(ImportRun& into, const std::string& method, const FileFormat<Row>& format) {
        import_rows<Req, Row>(into, caller(), kind_.service, method, format, args_.files,
                              [](Req&) {});
    }

    const RunFile& run_;
    const ImportArgs& args_;
    const Kind& kind_;
    std::map<std::string, std::unique_ptr<Caller>> callers_;  // by institution
};

Caller& Importer::caller_of(const std::string& institution) {
    // A token speaks for its own institution, whatever the rows say.
    std::string key = args_.caller.token.empty() ? institution : std::string();
    if (key.empty()) key = default_institution(run_);
    auto& caller = callers_[key];
    if (!caller) caller = std::make_unique<Caller>(run_, identity(kind_, key), args_.caller);
    return *caller;
}

void Importer::import_directory(ImportRun& into) {
    if (args_.kind == "institutions") {
        rows<dir::BatchImportInstitutionsRequest>(into, import_method("BatchImportInstitutions"),
                                                  institution_format(run_.district));
    } else if (args_.kind == "memberships") {
        rows<dir::BatchImportMembershipsRequest>(into, import_method("BatchImportMemberships"),
                                                 membership_format());
    } else if (args_.kind == "practitioners") {
        rows<dir::BatchImportPractitionersRequest>(into, import_method("BatchImportPractitioners"),
                                                   practitioner_format());
    } else if (args_.kind == "teams") {
        rows<dir::BatchImportTeamsRequest>(into, import_method("BatchImportTeams"), team_format());
    } else {
        rows<dir::BatchImportResidentsRequest>(into, import_method("BatchImportResidents"),
                                               resident_format());
    }
}

void Importer::import_drugs(ImportRun& into) {
    import_rows<rx::ImportDrugCatalogueRequest>(
        into, caller(), kind_.service,
        "yilian.prescriptions.v1.DrugCatalogueService/ImportDrugCatalogue", drug_format(),
        args_.files, [&](rx::ImportDrugCatalogueRequest& request) {
            request.set_catalogue_id(args_.catalogue_id);
            request.set_version(args_.version);
            request.set_effective_from(args_.effective_from);
            request.set_source(args_.source);
        });
}

void Importer::import(ImportRun& into) {
    if (args_.kind == "drugs") return import_drugs(into);
    if (args_.kind == "enrolments") {
        return rows<reg::ImportEnrolmentsRequest>(
            into, "yilian.registries.v1.RegistryService/ImportEnrolments", enrolment_format());
    }
    if (args_.kind != "lists") return import_directory(into);
    import_lists(into, args_.files, [&](const std::string& institution) -> Caller& {
        return caller_of(args_.institution.empty() ? institution : args_.institution);
    });
}

void check_drug_options(const ImportArgs& args) {
    if (args.kind != "drugs") return;
    if (args.catalogue_id.empty() || args.version.empty() || args.effective_from.empty() ||
        args.source.empty()) {
        throw CommandFailed(kExitUsage,
                            "FIELD_REQUIRED: drugs need --catalogue, --catalogue-version, "
                            "--effective-from and --source");
    }
}

std::string errors_path(const ImportArgs& args) {
    if (!args.errors.empty()) return args.errors;
    std::string first = args.files.front();
    while (first.size() > 1 && first.back() == '/') first.pop_back();
    return first + ".errors.csv";
}

// The first lines of the error report, header left out.
std::vector<std::string> write_errors(tabular::ErrorReport& errors, const std::string& path) {
    tabular::OutputSet outputs;
    const auto file = outputs.create(path);
    if (!file || !errors.write(**file) || !outputs.commit()) {
        throw CommandFailed(kExitUnwritable, "FILE_NOT_WRITABLE: file=" + path);
    }
    std::ifstream in(path);
    std::vector<std::string> lines;
    std::string line;
    std::getline(in, line);
    while (lines.size() < kLinesShown && std::getline(in, line)) lines.push_back(line);
    return lines;
}

// What the command prints at its end.
struct Ending {
    const ImportArgs& args;
    const ImportRun& run;
    std::uint64_t error_lines;
    std::string errors_file;
    std::vector<std::string> first_errors;
    bool stored;
};

void print_json(const Ending& o, std::ostream& out) {
    const ImportTally& t = o.run.tally();
    const ordered_json document{{"batch_id", o.run.batch_id()}, {"kind", o.args.kind},
                                {"stored", o.stored},           {"rows", t.rows},
                                {"accepted", t.accepted},       {"unchanged", t.unchanged},
                                {"refused", t.refused},         {"errors", o.error_lines},
                                {"errors_file", o.errors_file}, {"first_errors", o.first_errors}};
    out << document.dump(2) << "\n";
}

void print_plain(const Ending& o, std::ostream& out) {
    const ImportTally& t = o.run.tally();
    out << fmt::format("batch {}{}\n", o.run.batch_id(),
                       o.stored ? "" : " (nothing stored: checked only)");
    out << fmt::format("{}: {} rows, {} accepted, {} unchanged, {} refused\n", o.args.kind, t.rows,
                       t.accepted, t.unchanged, t.refused);
    if (o.error_lines == 0) return;
    out << "file,row,column,reason,value\n";
    for (const std::string& line : o.first_errors) out << line << "\n";
    out << fmt::format("{} bad fields, all of them in {}\n", o.error_lines, o.errors_file);
}

// A pass over the files; the report is written at its end.
Ending pass(const RunFile& run, const ImportArgs& args, ImportRun& into,
            tabular::ErrorReport& errors) {
    Importer(run, args).import(into);
    const std::uint64_t lines = errors.size();
    std::string path = errors_path(args);
    auto first = write_errors(errors, path);
    return {args, into, lines, std::move(path), std::move(first), !into.dry_run()};
}

}  // namespace

const std::vector<std::string>& import_kinds() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const Kind& kind : kKinds) all.emplace_back(kind.name);
        return all;
    }();
    return names;
}

int import_files(const RunFile& run, const ImportArgs& args, bool json, std::ostream& out) {
    check_drug_options(args);
    const std::string batch = args.batch_id.empty() ? RandomIds().next_ulid() : args.batch_id;
    std::optional<Progress> progress;
    if (!json && !args.quiet) {
        progress.emplace(out, on_terminal(), count_lines(kind_of(args.kind), args.files));
    }
    const auto one_pass = [&](bool dry_run) {
        const std::string path = errors_path(args);
        const auto slash = path.rfind('/');
        tabular::ErrorReport errors(slash == std::string::npos ? "." : path.substr(0, slash + 1));
        ImportRun import(batch, dry_run, errors, progress ? &*progress : nullptr);
        const Ending outcome = pass(run, args, import, errors);
        const bool bad = outcome.error_lines > 0 || import.tally().refused > 0;
        if (progress) progress->finish();
        if (dry_run && !args.dry_run && !bad) return bad;  // the strict check went well
        json ? print_json(outcome, out) : print_plain(outcome, out);
        return bad;
    };
    if (args.strict && !args.dry_run && one_pass(true)) return kExitStrict;
    const bool bad = one_pass(args.dry_run);
    if (bad && args.strict) return kExitStrict;
    return bad ? kExitFailed : kExitGood;
}

namespace {

// Where a batch can be; what depends on others stands first.
struct Undoing {
    const char* service;
    const char* role;
    const char* method;
};
constexpr std::array kUndoings{
    Undoing{"billing", "coder", "yilian.billing.v1.SettlementListService/UndoImport"},
    Undoing{"prescriptions", "registrar",
            "yilian.prescriptions.v1.DrugCatalogueService/UndoImport"},
    Undoing{"registries", "registrar", "yilian.registries.v1.RegistryService/UndoImport"},
    Undoing{"directory", "registrar", "yilian.directory.v1.ImportService/UndoImport"}};

struct Undone {
    std::string service;
    std::int64_t rows = 0;
    std::string refusal;  // "" = taken back
};

// Nothing when the service does not know the batch. The four requests have one form.
std::optional<Undone> undo_at(const RunFile& run, const UndoArgs& args, const Undoing& at) {
    const std::string institution =
        args.institution.empty() ? default_institution(run) : args.institution;
    Caller caller(run, {institution, std::string("cli-") + at.role, {at.role}}, args.caller);
    dir::UndoImportRequest request;
    request.set_request_id(new_request_id());
    request.set_batch_id(args.batch_id);
    const auto answer = caller.call<common::v1::UndoReport>(at.service, at.method, request);
    if (answer.ok()) return Undone{at.service, answer.value().undone_count(), ""};
    const rpc::CallError& error = answer.error();
    if (error.reason == "BATCH_NOT_FOUND" || error.reason == "NOT_FOUND") return std::nullopt;
    // A token of another duty cannot have made the batch there.
    if (args.kind.empty() && error.reason == "AUTH_NOT_ALLOWED") return std::nullopt;
    if (error.reason.empty() || error.code == rpc::Code::kUnavailable ||
        error.code == rpc::Code::kUnauthenticated) {
        Caller::fail(at.method, error);
    }
    return Undone{at.service, 0, describe(error)};
}

int print_undone(const UndoArgs& args, const std::vector<Undone>& undone, bool json,
                 std::ostream& out) {
    bool good = !undone.empty();
    ordered_json rows = ordered_json::array();
    for (const Undone& u : undone) {
        good = good && u.refusal.empty();
        rows.push_back({{"service", u.service}, {"rows", u.rows}, {"refusal", u.refusal}});
        if (json) continue;
        out << (u.refusal.empty() ? fmt::format("{}: {} rows taken back\n", u.service, u.rows)
                                  : fmt::format("{}: refused, {}\n", u.service, u.refusal));
    }
    if (json) {
        out << ordered_json{{"batch_id", args.batch_id}, {"undone", rows}}.dump(2) << "\n";
    } else if (undone.empty()) {
        out << "BATCH_NOT_FOUND: no service knows the batch " << args.batch_id << "\n";
    }
    return good ? kExitGood : kExitFailed;
}

ordered_json column_json(const tabular::Column& column) {
    static constexpr std::array kTypes{"id",   "text",  "int",  "fen",    "points",
                                       "rate", "unit",  "date", "period", "instant",
                                       "list", "procs", "enum"};
    return {{"column", column.name},
            {"type", kTypes.at(static_cast<std::size_t>(column.type))},
            {"may_be_empty", column.empty_allowed},
            {"may_be_absent", column.absent_allowed},
            {"values", column.allowed},
            {"personal", column.masked || tabular::is_personal_column(column.name)}};
}

std::vector<ListFile> files_of(const std::string& kind) {
    const auto one = [&](std::vector<tabular::Column> columns) {
        return std::vector<ListFile>{{kind + ".csv", "", true, std::move(columns)}};
    };
    if (kind == "lists") return list_files();
    if (kind == "institutions") return one(institution_format("").columns);
    if (kind == "memberships") return one(membership_format().columns);
    if (kind == "practitioners") return one(practitioner_format().columns);
    if (kind == "teams") return one(team_format().columns);
    if (kind == "residents") return one(resident_format().columns);
    if (kind == "enrolments") return one(enrolment_format().columns);
    return one(drug_format().columns);
}

}  // namespace

int undo_import(const RunFile& run, const UndoArgs& args, bool json, std::ostream& out) {
    std::vector<Undone> undone;
    for (const Undoing& at : kUndoings) {
        if (!args.kind.empty() && std::string_view(kind_of(args.kind).service) != at.service) {
            continue;
        }
        auto one = undo_at(run, args, at);
        if (!one) continue;
        undone.push_back(std::move(*one));
        // What this service keeps may depend on rows of the batch in the next ones.
        const std::string& refusal = undone.back().refusal;
        if (!refusal.empty() && refusal != "BATCH_ALREADY_UNDONE") break;
    }
    return print_undone(args, undone, json, out);
}

int show_columns(const std::string& kind, bool json, std::ostream& out) {
    ordered_json files = ordered_json::array();
    for (const ListFile& file : files_of(kind_of(kind).name)) {
        ordered_json columns = ordered_json::array();
        if (!json) out << file.name << (file.required ? "" : " (may be absent)") << "\n";
        for (const tabular::Column& column : file.columns) {
            ordered_json row = column_json(column);
            if (!json) {
                out << fmt::format(
                    "  {:<26} {:<8} {}{}{}\n", column.name, row["type"].get<std::string>(),
                    column.absent_allowed  ? "may be absent or empty"
                    : column.empty_allowed ? "may be empty"
                                           : "required",
                    column.allowed.empty() ? ""
                                           : fmt::format(": {}", fmt::join(column.allowed, ", ")),
                    row["personal"].get<bool>() ? " (never shown)" : "");
            }
            columns.push_back(std::move(row));
        }
        files.push_back({{"file", file.name}, {"required", file.required}, {"columns", columns}});
    }
    if (json) out << files.dump(2) << "\n";
    return kExitGood;
}

}  // namespace yilian::cli
