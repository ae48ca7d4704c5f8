#include "services/cli/capitation.h"

#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "libs/calendar/local_time.h"
#include "libs/tabular/key_set.h"
#include "services/billing/domain/capitation.h"
#include "services/cli/exit_code.h"
#include "services/cli/unique_rows.h"

namespace yilian::cli {
namespace {

using billing::CapitationPricer;
using billing::EnrolmentVersion;
using calendar::CivilDate;
using calendar::CivilMonth;
using tabular::Column;
using tabular::CsvWriter;
using tabular::Type;

// --- arguments and rates -----------------------------------------------------------------------

struct Question {
    CivilMonth first{};
    CivilMonth last{};
    Instant known_at{};
};

Question question_of(const CapitationArgs& args) {
    const auto first = CivilMonth::parse(args.from);
    const auto last = CivilMonth::parse(args.to);
    const auto known_at = calendar::parse_rfc3339(args.known_at);
    if (!first) throw CommandFailed(kExitUsage, "FIELD_FORMAT: --from " + args.from);
    if (!last) throw CommandFailed(kExitUsage, "FIELD_FORMAT: --to " + args.to);
    if (!known_at) throw CommandFailed(kExitUsage, "FIELD_FORMAT: --known-at " + args.known_at);
    if (*last < *first) throw CommandFailed(kExitUsage, "FIELD_RANGE: --to is before --from");
    return {*first, *last, *known_at};
}

enum Rates : std::size_t { kCell, kAgeFrom, kAgeTo, kCellSex, kCellChronic, kCellInsurance, kRate };
constexpr std::int64_t kOldest = 200;  // no age is above it

policy::billing::RateCell cell_of(const tabular::Row& row) {
    policy::billing::RateCell cell;
    cell.cell_id = row.text(kCell);
    cell.age_from = static_cast<int>(row.integer(kAgeFrom));
    cell.age_to = static_cast<int>(row.integer(kAgeTo));
    if (row.text(kCellSex) != "*") cell.sex = row.text(kCellSex) == "1" ? 1 : 2;
    if (row.text(kCellChronic) != "*") cell.chronic = row.text(kCellChronic) == "1";
    if (row.text(kCellInsurance) != "*") cell.insurance = row.text(kCellInsurance);
    cell.month_rate_fen = row.fen(kRate);
    return cell;
}

// Rates are parameters: one bad row refuses the table (exit code 3).
billing::RateTable read_rates(const std::string& path) {
    tabular::ErrorReport errors(tabular::directory_of(path));
    auto reader = tabular::Reader::open(
        path,
        {{Column::of("cell_id", Type::kId), Column::of("age_from", Type::kInt),
          Column::of("age_to", Type::kInt), Column::one_of("sex", {"1", "2", "*"}),
          Column::one_of("chronic", {"0", "1", "*"}),
          Column::one_of("insurance", {"EMP", "RES", "*"}),
          Column::of("month_rate_fen", Type::kFen)}},
        errors);
    if (!reader) throw CommandFailed(kExitUnreadable, text_of(reader.refusal()));
    tabular::Reader rows = std::move(reader).value();
    tabular::KeySet ids;
    std::vector<policy::billing::RateCell> cells;
    while (OfflineFiles::next(rows)) {
        const tabular::Row& row = rows.row();
        if (row.integer(kAgeTo) < row.integer(kAgeFrom) || row.integer(kAgeTo) > kOldest) {
            rows.reject(kAgeTo, "FIELD_RANGE");
        } else if (!ids.insert({row.text(kCell)})) {
            rows.reject(kCell, "ROW_DUPLICATE_KEY");
        } else {
            cells.push_back(cell_of(row));
        }
    }
    if (!errors.empty()) {
        throw CommandFailed(kExitParameters, "RULES_TABLE_MALFORMED: file=" + path +
                                                 " bad_fields=" + std::to_string(errors.size()));
    }
    auto table = billing::RateTable::of(std::move(cells));
    if (!table) throw CommandFailed(kExitParameters, text_of(table.refusal()) + " file=" + path);
    return std::move(table).value();
}

// --- enrolments --------------------------------------------------------------------------------

enum Enrolments : std::size_t {
    kEnrolment,
    kVersion,
    kResident,
    kConsortium,
    kInsurance,
    kSex,
    kBirth,
    kChronicFrom,
    kValidFrom,
    kValidTo,
    kRecordedAt,
    kStatus
};

tabular::Spec enrolment_spec() {
    return {{Column::of("enrolment_id", Type::kId), Column::of("version", Type::kInt),
             Column::of("resident_id", Type::kId), Column::of("consortium_id", Type::kId),
             Column::one_of("insurance", {"EMP", "RES"}), Column::one_of("sex", {"1", "2"}),
             Column::of("birth_date", Type::kDate),
             Column::of("chronic_from", Type::kDate).may_be_empty(),
             Column::of("valid_from", Type::kDate),
             Column::of("valid_to", Type::kDate).may_be_empty(),
             Column::of("recorded_at", Type::kInstant),
             Column::one_of("status", {"ACTIVE", "CANCELLED"})}};
}

// What a sorted row carries besides its ids.
struct EnrolmentFigures {
    std::uint64_t row;
    std::int64_t version;
    CivilDate birth, chronic_from, valid_from, valid_to;
    Instant recorded_at;
    std::uint8_t emp, sex, has_chronic, has_end, cancelled;
    std::uint8_t enrolment_size, resident_size;  // ids have at most 64 bytes
};
static_assert(std::is_trivially_copyable_v<EnrolmentFigures>);

std::string packed(const tabular::Row& row) {
    EnrolmentFigures f{};
    f.row = row.number();
    f.version = row.integer(kVersion);
    f.birth = row.date(kBirth);
    f.valid_from = row.date(kValidFrom);
    f.has_chronic = row.empty(kChronicFrom) ? 0 : 1;
    if (f.has_chronic != 0) f.chronic_from = row.date(kChronicFrom);
    f.has_end = row.empty(kValidTo) ? 0 : 1;
    if (f.has_end != 0) f.valid_to = row.date(kValidTo);
    f.recorded_at = row.instant(kRecordedAt);
    f.emp = row.text(kInsurance) == "EMP" ? 1 : 0;
    f.sex = static_cast<std::uint8_t>(row.choice(kSex) + 1);
    f.cancelled = static_cast<std::uint8_t>(row.choice(kStatus));
    f.enrolment_size = static_cast<std::uint8_t>(row.text(kEnrolment).size());
    f.resident_size = static_cast<std::uint8_t>(row.text(kResident).size());
    std::string bytes(sizeof f, '\0');
    std::memcpy(bytes.data(), &f, sizeof f);
    bytes += row.text(kEnrolment);
    bytes += row.text(kResident);
    bytes += row.text(kConsortium);
    return bytes;
}

struct Enrolment {
    EnrolmentVersion version;
    std::uint64_t row = 0;
};

Enrolment unpacked(std::string_view bytes) {
    EnrolmentFigures f{};
    std::memcpy(&f, bytes.data(), sizeof f);
    bytes.remove_prefix(sizeof f);
    Enrolment e;
    e.row = f.row;
    e.version.enrolment_id = bytes.substr(0, f.enrolment_size);
    e.version.version = f.version;
    e.version.resident_id = bytes.substr(f.enrolment_size, f.resident_size);
    e.version.consortium_id = bytes.substr(std::size_t{f.enrolment_size} + f.resident_size);
    e.version.insurance = f.emp != 0 ? "EMP" : "RES";
    e.version.sex = f.sex;
    e.version.birth_date = f.birth;
    if (f.has_chronic != 0) e.version.chronic_from = f.chronic_from;
    e.version.valid_from = f.valid_from;
    if (f.has_end != 0) e.version.valid_to = f.valid_to;
    e.version.recorded_at = f.recorded_at;
    e.version.cancelled = f.cancelled != 0;
    return e;
}

// --- pricing -----------------------------------------------------------------------------------

// Packed rows of whole residents, sorted by resident.
using Batch = std::vector<std::string>;
constexpr std::size_t kBatchRows = 4096;

// One thread's share of the residents.
class Worker {
  public:
    explicit Worker(CapitationPricer pricer) : pricer_(std::move(pricer)) {}

    void run(const Batch& batch) {
        versions_.clear();
        rows_.clear();
        for (const std::string& bytes : batch) {
            Enrolment e = unpacked(bytes);
            rows_.push_back(e.row);
            versions_.push_back(std::move(e.version));
        }
        const std::span<const EnrolmentVersion> all(versions_);
        for (std::size_t from = 0; from < all.size();) {
            std::size_t to = from + 1;
            while (to < all.size() && all[to].resident_id == all[from].resident_id) ++to;
            pricer_.add_resident(all.subspan(from, to - from));
            from = to;
        }
        find_unpriced();
    }

    [[nodiscard]] const CapitationPricer& pricer() const { return pricer_; }
    // Rows with a month that matches no cell.
    [[nodiscard]] const std::vector<std::uint64_t>& unpriced_rows() const { return unpriced_rows_; }

  private:
    void find_unpriced() {
        const auto unpriced = pricer_.take_unpriced();
        if (unpriced.empty()) return;
        using Key = std::pair<std::string_view, std::int64_t>;
        std::map<Key, std::uint64_t> row_of;
        for (std::size_t i = 0; i < versions_.size(); ++i) {
            row_of[{versions_[i].enrolment_id, versions_[i].version}] = rows_[i];
        }
        Key last;
        for (const billing::UnpricedMonth& month : unpriced) {
            const Key key{month.enrolment_id, month.version};
            if (key != last) unpriced_rows_.push_back(row_of.at(key));
            last = key;
        }
    }

    CapitationPricer pricer_;
    std::vector<EnrolmentVersion> versions_;
    std::vector<std::uint64_t> rows_;
    std::vector<std::uint64_t> unpriced_rows_;
};

// Threads that price batches while the caller sorts the next ones; a few batches are on the way.
// Which thread takes a batch does not matter: counts are added.
class Workers {
  public:
    Workers(unsigned threads, const CapitationPricer& empty) {
        for (unsigned i = 0; i < threads; ++i) {
            workers_.push_back(std::make_unique<Worker>(empty));
        }
        if (threads == 1) return;  // on the caller's thread
        for (auto& worker : workers_) {
            threads_.emplace_back([this, &worker] { work(*worker); });
        }
    }
    ~Workers() { finish(); }
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    void give(Batch batch) {
        if (threads_.empty()) return workers_.front()->run(batch);
        std::unique_lock lock(mutex_);
        taken_.wait(lock, [&] { return waiting_.size() < threads_.size() * 2; });
        waiting_.push_back(std::move(batch));
        ready_.notify_one();
    }

    // All batches are priced.
    void finish() {
        {
            const std::lock_guard lock(mutex_);
            ended_ = true;
        }
        ready_.notify_all();
        threads_.clear();  // joins
    }

    [[nodiscard]] const std::vector<std::unique_ptr<Worker>>& all() const { return workers_; }

  private:
    void work(Worker& worker) {
        std::unique_lock lock(mutex_);
        while (true) {
            ready_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
            if (waiting_.empty()) return;
            const Batch batch = std::move(waiting_.front());
            waiting_.pop_front();
            taken_.notify_one();
            lock.unlock();
            worker.run(batch);
            lock.lock();
        }
    }

    std::vector<std::unique_ptr<Worker>> workers_;
    std::mutex mutex_;
    std::condition_variable ready_;
    std::condition_variable taken_;
    std::deque<Batch> waiting_;
    bool ended_ = false;
    std::vector<std::jthread> threads_;
};

// --- outputs -----------------------------------------------------------------------------------

void write_rows(tabular::OutputFile& file, const std::vector<billing::CapitationRow>& rows) {
    CsvWriter out = CsvWriter::in_order(file, {"consortium_id", "period", "cell_id", "members",
                                               "units", "unit_base", "rate_fen", "amount_fen"});
    for (const auto& r : rows) {
        out.text(r.consortium_id)
            .period(r.period)
            .text(r.cell_id)
            .integer(r.members)
            .integer(r.units)
            .integer(r.unit_base)
            .fen(r.rate)
            .fen(r.amount)
            .end_row();
    }
    OfflineFiles::need(out.finish());
}

void write_totals(tabular::OutputFile& file, const std::vector<billing::CapitationTotal>& totals) {
    CsvWriter out = CsvWriter::in_order(
        file, {"consortium_id", "period", "head_count", "amount_fen", "prepay_fen"});
    for (const auto& t : totals) {
        out.text(t.consortium_id)
            .period(t.period)
            .integer(t.head_count)
            .fen(t.amount)
            .fen(t.prepay)
            .end_row();
    }
    OfflineFiles::need(out.finish());
}

void write_differences(tabular::OutputFile& file,
                       const std::vector<billing::CapitationDifference>& differences) {
    CsvWriter out = CsvWriter::in_order(
        file, {"consortium_id", "period", "cell_id", "booked_fen", "amount_fen", "difference_fen"});
    for (const auto& d : differences) {
        out.text(d.consortium_id)
            .period(d.period)
            .text(d.cell_id)
            .fen(d.booked)
            .fen(d.amount)
            .fen(d.difference)
            .end_row();
    }
    OfflineFiles::need(out.finish());
}

class Command {
  public:
    explicit Command(const CapitationArgs& args)
        : args_(args),
          question_(question_of(args)),
          rules_(take_block(read_blocks(args.params).capitation, "capitation", args.params)),
          rates_(read_rates(args.rates)),
          files_(args) {}

    int run() {
        tabular::Reader rows = files_.open(args_.in, enrolment_spec());
        std::vector<billing::CapitationRow> booked;
        if (args_.booked) booked = read_booked();
        tabular::OutputFile& pricing = files_.result(args_.out);
        tabular::OutputFile* summary = args_.summary ? &files_.result(*args_.summary) : nullptr;
        tabular::OutputFile* diff = args_.diff ? &files_.result(*args_.diff) : nullptr;
        const billing::CapitationPrice price = price_rows(rows);
        write_rows(pricing, price.rows);
        if (summary != nullptr) write_totals(*summary, price.totals);
        if (diff != nullptr) {
            write_differences(
                *diff, billing::differences(booked, price.rows, question_.first, question_.last));
        }
        return files_.commit();
    }

  private:
    // An earlier pricing file.
    std::vector<billing::CapitationRow> read_booked() {
        enum : std::size_t { kOf, kPeriod, kOfCell, kMembers, kUnits, kBase, kRateFen, kAmount };
        tabular::Reader rows = files_.open(
            *args_.booked,
            {{Column::of("consortium_id", Type::kId), Column::of("period", Type::kPeriod),
              Column::of("cell_id", Type::kId), Column::of("members", Type::kInt),
              Column::of("units", Type::kInt), Column::of("unit_base", Type::kInt),
              Column::of("rate_fen", Type::kFen), Column::of("amount_fen", Type::kFen)}});
        tabular::KeySet keys;
        std::vector<billing::CapitationRow> booked;
        while (files_.read(rows)) {
            const tabular::Row& row = rows.row();
            if (!keys.insert({row.text(kOf), row.text(kPeriod), row.text(kOfCell)})) {
                rows.reject(kOfCell, "ROW_DUPLICATE_KEY");
                continue;
            }
            booked.push_back({std::string(row.text(kOf)), row.period(kPeriod),
                              std::string(row.text(kOfCell)), row.integer(kMembers),
                              row.integer(kUnits), row.integer(kBase), row.fen(kRateFen),
                              row.fen(kAmount)});
        }
        return booked;
    }

    billing::CapitationPrice price_rows(tabular::Reader& rows) {
        UniqueRows sorted(files_, rows, "version");
        std::string resident;
        while (files_.read(rows)) {
            const tabular::Row& row = rows.row();
            if (!row.empty(kValidTo) && row.date(kValidTo) <= row.date(kValidFrom)) {
                rows.reject(kValidTo, "CAP_EMPTY_INTERVAL");
            } else {
                // The zero byte keeps residents of whom one id begins with another's apart.
                resident = row.text(kResident);
                resident += '\0';
                sorted.add({row.text(kEnrolment), row.text(kVersion)}, row.text(kVersion), resident,
                           packed(row));
            }
        }
        CapitationPricer total(rules_, rates_, question_.first, question_.last, question_.known_at);
        Workers workers(threads_of(args_), total);
        give_all(sorted, workers);
        workers.finish();
        for (const auto& worker : workers.all()) {
            total.merge(worker->pricer());
            for (const std::uint64_t row : worker->unpriced_rows()) {
                files_.errors().add(rows.file(), row, "resident_id", "CAP_NO_CELL", "");
            }
        }
        return total.price();
    }

    // A resident is never cut over two batches.
    static void give_all(UniqueRows& sorted, Workers& workers) {
        Batch batch;
        std::string resident;
        sorted.drain([&](std::string_view bytes) {
            EnrolmentFigures f{};
            std::memcpy(&f, bytes.data(), sizeof f);
            const auto of = bytes.substr(sizeof f + f.enrolment_size, f.resident_size);
            if (of != resident && batch.size() >= kBatchRows) {
                workers.give(std::exchange(batch, {}));
            }
            resident = of;
            batch.emplace_back(bytes);
        });
        workers.give(std::move(batch));
    }

    const CapitationArgs& args_;
    Question question_;
    policy::billing::Capitation rules_;
    billing::RateTable rates_;
    OfflineFiles files_;
};

}  // namespace

int price_capitation(const CapitationArgs& args) {
    if (args.booked.has_value() != args.diff.has_value()) {
        throw CommandFailed(kExitUsage,
                            "USAGE: capitation price needs --booked and --diff together");
    }
    return Command(args).run();
}

}  // namespace yilian::cli
