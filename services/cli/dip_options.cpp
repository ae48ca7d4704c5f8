#include "services/cli/dip_options.h"

#include <CLI/CLI.hpp>

namespace yilian::cli {
namespace {

void add_common(CLI::App* sub, OfflineArgs& args, std::string& procedures) {
    sub->add_option("--params", args.params, "parameter file or policy pack")->required();
    sub->add_option("--procedures", procedures, "procedure list, CSV")->required();
    sub->add_option("--in", args.in, "cases, CSV")->required();
    sub->add_option("--out", args.out, "result, CSV")->required();
    sub->add_option("--errors", args.errors, "bad rows (default: OUT.errors.csv)");
    sub->add_flag("--strict", args.strict, "no result when any row is bad");
    sub->add_option("--threads", args.threads, "0 = one a processor");
    sub->add_flag("--quiet", args.quiet, "no progress");
}

}  // namespace

void DipOptions::add(CLI::App& app, const MakeCommand& make, const On& on) {
    CLI::App* dip = app.add_subcommand("dip", "DIP catalogue and points, offline");
    dip->require_subcommand(1);

    CLI::App* build =
        make(*dip, "build-catalogue", "Builds a local catalogue from the cases of the last years",
             "  yilian dip build-catalogue --params dip.yaml --procedures procedures.csv \\\n"
             "      --in history.csv --out catalogue.csv --quality quality.csv");
    add_common(build, build_, build_.procedures);
    build->add_option("--quality", build_.quality, "coverage and spread of the groups, CSV");
    on(build, [this] { return build_dip_catalogue(build_); });

    CLI::App* score = make(*dip, "score", "Groups cases and gives their points",
                           "  yilian dip score --params dip.yaml --procedures procedures.csv \\\n"
                           "      --catalogue catalogue.csv --institutions institutions.csv \\\n"
                           "      --reference reference.csv --in cases.csv --out scores.csv");
    add_common(score, score_, score_.procedures);
    score->add_option("--catalogue", score_.catalogue, "catalogue, CSV")->required();
    score->add_option("--institutions", score_.institutions, "levels and coefficients, CSV")
        ->required();
    score->add_option("--coefficients", score_.coefficients, "coefficients of groups, CSV");
    score->add_option("--reference", score_.reference, "reference costs by level, CSV");
    on(score, [this] { return score_dip_cases(score_); });
}

}  // namespace yilian::cli
