#include "services/cli/rules_options.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace yilian::cli {

void RulesOptions::add(CLI::App& app, const MakeCommand& make, const On& on) {
    add_drg(app, make, on);
    add_pack(app, make, on);
}

void RulesOptions::add_drg(CLI::App& app, const MakeCommand& make, const On& on) {
    CLI::App* drg = app.add_subcommand("drg", "DRG grouping, offline");
    drg->require_subcommand(1);

    CLI::App* group = make(*drg, "group", "Groups the cases of a CSV file by a rule pack",
                           "  yilian drg group --rules services/billing/rules/demo \\\n"
                           "      --in cases.csv --out groups.csv --trail trail.jsonl");
    auto* rules = group->add_option("--rules", group_.rules, "folder of a rule pack");
    group
        ->add_option("--rules-index", group_.rules_index,
                     "CSV region,effective_from,effective_to,dir")
        ->excludes(rules);
    group->add_option("--in", group_.in, "cases, CSV")->required();
    group->add_option("--out", group_.out, "groups, CSV")->required();
    group->add_option("--trail", group_.trail, "one JSON line a case: how it was grouped");
    group->add_option("--errors", group_.errors, "bad rows (default: OUT.errors.csv)");
    group->add_flag("--map-codes", group_.map_codes, "map codes by the pack's tables first");
    group->add_flag("--qy", group_.qy, "QY groups of the pack");
    group->add_flag("--strict", group_.strict, "no result when any row is bad");
    group->add_option("--threads", group_.threads, "0 = one a processor");
    group->add_flag("--quiet", group_.quiet, "no progress");
    on(group, [this] { return run_drg_group(group_, std::cerr); });

    CLI::App* lint = make(
        *drg, "lint", "Finds unreachable, overlapping and dangling rules of a rule pack",
        "  yilian drg lint --rules services/billing/rules/demo\n"
        "  yilian drg lint --rules services/billing/rules/demo --strict --json\n"
        "  0 no finding but overlaps; 1 unreachable rules (--strict: overlaps too); 3 refused");
    lint->add_option("--rules", lint_.rules, "folder of a rule pack")->required();
    lint->add_flag("--strict", lint_.strict, "overlaps count too");
    lint->add_flag("--json", lint_json_, "JSON on standard output");
    on(lint, [this] { return lint_drg_rules(lint_, lint_json_, std::cout); });
}

void RulesOptions::add_pack(CLI::App& app, const MakeCommand& make, const On& on) {
    CLI::App* pack = app.add_subcommand("pack", "Signed rule packs and policy packs, offline");
    pack->require_subcommand(1);

    CLI::App* sign =
        make(*pack, "sign", "Writes MANIFEST and MANIFEST.sig of a folder of rules",
             "  openssl genpkey -algorithm ed25519 -out office.key\n"
             "  yilian pack sign deploy/policies --key office.key --key-id office-2026 \\\n"
             "      --date 2026-01-05\n"
             "  yilian pack sign services/billing/rules/demo --key office.key \\\n"
             "      --key-id office-2026 --date 2026-01-05");
    sign->add_option("folder", sign_.folder, "folder of one rule pack, or of all policy packs")
        ->required();
    sign->add_option("--key", sign_.key, "private key, PEM")->required();
    sign->add_option("--key-id", sign_.key_id, "its name in lists of trusted keys")->required();
    sign->add_option("--date", sign_.date, "day of signing, yyyy-mm-dd")->required();
    sign->add_option("--algorithm", sign_.algorithm, "ed25519 or sm2")->capture_default_str();
    on(sign, [this] { return sign_pack(sign_); });

    CLI::App* verify =
        make(*pack, "verify", "Checks a signed folder of rules against a list of trusted keys",
             "  openssl pkey -in office.key -pubout -out office.pem\n"
             "  echo 'office-2026 ed25519 2026-01-01 2027-07-01 office.pem' > trusted.keys\n"
             "  yilian pack verify deploy/policies --keys trusted.keys --date 2026-03-01");
    verify->add_option("folder", verify_.folder, "folder of one rule pack, or of all policy packs")
        ->required();
    verify->add_option("--keys", verify_.keys, "list of trusted keys")->required();
    verify->add_option("--date", verify_.date, "day of the check, yyyy-mm-dd")->required();
    on(verify, [this] { return verify_pack(verify_); });
}

}  // namespace yilian::cli
