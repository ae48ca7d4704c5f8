#include "services/billing/store/capitation_rows.h"

#include "services/billing/store/queries.h"

namespace yilian::billing::store {
namespace {

using storage::Row;
using storage::Transaction;
using storage::Value;

// Rows read at once; one resident has a handful of versions.
constexpr std::int64_t kPageRows = 4000;

std::optional<CivilDate> opt_date(const Row& row, std::size_t column) {
    const auto text = row.opt_text(column);
    if (!text) return std::nullopt;
    return *CivilDate::parse(*text);
}

Value date_value(const std::optional<CivilDate>& date) {
    return date ? Value(date->text()) : Value();
}

EnrolmentVersion version_of(const Row& row) {
    EnrolmentVersion v;
    v.enrolment_id = row.text(0);
    v.version = row.i64(1);
    v.resident_id = row.text(2);
    v.consortium_id = row.text(3);
    v.insurance = row.text(4);
    v.sex = static_cast<int>(row.i64(5));
    v.birth_date = *CivilDate::parse(row.text(6));
    v.chronic_from = opt_date(row, 7);
    v.valid_from = *CivilDate::parse(row.text(8));
    v.valid_to = opt_date(row, 9);
    v.recorded_at = row.instant(10);
    v.cancelled = row.flag(11);
    return v;
}

std::optional<CapitationMonthRow> month_of(Transaction& tx, std::optional<Row> row) {
    if (!row) return std::nullopt;
    CapitationMonthRow m;
    m.run_id = row->text(0);
    m.consortium_id = row->text(1);
    m.period = row->text(2);
    m.revision = row->i64(3);
    m.known_at = row->instant(4);
    m.head_count = row->i64(5);
    m.amount = Fen::of_raw(row->i64(6));
    m.prepay = Fen::of_raw(row->i64(7));
    m.digest = row->text(8);
    m.corrects_run_id = row->text(9);
    m.difference = Fen::of_raw(row->i64(10));
    m.pack_version = row->i64(11);
    m.pack_digest = row->text(12);
    for (const Row& cell : tx.select(kCapitationCells, m.run_id)) {
        m.cells.push_back({m.consortium_id, *CivilMonth::parse(m.period), cell.text(0), cell.i64(1),
                           cell.i64(2), cell.i64(3), Fen::of_raw(cell.i64(4)),
                           Fen::of_raw(cell.i64(5))});
    }
    return m;
}

}  // namespace

std::vector<EnrolmentVersion> versions_of(Transaction& tx, std::string_view resident_id) {
    std::vector<EnrolmentVersion> out;
    for (const Row& row : tx.select(kVersionsOfResident, resident_id)) {
        out.push_back(version_of(row));
    }
    return out;
}

void add(Transaction& tx, const EnrolmentVersion& v) {
    tx.post(kAddVersion, v.enrolment_id, v.version, v.resident_id, v.consortium_id, v.insurance,
            std::int64_t{v.sex}, v.birth_date.text(), date_value(v.chronic_from),
            v.valid_from.text(), date_value(v.valid_to), v.recorded_at, v.cancelled);
}

void each_resident(Transaction& tx, Instant known_at,
                   const std::function<void(std::span<const EnrolmentVersion>)>& each) {
    std::string after;
    for (;;) {
        std::vector<EnrolmentVersion> page;
        for (const Row& row : tx.select(kAllVersions, after, known_at, kPageRows)) {
            page.push_back(version_of(row));
        }
        const bool last_page = static_cast<std::int64_t>(page.size()) < kPageRows;
        auto end = page.end();
        if (!last_page) {
            // The last resident of a full page may go on in the next one.
            const std::string cut = page.back().resident_id;
            while (end != page.begin() && std::prev(end)->resident_id == cut) --end;
            YILIAN_INVARIANT(end != page.begin(), "billing: a resident with a page of versions");
        }
        for (auto from = page.begin(); from != end;) {
            auto to = from;
            while (to != end && to->resident_id == from->resident_id) ++to;
            each(std::span<const EnrolmentVersion>(from, to));
            after = from->resident_id;
            from = to;
        }
        if (last_page) return;
    }
}

std::optional<CapitationMonthRow> capitation_month(Transaction& tx, std::string_view consortium_id,
                                                   std::string_view period) {
    return month_of(tx, tx.select_one(kCapitationLatest, consortium_id, period));
}

std::optional<CapitationMonthRow> capitation_run(Transaction& tx, std::string_view run_id) {
    return month_of(tx, tx.select_one(kCapitationRun, run_id));
}

std::optional<CapitationMonthRow> capitation_first(Transaction& tx, std::string_view consortium_id,
                                                   std::string_view period) {
    return month_of(tx, tx.select_one(kCapitationFirst, consortium_id, period));
}

void add(Transaction& tx, const CapitationMonthRow& m) {
    tx.run(kAddCapitation, m.run_id, m.consortium_id, m.period, m.revision, m.known_at,
           m.head_count, m.amount.raw(), m.prepay.raw(), m.digest, m.corrects_run_id,
           m.difference.raw(), m.pack_version, m.pack_digest);
    for (const CapitationRow& c : m.cells) {
        tx.post(kAddCapitationCell, m.run_id, c.cell_id, c.members, c.units, c.unit_base,
                c.rate.raw(), c.amount.raw());
    }
}

std::optional<FeeSplitRow> fee_split(Transaction& tx, std::string_view contract_id) {
    const auto row = tx.select_one(kFeeSplit, contract_id);
    if (!row) return std::nullopt;
    return FeeSplitRow{row->text(0),
                       row->text(1),
                       row->text(2),
                       row->text(3),
                       row->text(4),
                       row->text(5),
                       Fen::of_raw(row->i64(6)),
                       Fen::of_raw(row->i64(7)),
                       row->text(8),
                       row->flag(9)};
}

void add(Transaction& tx, const FeeSplitRow& f) {
    tx.run(kAddFeeSplit, f.contract_id, f.resident_id, f.team_id, f.institution_id, f.consortium_id,
           f.period, f.fee.raw(), f.team.raw(), f.transaction_id);
}

void reverse_fee_split(Transaction& tx, std::string_view contract_id) {
    tx.run(kReverseFeeSplit, contract_id);
}

}  // namespace yilian::billing::store
