#include "services/cli/share.h"

#include <map>
#include <vector>

#include "libs/tabular/key_set.h"
#include "services/billing/domain/sharing.h"
#include "services/cli/exit_code.h"

namespace yilian::cli {
namespace {

using tabular::Column;
using tabular::CsvWriter;
using tabular::Type;

enum Consortia : std::size_t {
    kConsortium,
    kMembers,
    kBenchmark,
    kExpenditure,
    kExcluded,
    kQuality
};
enum Weights : std::size_t { kOf, kInstitution, kWeight };

struct Agreement {
    std::uint64_t row = 0;  // of its first weight
    std::string text;       // of that weight
    std::vector<billing::MemberWeight> members;
};
using Agreements = std::map<std::string, Agreement, std::less<>>;

Agreements read_agreements(OfflineFiles& files, const std::string& path) {
    tabular::Reader rows = files.open(
        path, {{Column::of("consortium_id", Type::kId), Column::of("institution_id", Type::kId),
                Column::of("weight", Type::kPoints)}});
    Agreements agreements;
    tabular::KeySet keys;
    while (files.read(rows)) {
        const tabular::Row& row = rows.row();
        if (!keys.insert({row.text(kOf), row.text(kInstitution)})) {
            rows.reject(kInstitution, "ROW_DUPLICATE_KEY");
            continue;
        }
        Agreement& agreement = agreements[std::string(row.text(kOf))];
        if (agreement.members.empty()) {
            agreement.row = row.number();
            agreement.text = row.text(kWeight);
        }
        agreement.members.push_back({std::string(row.text(kInstitution)), row.points(kWeight)});
    }
    return agreements;
}

CsvWriter shares_writer(tabular::OutputFile& file) {
    return CsvWriter::sorted(
        file,
        {"consortium_id", "surplus_fen", "surplus_rate", "min_rate", "final_rate", "reward_fen",
         "contribution_fen", "outcome", "capped", "staff_fen"},
        {"consortium_id"}, kSortBudget);
}

CsvWriter members_writer(tabular::OutputFile& file) {
    return CsvWriter::sorted(file,
                             {"consortium_id", "institution_id", "reward_fen", "contribution_fen"},
                             {"consortium_id", "institution_id"}, kSortBudget);
}

class Command {
  public:
    explicit Command(const ShareArgs& args)
        : args_(args),
          rules_(take_block(read_blocks(args.params).sharing, "sharing", args.params)),
          files_(args) {}

    int run() {
        if (args_.weights) agreements_ = read_agreements(files_, *args_.weights);
        tabular::Reader rows = files_.open(
            args_.in,
            {{Column::of("consortium_id", Type::kId), Column::of("members", Type::kInt),
              Column::of("benchmark_fen", Type::kFen), Column::of("expenditure_fen", Type::kFen),
              Column::of("excluded_fen", Type::kFen), Column::of("quality_score", Type::kUnit)}});
        CsvWriter shares = shares_writer(files_.result(args_.out));
        std::optional<CsvWriter> members;
        if (args_.members_out) members = members_writer(files_.result(*args_.members_out));
        while (files_.read(rows)) {
            const auto result = share(rows);
            if (!result) continue;
            const std::string_view id = rows.row().text(kConsortium);
            write(shares, id, *result);
            if (members) distribute(*members, id, *result);
        }
        OfflineFiles::need(shares.finish());
        if (members) OfflineFiles::need(members->finish());
        return files_.commit();
    }

  private:
    // Empty: the row was rejected.
    std::optional<billing::ShareResult> share(tabular::Reader& rows) {
        const tabular::Row& row = rows.row();
        const auto result = billing::share_year(
            rules_, {row.integer(kMembers), row.fen(kBenchmark), row.fen(kExpenditure),
                     row.fen(kExcluded), row.rate(kQuality)});
        if (!result) {
            rows.reject(fault(result.refusal()), result.refusal().reason);
            return std::nullopt;
        }
        if (!keys_.insert({row.text(kConsortium)})) {
            rows.reject(kConsortium, "ROW_DUPLICATE_KEY");
            return std::nullopt;
        }
        return *result;
    }

    static std::size_t fault(const Refusal& refusal) {
        if (refusal.metadata.empty()) return kExcluded;
        return refusal.metadata.front().second == "benchmark_fen" ? kBenchmark : kExpenditure;
    }

    static void write(CsvWriter& shares, std::string_view id, const billing::ShareResult& r) {
        shares.text(id)
            .fen(r.surplus)
            .rate(r.surplus_rate)
            .rate(r.min_rate)
            .rate(r.final_rate)
            .fen(r.reward)
            .fen(r.contribution)
            .text(billing::name_of(r.outcome))
            .flag(r.capped)
            .fen(r.staff)
            .end_row();
    }

    void distribute(CsvWriter& out, std::string_view id, const billing::ShareResult& result) {
        const auto found = agreements_.find(id);
        if (found == agreements_.end()) return;
        const auto& members = found->second.members;
        const auto rewards = billing::share_members(result.reward, members);
        if (!rewards) {
            files_.errors().add(*args_.weights, found->second.row, "weight",
                                rewards.refusal().reason, found->second.text);
            return;
        }
        const auto contributions = billing::share_members(result.contribution, members).value();
        for (std::size_t i = 0; i < members.size(); ++i) {
            out.text(id)
                .text(members[i].institution_id)
                .fen((*rewards)[i])
                .fen(contributions[i])
                .end_row();
        }
    }

    const ShareArgs& args_;
    policy::billing::Sharing rules_;
    OfflineFiles files_;
    Agreements agreements_;
    tabular::KeySet keys_;
};

}  // namespace

int share_files(const ShareArgs& args) {
    if (args.weights.has_value() != args.members_out.has_value()) {
        throw CommandFailed(kExitUsage, "USAGE: share needs --weights and --members-out together");
    }
    return Command(args).run();
}

}  // namespace yilian::cli
