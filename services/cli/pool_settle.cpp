#include "services/cli/pool_settle.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "libs/tabular/key_set.h"
#include "services/billing/domain/settlement.h"
#include "services/cli/exit_code.h"

namespace yilian::cli {
namespace {

using tabular::Column;
using tabular::CsvWriter;
using tabular::Type;

enum Pools : std::size_t { kPool, kBudget, kReserveRate, kOutOfPool, kPaymentRatio };
enum PointRows : std::size_t { kOfPool, kInstitution, kPoints, kActual, kPrepaid, kQuality };

struct PoolYear {
    billing::Pool pool;
    std::uint64_t row = 0;  // of the pools file
    std::vector<billing::PoolMember> members;
};
using PoolYears = std::map<std::string, PoolYear, std::less<>>;  // by id, by bytes

PoolYears read_pools(OfflineFiles& files, const std::string& path) {
    tabular::Reader rows = files.open(
        path, {{Column::of("pool_id", Type::kId), Column::of("budget_fen", Type::kFen),
                Column::of("reserve_rate", Type::kUnit), Column::of("out_of_pool_fen", Type::kFen),
                Column::of("payment_ratio", Type::kUnit)}});
    PoolYears pools;
    while (files.read(rows)) {
        const tabular::Row& row = rows.row();
        const std::string id(row.text(kPool));
        PoolYear year{{id, row.fen(kBudget), row.rate(kReserveRate), row.fen(kOutOfPool),
                       row.rate(kPaymentRatio)},
                      row.number(),
                      {}};
        if (!pools.emplace(id, std::move(year)).second) rows.reject(kPool, "ROW_DUPLICATE_KEY");
    }
    return pools;
}

void read_points(OfflineFiles& files, const std::string& path, PoolYears& pools) {
    tabular::Reader rows = files.open(
        path, {{Column::of("pool_id", Type::kId), Column::of("institution_id", Type::kId),
                Column::of("points", Type::kPoints), Column::of("actual_fen", Type::kFen),
                Column::of("prepaid_fen", Type::kFen), Column::of("quality_score", Type::kUnit)}});
    tabular::KeySet keys;
    while (files.read(rows)) {
        const tabular::Row& row = rows.row();
        const auto pool = pools.find(row.text(kOfPool));
        if (pool == pools.end()) {
            rows.reject(kOfPool, "POOL_UNKNOWN");
        } else if (!keys.insert({row.text(kOfPool), row.text(kInstitution)})) {
            rows.reject(kInstitution, "ROW_DUPLICATE_KEY");
        } else {
            pool->second.members.push_back({std::string(row.text(kInstitution)),
                                            row.points(kPoints), row.fen(kActual),
                                            row.fen(kPrepaid), row.rate(kQuality)});
        }
    }
}

CsvWriter settlement_writer(tabular::OutputFile& file) {
    return CsvWriter::in_order(file, {"pool_id", "institution_id", "points", "target_fen",
                                      "actual_fen", "usage", "band", "corridor_fen", "settled_fen",
                                      "deposit_fen", "released_fen", "prepaid_fen", "final_fen"});
}

CsvWriter pool_writer(tabular::OutputFile& file) {
    return CsvWriter::in_order(
        file,
        {"pool_id", "budget_fen", "reserve_fen", "out_of_pool_fen", "available_fen", "total_points",
         "value_yuan", "value_fen_num", "value_fen_den", "compensation_fen", "savings_fen",
         "reserve_drawn_fen", "reserve_returned_fen", "forfeited_fen", "reserve_end_fen"});
}

void write_member(CsvWriter& out, const std::string& pool, const billing::MemberSettlement& m) {
    out.text(pool).text(m.institution_id).points(m.points).fen(m.target).fen(m.actual);
    m.usage ? out.rate(*m.usage) : out.empty();
    m.band ? out.integer(static_cast<std::int64_t>(*m.band)) : out.empty();
    out.fen(m.corridor)
        .fen(m.settled)
        .fen(m.deposit)
        .fen(m.released)
        .fen(m.prepaid)
        .fen(m.final_amount)
        .end_row();
}

void write_pool(CsvWriter& out, const billing::Pool& pool, const billing::PoolSettlement& r,
                amount::Rounding shown) {
    const amount::Fraction yuan = r.value / amount::Fraction::whole(100);
    out.text(pool.id)
        .fen(pool.budget)
        .fen(r.reserve)
        .fen(pool.out_of_pool)
        .fen(r.available)
        .points(r.total_points)
        .rate(yuan.to_rate(shown))
        .text(r.value.numerator_text())
        .text(r.value.denominator_text())
        .fen(r.compensation)
        .fen(r.savings)
        .fen(r.reserve_drawn)
        .fen(r.reserve_returned)
        .fen(r.forfeited)
        .fen(r.reserve_end)
        .end_row();
}

}  // namespace

int settle_pools(const PoolSettleArgs& args) {
    const auto rules = take_block(read_blocks(args.params).settle, "settle", args.params);
    OfflineFiles files(args);
    PoolYears pools = read_pools(files, args.pools);
    read_points(files, args.in, pools);
    CsvWriter settlement = settlement_writer(files.result(args.out));
    std::optional<CsvWriter> pool_out;
    if (args.pool_out) pool_out = pool_writer(files.result(*args.pool_out));
    for (auto& [id, year] : pools) {
        std::ranges::sort(year.members, {}, &billing::PoolMember::institution_id);
        const auto result = billing::settle_pool(rules, year.pool, year.members);
        if (!result && result.refusal().reason == Reason("POOL_OVERFLOW")) {
            throw CommandFailed(kExitInvariant, text_of(result.refusal()) + " pool=" + id);
        }
        if (!result) {
            files.errors().add(args.pools, year.row, "", result.refusal().reason, "");
            continue;
        }
        for (const auto& member : result->members) write_member(settlement, id, member);
        if (pool_out) write_pool(*pool_out, year.pool, *result, rules.rounding.point_value);
    }
    OfflineFiles::need(settlement.finish());
    if (pool_out) OfflineFiles::need(pool_out->finish());
    return files.commit();
}

}  // namespace yilian::cli
