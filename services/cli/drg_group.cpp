#include "services/cli/drg_group.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <ostream>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "libs/tabular/csv_writer.h"
#include "libs/tabular/error_report.h"
#include "libs/tabular/output.h"
#include "libs/tabular/reader.h"
#include "services/billing/domain/drg/grouper.h"
#include "services/billing/domain/drg/rule_index.h"
#include "services/billing/store/rule_pack_files.h"
#include "services/cli/row_progress.h"

namespace yilian::cli {
namespace {

using billing::drg::CaseInput;
using billing::drg::GroupOptions;
using billing::drg::RuleIndex;
using billing::drg::RulePack;
using tabular::Column;
using tabular::Type;

enum ExitCode : int {
    kGood = 0,
    kSomeRowsBad = 1,
    kUsage = 2,
    kRulesRefused = 3,
    kInputUnreadable = 4,
    kStrictRefused = 5,
    kOutputUnwritable = 6,
};

// What ends the command: its exit code and the line for the user.
struct Failure {
    ExitCode code;
    Refusal refusal;
};

std::string line_of(const Refusal& refusal) {
    std::string text = "yilian: " + refusal.reason.text() + ":";
    for (const auto& [key, value] : refusal.metadata) {
        if (!value.empty()) text += " " + key + "=" + value;
    }
    return text;
}

// --- rules -------------------------------------------------------------------------------------

// Where the pack of a row comes from: one pack for all, or the index.
struct Rules {
    std::shared_ptr<const RulePack> single;
    std::optional<RuleIndex> index;
};

template <class T>
using Loaded = std::variant<T, Failure>;

Loaded<std::shared_ptr<const RulePack>> load_pack(const std::filesystem::path& folder,
                                                  bool map_codes) {
    const auto files = billing::read_rule_pack(folder);
    if (!files.ok()) {
        return Failure{kInputUnreadable, {"FILE_NOT_READABLE", {{"file", folder.string()}}}};
    }
    auto pack = RulePack::build(files->tables, files->digest);
    if (!pack) {
        Refusal refusal = pack.refusal();
        refusal.metadata.emplace_back("rules", folder.string());
        return Failure{kRulesRefused, std::move(refusal)};
    }
    if (map_codes && !(*pack)->has_code_map()) {
        return Failure{
            kRulesRefused,
            {"RULES_DANGLING_REFERENCE", {{"table", "dx_map.csv"}, {"rules", folder.string()}}}};
    }
    return *pack;
}

std::filesystem::path resolve(const std::string& index_file, std::string_view dir) {
    const std::filesystem::path beside = std::filesystem::path(index_file).parent_path() / dir;
    std::error_code error;
    return std::filesystem::is_directory(beside, error) ? beside : std::filesystem::path(dir);
}

Loaded<Rules> load_index(const std::string& file, bool map_codes) {
    enum : std::size_t { kRegion, kFrom, kTo, kDir };
    tabular::ErrorReport errors(".");
    auto reader = tabular::Reader::open(
        file,
        {{Column::of("region", Type::kId), Column::of("effective_from", Type::kDate),
          Column::of("effective_to", Type::kDate).may_be_empty(), Column::of("dir", Type::kText)}},
        errors);
    if (!reader) return Failure{kInputUnreadable, reader.refusal()};
    tabular::Reader rows = std::move(reader).value();
    std::map<std::string, std::shared_ptr<const RulePack>> packs;  // a folder is read once
    std::vector<billing::drg::RuleTerm> terms;
    while (true) {
        const auto more = rows.next();
        if (!more) return Failure{kInputUnreadable, more.refusal()};
        if (!*more) break;
        const tabular::Row& row = rows.row();
        const auto folder = resolve(file, row.text(kDir));
        auto& pack = packs[folder.string()];
        if (!pack) {
            auto loaded = load_pack(folder, map_codes);
            if (auto* failure = std::get_if<Failure>(&loaded)) return std::move(*failure);
            pack = std::get<0>(loaded);
        }
        billing::drg::RuleTerm term{std::string(row.text(kRegion)), row.date(kFrom), {}, pack};
        if (!row.empty(kTo)) term.to = row.date(kTo);
        terms.push_back(std::move(term));
    }
    if (!errors.empty()) {
        return Failure{kRulesRefused, {"RULES_TABLE_MALFORMED", {{"file", file}}}};
    }
    auto index = RuleIndex::of(std::move(terms));
    if (!index) return Failure{kRulesRefused, index.refusal()};
    return Rules{nullptr, std::move(index).value()};
}

Loaded<Rules> load_rules(const DrgGroupArgs& args) {
    if (args.rules_index) return load_index(*args.rules_index, args.map_codes);
    auto pack = load_pack(*args.rules, args.map_codes);
    if (auto* failure = std::get_if<Failure>(&pack)) return std::move(*failure);
    return Rules{std::get<0>(pack), std::nullopt};
}

// --- cases -------------------------------------------------------------------------------------

enum : std::size_t {
    kCaseId,
    kSex,
    kAgeYears,
    kAgeDays,
    kWeight,
    kDept,
    kLosDays,
    kLeavingWay,
    kDiagnoses,
    kProcedures,
    kRegion,
    kDischarge,
};

tabular::Spec case_spec(bool with_index) {
    tabular::Spec spec{
        {Column::of("case_id", Type::kId), Column::of("sex", Type::kInt).may_be_empty(),
         Column::of("age_years", Type::kInt).may_be_empty(),
         Column::of("age_days", Type::kInt).may_be_empty(),
         Column::of("weight_g", Type::kInt).may_be_empty(),
         Column::of("dept", Type::kText).may_be_empty(),
         Column::of("los_days", Type::kInt).may_be_empty(),
         Column::of("leaving_way", Type::kText).may_be_empty(),
         // Not kList: an empty code keeps its place (the pack's README, section 3).
         Column::of("diagnoses", Type::kText).may_be_empty(),
         Column::of("procedures", Type::kText).may_be_empty()},
        true};
    if (with_index) {
        spec.columns.push_back(Column::of("region", Type::kId));
        spec.columns.push_back(Column::of("discharge_date", Type::kDate));
    }
    return spec;
}

// One case as copied out of the reader; texts are ranges of the batch's arena.
struct CaseRow {
    const RulePack* pack;
    std::optional<std::int64_t> sex, age_years, age_days, weight_g;
    std::uint32_t id, diagnoses, procedures, end;  // begins of the texts, which lie side by side
};

// Rows that travel together from the reader through a grouping thread to the outputs.
struct Batch {
    std::string arena;
    std::vector<CaseRow> rows;
    std::string groups;
    std::string trail;
    bool done = false;

    [[nodiscard]] std::string_view text(std::uint32_t from, std::uint32_t to) const {
        return std::string_view(arena).substr(from, to - from);
    }
};
constexpr std::size_t kBatchRows = 2048;

void take(const tabular::Row& row, const RulePack* pack, Batch& batch) {
    const auto number = [&](std::size_t column) {
        return row.empty(column) ? std::nullopt : std::optional(row.integer(column));
    };
    const auto place = [&](std::size_t column) {
        const auto at = static_cast<std::uint32_t>(batch.arena.size());
        batch.arena += row.text(column);
        return at;
    };
    CaseRow c{};
    c.pack = pack;
    c.sex = number(kSex);
    c.age_years = number(kAgeYears);
    c.age_days = number(kAgeDays);
    c.weight_g = number(kWeight);
    c.id = place(kCaseId);
    c.diagnoses = place(kDiagnoses);
    c.procedures = place(kProcedures);
    c.end = static_cast<std::uint32_t>(batch.arena.size());
    batch.rows.push_back(c);
}

// Empty pieces keep their place; the pieces replace what `into` held.
void split_codes(std::string_view text, std::vector<std::string_view>& into) {
    into.clear();
    while (true) {
        const std::size_t end = text.find_first_of("|,");
        into.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

// Groups batches; one object a thread.
class Grouper {
  public:
    Grouper(GroupOptions options, bool with_trail) : options_(options), with_trail_(with_trail) {}

    void run(Batch& batch) {
        for (const CaseRow& c : batch.rows) {
            split_codes(batch.text(c.diagnoses, c.procedures), diagnoses_);
            procedures_.clear();
            const std::string_view procedures = batch.text(c.procedures, c.end);
            if (!procedures.empty()) split_codes(procedures, procedures_);
            const CaseInput input{c.sex,      c.age_years, c.age_days,
                                  c.weight_g, diagnoses_,  procedures_};
            const std::string_view id = batch.text(c.id, c.diagnoses);
            billing::drg::GroupResult result;
            if (with_trail_) {
                auto explained = explain(*c.pack, id, input, options_, workspace_);
                result = explained.result;
                batch.trail += explained.trail;
                batch.trail += '\n';
            } else {
                result = group(*c.pack, input, options_, workspace_);
            }
            write(id, codes_of(*c.pack, result), batch.groups);
        }
        // Only the output is needed from here on.
        batch.rows.clear();
        batch.arena.clear();
    }

  private:
    static void write(std::string_view id, const billing::drg::GroupCodes& codes,
                      std::string& out) {
        tabular::append_field(out, id);
        for (const std::string_view field : {codes.mdc, codes.adrg, codes.drg, codes.status}) {
            out += ',';
            tabular::append_field(out, field);
        }
        out += '\n';
    }

    GroupOptions options_;
    bool with_trail_;
    billing::drg::Workspace workspace_;
    std::vector<std::string_view> diagnoses_;
    std::vector<std::string_view> procedures_;
};

// Threads that group batches while the caller reads the next ones. At most a few batches are on the
// way, and they come back in the order in which they were given.
class Pipeline {
  public:
    Pipeline(unsigned threads, GroupOptions options, bool with_trail)
        : limit_(threads * 2 + 1), inline_grouper_(options, with_trail) {
        if (threads == 1) return;  // on the caller's thread
        for (unsigned i = 0; i < threads; ++i) {
            threads_.emplace_back([this, options, with_trail](const std::stop_token& stop) {
                work(stop, Grouper(options, with_trail));
            });
        }
    }
    ~Pipeline() {
        {
            // Under the lock: a thread that has just found nothing to do must not miss it.
            const std::lock_guard lock(mutex_);
            for (auto& t : threads_) t.request_stop();
        }
        ready_.notify_all();
    }
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    void give(std::unique_ptr<Batch> batch) {
        if (threads_.empty()) {
            inline_grouper_.run(*batch);
            batch->done = true;
            on_the_way_.push_back(std::move(batch));
            return;
        }
        const std::lock_guard lock(mutex_);
        waiting_.push_back(batch.get());
        on_the_way_.push_back(std::move(batch));
        ready_.notify_one();
    }

    [[nodiscard]] bool full() const { return on_the_way_.size() >= limit_; }
    [[nodiscard]] bool empty() const { return on_the_way_.empty(); }

    // The oldest batch, grouped.
    [[nodiscard]] std::unique_ptr<Batch> take() {
        std::unique_ptr<Batch> batch = std::move(on_the_way_.front());
        on_the_way_.pop_front();
        std::unique_lock lock(mutex_);
        grouped_.wait(lock, [&] { return batch->done; });
        return batch;
    }

  private:
    void work(const std::stop_token& stop, Grouper grouper) {
        std::unique_lock lock(mutex_);
        while (true) {
            ready_.wait(lock, [&] { return stop.stop_requested() || !waiting_.empty(); });
            if (waiting_.empty()) return;
            Batch* batch = waiting_.front();
            waiting_.pop_front();
            lock.unlock();
            grouper.run(*batch);
            lock.lock();
            batch->done = true;
            grouped_.notify_one();
        }
    }

    const std::size_t limit_;
    Grouper inline_grouper_;
    std::deque<std::unique_ptr<Batch>> on_the_way_;  // the caller's thread only
    std::mutex mutex_;
    std::condition_variable ready_;
    std::condition_variable grouped_;
    std::deque<Batch*> waiting_;
    std::vector<std::jthread> threads_;  // last: joined before what they use is gone
};

// The outputs of one run; null where there is none.
struct Outputs {
    tabular::OutputFile* groups = nullptr;
    tabular::OutputFile* trail = nullptr;
    tabular::OutputFile* errors = nullptr;
};

class Command {
  public:
    explicit Command(const DrgGroupArgs& args)
        : args_(args),
          errors_path_(args.errors.value_or(args.out + ".errors.csv")),
          progress_(args.quiet),
          report_(tabular::directory_of(errors_path_)) {}

    // The exit code, or why there is none.
    Loaded<ExitCode> run() {
        auto rules = load_rules(args_);
        if (auto* failure = std::get_if<Failure>(&rules)) return std::move(*failure);
        auto reader =
            tabular::Reader::open(args_.in, case_spec(args_.rules_index.has_value()), report_);
        if (!reader) return Failure{kInputUnreadable, reader.refusal()};
        if (auto failure = open_outputs()) return std::move(*failure);
        tabular::Reader rows = std::move(reader).value();
        if (auto failure = group_rows(rows, std::get<Rules>(rules))) return std::move(*failure);
        return finish();
    }

  private:
    std::optional<Failure> open_outputs() {
        const auto open = [&](const std::string& path,
                              tabular::OutputFile*& into) -> std::optional<Failure> {
            auto file = outputs_.create(path);
            if (!file) return Failure{kOutputUnwritable, file.refusal()};
            into = *file;
            return std::nullopt;
        };
        if (auto failure = open(args_.out, out_.groups)) return failure;
        if (auto failure = open(errors_path_, out_.errors)) return failure;
        if (args_.trail) {
            if (auto failure = open(*args_.trail, out_.trail)) return failure;
        }
        out_.groups->append("case_id,mdc,adrg,drg,status\n");
        return std::nullopt;
    }

    std::optional<Failure> group_rows(tabular::Reader& rows, const Rules& rules) {
        const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
        Pipeline pipeline(args_.threads == 0 ? processors : args_.threads,
                          {.map_codes = args_.map_codes, .qy = args_.qy}, args_.trail.has_value());
        auto batch = std::make_unique<Batch>();
        while (true) {
            const auto more = rows.next();
            if (!more) return Failure{kInputUnreadable, more.refusal()};
            if (!*more) break;
            progress_.at(rows.rows_read(), rows.file());
            const RulePack* pack = pack_of(rows, rules);
            if (pack == nullptr) continue;
            take(rows.row(), pack, *batch);
            if (batch->rows.size() < kBatchRows) continue;
            if (pipeline.full()) write(pipeline.take());
            pipeline.give(std::exchange(batch, fresh_batch()));
        }
        pipeline.give(std::move(batch));
        while (!pipeline.empty()) write(pipeline.take());
        return std::nullopt;
    }

    // The pack of the current row; null, and the row is in the report, when none is in force.
    const RulePack* pack_of(tabular::Reader& rows, const Rules& rules) {
        if (rules.single) return rules.single.get();
        const tabular::Row& row = rows.row();
        const auto& pack = rules.index->at(row.text(kRegion), row.date(kDischarge));
        if (!pack) rows.reject(kDischarge, "RULES_NOT_IN_FORCE");
        return pack.get();
    }

    std::unique_ptr<Batch> fresh_batch() {
        if (spare_.empty()) return std::make_unique<Batch>();
        auto batch = std::move(spare_.back());
        spare_.pop_back();
        return batch;
    }

    void write(std::unique_ptr<Batch> batch) {
        out_.groups->append(batch->groups);
        if (out_.trail != nullptr) out_.trail->append(batch->trail);
        batch->groups.clear();
        batch->trail.clear();
        batch->done = false;
        spare_.push_back(std::move(batch));
    }

    Loaded<ExitCode> finish() {
        const bool bad = !report_.empty();
        if (bad && args_.strict) {
            outputs_.abandon(out_.groups);
            if (out_.trail != nullptr) outputs_.abandon(out_.trail);
        }
        auto done = report_.write(*out_.errors);
        if (done) done = outputs_.commit();
        if (!done) return Failure{kOutputUnwritable, done.refusal()};
        progress_.end();
        if (!bad) return kGood;
        return args_.strict ? kStrictRefused : kSomeRowsBad;
    }

    const DrgGroupArgs& args_;
    std::string errors_path_;
    RowProgress progress_;
    tabular::ErrorReport report_;
    tabular::OutputSet outputs_;
    Outputs out_;
    std::vector<std::unique_ptr<Batch>> spare_;
};

}  // namespace

int run_drg_group(const DrgGroupArgs& args, std::ostream& err) {
    if (args.rules.has_value() == args.rules_index.has_value()) {
        err << "yilian: USAGE: drg group needs either --rules or --rules-index\n";
        return kUsage;
    }
    const auto result = Command(args).run();
    if (const auto* failure = std::get_if<Failure>(&result)) {
        err << line_of(failure->refusal) << "\n";
        return failure->code;
    }
    return std::get<ExitCode>(result);
}

}  // namespace yilian::cli
