// The command `yilian`: options here, work in the files beside.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "services/cli/dip_options.h"
#include "services/cli/event_history.h"
#include "services/cli/exit_code.h"
#include "services/cli/explain.h"
#include "services/cli/health.h"
#include "services/cli/import.h"
#include "services/cli/offline_options.h"
#include "services/cli/play/play.h"
#include "services/cli/policy_publish.h"
#include "services/cli/policy_show.h"
#include "services/cli/report_files.h"
#include "services/cli/rules_options.h"
#include "services/cli/run_file.h"
#include "services/cli/settle.h"
#include "services/cli/statement.h"
#include "services/cli/statement_document.h"
#include "services/cli/token.h"
#include "services/cli/topics.h"
#include "services/cli/verify.h"

namespace yilian::cli {
namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 good; 1 checks failed, rows refused or a service not SERVING; 2 wrong usage;\n"
    "3 parameters refused; 4 an input cannot be read, a service or broker not reached; 5 strict "
    "and\n"
    "a row was bad; 6 an output cannot be written; 7 invariant failed.";

// What all commands share.
struct Common {
    std::string run;
    bool json = false;
};

// The chosen command; parsing sets it, main runs it.

class CommandLine {
  public:
    explicit CommandLine(CLI::App& app) : app_(app) {
        app_.require_subcommand(1);
        app_.set_version_flag("--version", "yilian " YILIAN_VERSION);
        app_.footer(kExitCodes);
        add_import();
        add_settle();
        add_statement();
        add_explain();
        add_topics();
        add_token();
        add_health();
        add_verify();
        add_tail();
        add_offline();
        add_policy();
        add_report();
        add_play();
    }
    [[nodiscard]] int run() const { return action_(); }

  private:
    CLI::App* command(CLI::App& under, const char* name, const char* what, const char* examples) {
        CLI::App* sub = under.add_subcommand(name, what);
        sub->footer(std::string("Examples:\n") + examples + "\n\n" + kExitCodes);
        return sub;
    }
    void add_run(CLI::App* sub) {
        sub->add_option("--run", common_.run,
                        "folder with run.json (default: YILIAN_RUN, else the only one of run/)");
    }
    void add_json(CLI::App* sub) {
        sub->add_flag("--json", common_.json, "JSON on standard output");
    }
    void on(CLI::App* sub, Action action) {
        sub->callback([this, action = std::move(action)] { action_ = action; });
    }
    [[nodiscard]] RunFile run_file() const { return load_run_file(common_.run); }

    void add_caller(CLI::App* sub, CallerFiles& files, std::string& institution) {
        sub->add_option("--institution", institution, "who calls in a local run");
        sub->add_option("--token", files.token, "token file (needed outside local runs)");
        sub->add_option("--certificate", files.certificate,
                        "certificate that the token is bound to (default: that of run.json)");
        sub->add_option("--key", files.key, "its key");
    }

    void add_import() {
        CLI::App* import =
            app_.add_subcommand("import", "Registers, drugs and settlement lists from CSV");
        import->require_subcommand(1);
        for (const std::string& kind : import_kinds()) {
            CLI::App* sub =
                command(*import, kind.c_str(),
                        kind == "lists" ? "Submits settlement lists, a folder of linked files each"
                                        : "Imports rows; a bad row never costs the good ones",
                        import_examples(kind).c_str());
            add_run(sub);
            add_json(sub);
            add_import_options(sub, kind);
            on(sub, [this, kind] {
                import_.kind = kind;
                return import_files(run_file(), import_, common_.json, std::cout);
            });
        }
        add_undo(*import);
        CLI::App* columns = command(*import, "columns", "Prints the columns of a kind's files",
                                    "  yilian import columns residents");
        columns->add_option("kind", import_.kind, "what is imported")
            ->required()
            ->check(CLI::IsMember(import_kinds()));
        add_json(columns);
        on(columns, [this] { return show_columns(import_.kind, common_.json, std::cout); });
    }

    static std::string import_examples(const std::string& kind) {
        if (kind == "lists") {
            return "  yilian import lists march --batch lists-2026-03\n"
                   "  yilian import lists march --dry-run --json";
        }
        if (kind == "drugs") {
            return "  yilian import drugs services/prescriptions/catalogue/demo_drugs.csv \\\n"
                   "      --catalogue demo --catalogue-version 1 --effective-from 2026-01-01 \\\n"
                   "      --source \"own rows, Apache-2.0\"";
        }
        return "  yilian import " + kind + " " + kind + ".csv --dry-run\n  yilian import " + kind +
               " " + kind + ".csv --batch " + kind + "-1 --errors bad.csv\n  yilian import undo " +
               kind + "-1";
    }

    void add_import_options(CLI::App* sub, const std::string& kind) {
        const bool lists = kind == "lists";
        sub->add_option("files", import_.files, lists ? "folders" : "CSV files")
            ->required()
            ->check(lists ? CLI::Validator(CLI::ExistingDirectory)
                          : CLI::Validator(CLI::ExistingFile));
        sub->add_option("--batch", import_.batch_id,
                        "id of the batch (default: made, and printed)");
        sub->add_flag("--dry-run", import_.dry_run, "check only, store nothing");
        sub->add_flag("--strict", import_.strict, "store nothing when any row is bad");
        sub->add_option("--errors", import_.errors, "bad rows (default: FILE.errors.csv)");
        sub->add_flag("--quiet", import_.quiet, "no progress");
        add_caller(sub, import_.caller, import_.institution);
        if (kind != "drugs") return;
        sub->add_option("--catalogue", import_.catalogue_id, "id of the catalogue")->required();
        sub->add_option("--catalogue-version", import_.version, "its version")->required();
        sub->add_option("--effective-from", import_.effective_from, "first day, yyyy-mm-dd")
            ->required();
        sub->add_option("--source", import_.source, "where it comes from, with licence")
            ->required();
    }

    void add_undo(CLI::App& import) {
        CLI::App* undo =
            command(import, "undo", "Takes a batch back, as long as nothing depends on it",
                    "  yilian import undo residents-1\n"
                    "  yilian import undo lists-2026-03 --institution H1");
        add_run(undo);
        add_json(undo);
        undo->add_option("batch", undo_.batch_id, "id of the batch")->required();
        undo->add_option("--kind", undo_.kind, "only where this kind is kept (default: everywhere)")
            ->check(CLI::IsMember(import_kinds()));
        add_caller(undo, undo_.caller, undo_.institution);
        on(undo, [this] { return undo_import(run_file(), undo_, common_.json, std::cout); });
    }

    void add_settle() {
        CLI::App* settle = command(
            app_, "settle", "Settles a month: runs computed, approved, published, the month closed",
            "  yilian settle 2026-03 --run run/120111\n"
            "  yilian settle 2026-03 --only prepare --clerk-token clerk.token\n"
            "  yilian settle 2026-03 --only approve --approver-token approver.token\n"
            "  yilian settle 2026-03 --pool RES-2026 --keep-open --json\n"
            "  yilian settle --params settle.yaml --pools pools.csv --in points.csv \\\n"
            "      --out settlement.csv --pool-out pool_result.csv       offline, a year's pools");
        add_run(settle);
        add_json(settle);
        settle->add_option("month", settle_.month, "month, yyyy-mm");
        offline_.add_settle(settle);
        auto* pool = settle->add_option("--pool", settle_.pool, "only this pool");
        settle->add_flag("--district", settle_.district, "one run for all pools")->excludes(pool);
        settle
            ->add_option("--only", settle_.only,
                         "one step: the clerk prepares, the approver does the others")
            ->check(CLI::IsMember({"prepare", "approve", "close"}));
        settle->add_flag("--keep-open", settle_.keep_open, "do not close the month");
        const auto person = [&](const std::string& who, CallerFiles& files) {
            settle->add_option("--" + who + "-token", files.token,
                               "token file of the " + who + " (needed outside local runs)");
            settle->add_option("--" + who + "-certificate", files.certificate,
                               "certificate that the token is bound to");
            settle->add_option("--" + who + "-key", files.key, "its key");
        };
        person("clerk", settle_.clerk);
        person("approver", settle_.approver);
        on(settle, [this] {
            if (offline_.settles() == !settle_.month.empty()) {
                throw CommandFailed(kExitUsage, "USAGE: settle needs a month, or --params");
            }
            if (offline_.settles()) return offline_.settle();
            return settle_month(run_file(), settle_, common_.json, std::cout);
        });
    }

    void add_reader(CLI::App* sub, CallerFiles& files) {
        sub->add_option("--token", files.token, "token file (default: the operator's)");
        sub->add_option("--certificate", files.certificate,
                        "certificate that the token is bound to");
        sub->add_option("--key", files.key, "its key");
    }

    void add_statement() {
        CLI::App* statement = command(
            app_, "statement", "Shows what a party was told about a month, its sums checked",
            "  yilian statement 2026-03                   the parties and their digests\n"
            "  yilian statement H1 2026-03\n"
            "  yilian statement H1 2026-03 --json > H1.json\n"
            "  yilian statement H1 2026-03 --csv cases > cases.csv\n"
            "  yilian statement --file H1.json");
        add_run(statement);
        add_json(statement);
        auto* what = statement->add_option("what", statement_what_, "[PARTY] MONTH");
        what->expected(1, 2);
        auto* file =
            statement->add_option("--file", statement_file_, "a kept statement instead, offline");
        file->check(CLI::ExistingFile)->excludes(what);
        statement->add_option("--csv", statement_.csv, "one table as CSV")
            ->check(CLI::IsMember(statement_tables()));
        add_reader(statement, statement_.caller);
        on(statement, [this] {
            if (!statement_file_.empty()) {
                return show_statement_file(statement_file_, statement_.csv, common_.json,
                                           std::cout);
            }
            if (statement_what_.empty()) {
                throw CommandFailed(kExitUsage, "FIELD_REQUIRED: give a month or --file");
            }
            statement_.month = statement_what_.back();
            if (statement_what_.size() == 2) statement_.party = statement_what_.front();
            return show_statements(run_file(), statement_, common_.json, std::cout);
        });
    }

    void add_explain() {
        CLI::App* sub =
            command(app_, "explain",
                    "Tells why a case has its group, points and benefit, or a party its money",
                    "  yilian explain H1/L-2026-0001\n"
                    "  yilian explain H1/L-2026-0001@2 --json\n"
                    "  yilian explain INSTITUTION_MONTH-RES-2026-2026-03 H1");
        add_run(sub);
        add_json(sub);
        sub->add_option("what", explain_.what, "INSTITUTION/LIST[@VERSION], or a run id")
            ->required();
        sub->add_option("party", explain_.party, "party of the run");
        add_reader(sub, explain_.caller);
        on(sub, [this] { return explain(run_file(), explain_, common_.json, std::cout); });
    }

    void add_topics() {
        CLI::App* topics = app_.add_subcommand("topics", "Topics of the platform");
        topics->require_subcommand(1);
        CLI::App* list = command(*topics, "list", "Names every topic, dead-letter ones included",
                                 "  yilian topics list\n  yilian topics list --json");
        add_json(list);
        on(list, [this] { return list_topics(common_.json, std::cout); });
        CLI::App* apply = command(*topics, "apply",
                                  "Creates missing topics and compares the partitions of others",
                                  "  yilian topics apply --run run/120111");
        add_run(apply);
        add_json(apply);
        on(apply, [this] { return apply_topics(run_file(), common_.json, std::cout); });
    }

    void add_token() {
        CLI::App* token = app_.add_subcommand("token", "Access tokens of local runs");
        token->require_subcommand(1);
        CLI::App* init = command(
            *token, "init", "Makes issuer key, key set and the tokens of services and operator",
            "  yilian token init --run run/120111");
        add_run(init);
        on(init, [this] { return init_tokens(run_file(), std::cout); });
        CLI::App* mint =
            command(*token, "mint", "Prints a token bound to a certificate of the run",
                    "  yilian token mint --run run/120111 --certificate hospital \\\n"
                    "      --institution H1 --subject D001 --role doctor --role coder");
        add_run(mint);
        mint->add_option("--certificate", mint_.certificate, "name in certs/, made when missing")
            ->required();
        mint->add_option("--institution", mint_.institution, "institution of the caller")
            ->required();
        mint->add_option("--subject", mint_.subject, "practitioner or system that calls")
            ->required();
        mint->add_option("--role", mint_.roles, "role, repeatable")->required();
        mint->add_option("--hours", mint_.hours, "how long it is valid")
            ->check(CLI::Range(1, 24 * 30))
            ->capture_default_str();
        on(mint, [this] { return mint_token(run_file(), mint_, std::cout); });
    }

    void add_health() {
        CLI::App* health = command(app_, "health", "Tells whether the five services are SERVING",
                                   "  yilian health --run run/120111\n  yilian health --wait 10");
        add_run(health);
        add_json(health);
        health->add_option("--wait", wait_seconds_, "seconds to wait until all are")
            ->check(CLI::Range(0, 3600));
        on(health, [this] {
            return show_health(run_file(), std::chrono::seconds(wait_seconds_), common_.json,
                               std::cout);
        });
    }

    void add_verify() {
        CLI::App* verify =
            command(app_, "verify", "Runs the checks of every service, each on one snapshot",
                    "  yilian verify --run run/120111\n  yilian verify --json");
        add_run(verify);
        add_json(verify);
        on(verify, [this] {
            return show_verification(OperatorClients(run_file()), common_.json, std::cout);
        });
    }

    void add_tail() {
        CLI::App* tail =
            command(app_, "tail", "Prints events from the services' histories",
                    "  yilian tail --service referrals --last 50\n"
                    "  yilian tail --type yilian.billing.settlement_list. --follow\n"
                    "  yilian tail --service referrals --subject 01j… --last 0 --json");
        add_run(tail);
        add_json(tail);
        tail->add_option("--service", tail_.service, "only this service")
            ->check(CLI::IsMember(service_names()));
        tail->add_option("--type", tail_.type_prefix, "only types that begin so");
        tail->add_option("--subject", tail_.subject, "only this aggregate");
        tail->add_option("--last", tail_.last, "events of each service, 0 = all")
            ->capture_default_str();
        tail->add_flag("--follow", tail_.follow, "go on with new events");
        on(tail, [this] {
            return tail_events(OperatorClients(run_file()), tail_, common_.json, std::cout);
        });
    }

    void add_offline() {
        const auto make = [this](CLI::App& under, const char* name, const char* what,
                                 const char* examples) {
            return command(under, name, what, examples);
        };
        const auto chosen = [this](CLI::App* sub, Action action) { on(sub, std::move(action)); };
        rules_.add(app_, make, chosen);
        dip_.add(app_, make, chosen);
        offline_.add(app_, make, chosen);
    }

    void add_policy() {
        CLI::App* policy = app_.add_subcommand("policy", "Policy packs");
        policy->require_subcommand(1);
        CLI::App* show = command(*policy, "show", "Prints a district's rules of a day with sources",
                                 "  yilian policy show --packs deploy/policies --region 350104 \\\n"
                                 "      --date 2026-03-01 --key rx.long.max_days\n"
                                 "  yilian policy show --region 120111 --date 2026-01-01 --blocks");
        show->add_option("--packs", policy_.packs, "folder of the packs")
            ->capture_default_str()
            ->check(CLI::ExistingDirectory);
        show->add_option("--region", policy_.region, "district code, or cn")->required();
        show->add_option("--date", policy_.date, "day of service, yyyy-mm-dd")->required();
        show->add_option("--key", policy_.key, "one key only");
        show->add_flag("--blocks", policy_.blocks, "parameter blocks as a --params file");
        add_json(show);
        on(show, [this] { return show_policy(policy_, common_.json, std::cout); });
        CLI::App* publish =
            command(*policy, "publish", "Publishes documents of packs; every service fetches them",
                    "  yilian policy publish 120111/v2.yaml --run run/120111\n"
                    "  yilian policy publish cn/v2.yaml 120111/v2.yaml --json");
        add_run(publish);
        add_json(publish);
        publish->add_option("files", policy_files_, "documents, REGION/NAME.yaml")
            ->required()
            ->check(CLI::ExistingFile);
        on(publish,
           [this] { return publish_policy(run_file(), policy_files_, common_.json, std::cout); });
    }

    void add_report() {
        CLI::App* report = command(app_, "report", "Draws report.html over summaries of runs",
                                   "  yilian report --out out out/120111/summary.json");
        report->add_option("--out", report_out_, "folder that gets report.html")
            ->required()
            ->check(CLI::ExistingDirectory);
        report->add_option("summaries", summaries_, "summary.json of each district")->required();
        on(report, [this] {
            write_report(report_out_, read_summaries(summaries_));
            return static_cast<int>(kExitGood);
        });
    }

    void add_play() {
        CLI::App* play =
            command(app_, "play", "Plays a district through the services of a local run",
                    "  yilian play --run run/120111 --residents 1000 --months 2 --out out\n"
                    "  yilian play --run run/120111 --input my-district --out out\n"
                    "  yilian play --run run/120111 --write-input my-district --out out");
        add_run(play);
        play->add_option("--residents", play_.options.residents, "residents of the district")
            ->check(CLI::Range(1, 1'000'000))
            ->capture_default_str();
        play->add_option("--months", play_.options.months, "months to play and settle")
            ->check(CLI::Range(1, 36))
            ->capture_default_str();
        play->add_option("--seed", play_.options.seed, "same seed and options, same summary.json")
            ->capture_default_str();
        play->add_option("--out", play_.out, "folder that gets summary.json and report.html")
            ->required();
        play->add_option("--input", play_.input, "CSV files instead of the synthetic registers")
            ->check(CLI::ExistingDirectory);
        play->add_option("--write-input", play_.write_input,
                         "write the synthetic registers as CSV files into this folder and end");
        play->add_option("--threads", play_.threads, "calls at a time")
            ->check(CLI::Range(1, 256))
            ->capture_default_str();
        play->add_option("--only", play_.only, "services that take part (default: all)")
            ->check(CLI::IsMember(service_names()))
            ->delimiter(',');
        on(play, [this] { return play::play_district(run_file(), play_, std::cout); });
    }

    CLI::App& app_;
    Action action_;
    Common common_;
    ImportArgs import_;
    UndoArgs undo_;
    SettleArgs settle_;
    RulesOptions rules_;
    DipOptions dip_;
    OfflineOptions offline_;
    StatementArgs statement_;
    std::vector<std::string> statement_what_;
    std::string statement_file_;
    ExplainArgs explain_;
    MintArgs mint_;
    int wait_seconds_ = 0;
    TailArgs tail_;
    PolicyShowArgs policy_{.packs = "deploy/policies", .region = "", .date = "", .key = ""};
    play::PlayArgs play_;
    std::vector<std::string> policy_files_;
    std::string report_out_;
    std::vector<std::string> summaries_;
};

int run_command(int argc, char** argv) {
    CLI::App app("Yilian: operators' commands and the player of the main job");
    const CommandLine line(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& asked) {  // --help, --version
        return app.exit(asked);
    } catch (const CLI::ParseError& error) {
        const std::string first = argc > 1 ? argv[1] : "";
        const auto named = [&](const CLI::App* sub) { return sub->get_name() == first; };
        const bool unknown =
            !first.empty() && !first.starts_with('-') && app.get_subcommands(named).empty();
        const std::string what = unknown ? "there is no command " + first : error.what();
        std::fprintf(stderr, "yilian: USAGE: %s (--help)\n", what.c_str());
        return kExitUsage;
    }
    try {
        return line.run();
    } catch (const CommandFailed& failed) {
        std::fprintf(stderr, "yilian: %s\n", failed.what());
        return failed.code();
    }
}

// A broken invariant aborts; the command's exit code for it is 7.
void exit_when_aborted(int /*signal*/) { ::_exit(kExitInvariant); }

}  // namespace
}  // namespace yilian::cli

// One line of the form of all others (billing.md 16.1).
extern "C" const char* yilian_invariant_prefix() { return "yilian: INVARIANT_FAILED"; }

int main(int argc, char** argv) {
    // The library's own lines are no answer; a failed call is told by the command.
    (void)::setenv("GRPC_VERBOSITY", "NONE", 0);
    std::signal(SIGABRT, yilian::cli::exit_when_aborted);
    return yilian::cli::run_command(argc, argv);
}
