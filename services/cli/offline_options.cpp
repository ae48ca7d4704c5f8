#include "services/cli/offline_options.h"

#include <CLI/CLI.hpp>

#include "services/cli/allocate.h"
#include "services/cli/benefit.h"
#include "services/cli/exit_code.h"

namespace yilian::cli {
namespace {

void add_run(CLI::App* sub, OfflineArgs& args) {
    sub->add_option("--errors", args.errors, "bad rows (default: OUT.errors.csv)");
    sub->add_flag("--strict", args.strict, "no result when any row is bad");
    sub->add_option("--threads", args.threads, "0 = one a processor");
    sub->add_flag("--quiet", args.quiet, "no progress");
}

void add_files(CLI::App* sub, OfflineArgs& args, const char* in) {
    sub->add_option("--params", args.params, "parameter file or policy pack")->required();
    sub->add_option("--in", args.in, in)->required();
    sub->add_option("--out", args.out, "result, CSV")->required();
    add_run(sub, args);
}

}  // namespace

void OfflineOptions::add(CLI::App& app, const MakeCommand& make, const On& on) {
    CLI::App* benefit =
        make(app, "benefit", "Computes the three layers of protection of stays, offline",
             "  yilian benefit --params benefit.yaml --in stays.csv --out benefits.csv");
    add_files(benefit, benefit_, "stays of one year, CSV");
    on(benefit, [this] { return compute_benefits(benefit_); });

    add_capitation(app, make, on);

    CLI::App* share =
        make(app, "share", "Shares surplus and overspend of consortia, offline",
             "  yilian share --params share.yaml --in consortia.csv --out shares.csv\n"
             "  yilian share --params share.yaml --in consortia.csv --out shares.csv \\\n"
             "      --weights weights.csv --members-out members.csv");
    add_files(share, share_, "consortia, CSV");
    share->add_option("--weights", share_.weights, "weights of the members, CSV");
    share->add_option("--members-out", share_.members_out, "parts of the members, CSV");
    on(share, [this] { return share_files(share_); });

    CLI::App* allocate =
        make(app, "allocate", "Allocates an amount by several factors, offline",
             "  yilian allocate --params allocate.yaml --in factors.csv --out shares.csv");
    add_files(allocate, allocate_, "figures of the institutions, CSV");
    on(allocate, [this] { return allocate_files(allocate_); });
}

void OfflineOptions::add_capitation(CLI::App& app, const MakeCommand& make, const On& on) {
    CLI::App* capitation = app.add_subcommand("capitation", "Capitation, offline");
    capitation->require_subcommand(1);
    CLI::App* price =
        make(*capitation, "price", "Prices months of enrolments as known at one moment",
             "  yilian capitation price --params cap.yaml --rates rates.csv --in enrolment.csv \\\n"
             "      --from 2025-01 --to 2025-03 --known-at 2025-04-01T00:00:00+08:00 \\\n"
             "      --out pricing.csv --summary summary.csv\n"
             "  the difference to an earlier pricing: --booked pricing.csv --diff diff.csv");
    add_files(price, capitation_, "enrolment versions, CSV");
    price->add_option("--rates", capitation_.rates, "rate cells, CSV")->required();
    price->add_option("--from", capitation_.from, "first month, yyyy-mm")->required();
    price->add_option("--to", capitation_.to, "last month, yyyy-mm")->required();
    price->add_option("--known-at", capitation_.known_at, "moment of knowledge, RFC 3339")
        ->required();
    price->add_option("--summary", capitation_.summary, "heads and sums of the months, CSV");
    price->add_option("--booked", capitation_.booked, "an earlier pricing, CSV");
    price->add_option("--diff", capitation_.diff, "where it differs, CSV");
    on(price, [this] { return price_capitation(capitation_); });
}

void OfflineOptions::add_settle(CLI::App* settle) {
    const std::string group = "Offline, instead of a month";
    const auto option = [&](const char* name, auto& into, const char* what) {
        settle->add_option(name, into, what)->group(group);
    };
    option("--params", pools_.params, "parameter file or policy pack: settles pools from files");
    option("--pools", pools_.pools, "pools, CSV");
    option("--in", pools_.in, "points of the institutions, CSV");
    option("--out", pools_.out, "settlement, CSV");
    option("--pool-out", pools_.pool_out, "sums of the pools, CSV");
    option("--errors", pools_.errors, "bad rows (default: OUT.errors.csv)");
    option("--threads", pools_.threads, "0 = one a processor");
    settle->add_flag("--strict", pools_.strict, "no result when any row is bad")->group(group);
    settle->add_flag("--quiet", pools_.quiet, "no progress")->group(group);
}

int OfflineOptions::settle() const {
    for (const auto& [option, value] :
         {std::pair("--pools", &pools_.pools), std::pair("--in", &pools_.in),
          std::pair("--out", &pools_.out)}) {
        if (value->empty()) {
            throw CommandFailed(kExitUsage, std::string("USAGE: settle --params needs ") + option);
        }
    }
    return settle_pools(pools_);
}

}  // namespace yilian::cli
