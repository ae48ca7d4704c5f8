#include "services/cli/play/demo_data.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <span>
#include <string_view>

#include "libs/base/embedded_file.h"
#include "libs/base/invariant.h"
#include "libs/tabular/error_report.h"
#include "libs/tabular/reader.h"

namespace yilian::cli::play {

std::span<const EmbeddedFile> demo_tables();

namespace {

using tabular::Column;
using tabular::Type;

std::string table(std::string_view name) {
    for (const EmbeddedFile& file : demo_tables()) {
        if (file.name == name) return std::string(file.text);
    }
    invariant_broken("play: a table of the demo pack is missing", __FILE__, __LINE__);
}

template <class Each>
void each_row(std::string_view name, std::vector<Column> columns, Each each) {
    tabular::ErrorReport errors(".");
    auto reader = tabular::Reader::of_text(std::string(name), table(name),
                                           {std::move(columns), true}, errors);
    YILIAN_INVARIANT(reader.ok(), "play: a table of the demo pack cannot be read");
    tabular::Reader rows = std::move(reader).value();
    while (true) {
        const auto more = rows.next();
        YILIAN_INVARIANT(more.ok(), "play: a table of the demo pack cannot be read");
        if (!*more) return;
        each(rows.row());
    }
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = text.find('|');
        out.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return out;
}

bool all_known(const std::vector<std::string>& codes, const std::set<std::string>& known) {
    std::set<std::string> seen;
    return std::all_of(codes.begin(), codes.end(), [&](const std::string& code) {
        return known.contains(code) && seen.insert(code).second;
    });
}

std::set<std::string> codes_of(const char* name, const char* column) {
    std::set<std::string> codes;
    each_row(name, {Column::of(column, Type::kText)},
             [&](const tabular::Row& row) { codes.emplace(row.text(0)); });
    return codes;
}

std::vector<CaseTemplate> read_templates() {
    enum : std::size_t { kId, kSex, kAge, kDiagnoses, kProcedures, kDrg, kStatus };
    std::map<std::string, std::int64_t> averages;
    each_row(
        "weights.csv", {Column::of("drg", Type::kText), Column::of("average_fen", Type::kFen)},
        [&](const tabular::Row& row) { averages[std::string(row.text(0))] = row.fen(1).raw(); });
    const std::set<std::string> diagnoses = codes_of("dx_map.csv", "mapped_dx");
    const std::set<std::string> procedures = codes_of("proc_map.csv", "mapped_proc");
    std::vector<CaseTemplate> out;
    each_row("cases.csv",
             {Column::of("case_id", Type::kId), Column::of("sex", Type::kInt).may_be_empty(),
              Column::of("age_years", Type::kInt).may_be_empty(),
              Column::of("diagnoses", Type::kText).may_be_empty(),
              Column::of("procedures", Type::kText).may_be_empty(),
              Column::of("expected_drg", Type::kText).may_be_empty(),
              Column::of("expected_status", Type::kText).may_be_empty()},
             [&](const tabular::Row& row) {
                 if (row.empty(kSex) || row.empty(kAge) || row.integer(kAge) < 18) return;
                 CaseTemplate c;
                 c.id = row.text(kId);
                 c.sex = static_cast<int>(row.integer(kSex));
                 c.diagnoses = split(row.text(kDiagnoses));
                 c.procedures = split(row.text(kProcedures));
                 c.grouped = row.text(kStatus) == "SUCCESS";
                 const auto average = averages.find(std::string(row.text(kDrg)));
                 c.average_fen = average == averages.end() ? averages.at("*") : average->second;
                 const bool usable = !c.diagnoses.empty() && all_known(c.diagnoses, diagnoses) &&
                                     all_known(c.procedures, procedures) &&
                                     (c.grouped || row.text(kStatus) == "FAIL");
                 if (usable) out.push_back(std::move(c));
             });
    return out;
}

std::vector<CaseTemplate> chosen(bool grouped) {
    std::vector<CaseTemplate> out = read_templates();
    std::erase_if(out, [&](const CaseTemplate& c) { return c.grouped != grouped; });
    YILIAN_INVARIANT(!out.empty(), "play: the demo pack has no such case");
    return out;
}

}  // namespace

const std::vector<CaseTemplate>& case_templates() {
    static const std::vector<CaseTemplate> templates = chosen(true);
    return templates;
}

const std::vector<CaseTemplate>& ungrouped_templates() {
    static const std::vector<CaseTemplate> templates = chosen(false);
    return templates;
}

const CaseTemplate& case_with(const std::string& prefix, std::uint64_t number) {
    std::vector<const CaseTemplate*> found;
    for (const CaseTemplate& c : case_templates()) {
        if (c.diagnoses.front().starts_with(prefix) && c.procedures.empty()) found.push_back(&c);
    }
    YILIAN_INVARIANT(!found.empty(), "play: the demo pack has no such case");
    return *found[number % found.size()];
}

}  // namespace yilian::cli::play
