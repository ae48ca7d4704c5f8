#include "services/billing/domain/drg/lint_rows.h"

#include <functional>
#include <span>

namespace yilian::billing::drg {
namespace {

// Calls `each` with every row of a table that is there and well-formed so far; a malformed rest is
// the builder's to tell. The columns are those of the header, whatever else it holds.
void for_rows(const PackFiles& files, std::string_view file,
              std::span<const std::string_view> wanted,
              const std::function<void(const std::vector<std::string_view>&, int)>& each) {
    const auto found = files.find(file);
    if (found == files.end()) return;
    const std::string_view text = found->second;
    std::string header(text.substr(0, text.find_first_of("\r\n")));
    if (header.starts_with("\xEF\xBB\xBF")) header.erase(0, 3);
    std::vector<std::string_view> columns;
    std::string_view rest(header);
    while (true) {
        const auto end = rest.find(',');
        columns.push_back(rest.substr(0, end));
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    std::vector<std::size_t> positions;
    for (const std::string_view name : wanted) {
        std::size_t i = 0;
        while (i < columns.size() && columns[i] != name) ++i;
        if (i == columns.size()) return;
        positions.push_back(i);
    }
    PackTable table(file, text, columns);
    std::vector<std::string_view> cells(wanted.size());
    while (!table.problem() && table.next()) {
        for (std::size_t i = 0; i < positions.size(); ++i) cells[i] = table.text(positions[i]);
        each(cells, table.row());
    }
}

}  // namespace

void LintRows::need(const Index& index, std::string_view key, std::string file, int row,
                    std::string_view what) {
    if (index.contains(key)) return;
    dangling_.push_back({std::move(file), row, LintKind::kDangling,
                         "there is no " + std::string(what) + " " + std::string(key)});
}

LintRows::LintRows(const PackFiles& files) {
    using Cells = std::vector<std::string_view>;
    constexpr std::string_view kMdc[] = {"mdc"};
    for_rows(files, "mdc.csv", kMdc, [&](const Cells& c, int row) { mdcs_.emplace(c[0], row); });
    constexpr std::string_view kAdrg[] = {"adrg", "mdc"};
    for_rows(files, "adrg.csv", kAdrg, [&](const Cells& c, int row) {
        adrgs_.emplace(c[0], row);
        need(mdcs_, c[1], "adrg.csv", row, "MDC");
    });
    constexpr std::string_view kDrg[] = {"drg", "adrg"};
    for_rows(files, "drg.csv", kDrg, [&](const Cells& c, int row) {
        drgs_.emplace(c[0], row);
        need(adrgs_, c[1], "drg.csv", row, "ADRG");
    });
    constexpr std::string_view kMdcDx[] = {"mdc", "dx"};
    for_rows(files, "mdc_principal_dx.csv", kMdcDx, [&](const Cells& c, int row) {
        need(mdcs_, c[0], "mdc_principal_dx.csv", row, "MDC");
    });
    constexpr std::string_view kAdrgDx[] = {"adrg", "dx"};
    for_rows(files, "adrg_dx.csv", kAdrgDx, [&](const Cells& c, int row) {
        need(adrgs_, c[0], "adrg_dx.csv", row, "ADRG");
        adrg_dx_.push_back({std::string(c[0]), "", std::string(c[1]), row});
    });
    constexpr std::string_view kAdrgProc[] = {"adrg", "list_no", "proc"};
    for_rows(files, "adrg_proc.csv", kAdrgProc, [&](const Cells& c, int row) {
        need(adrgs_, c[0], "adrg_proc.csv", row, "ADRG");
        adrg_proc_.push_back({std::string(c[0]), std::string(c[1]), std::string(c[2]), row});
    });
    constexpr std::string_view kWeights[] = {"drg"};
    for_rows(files, "weights.csv", kWeights, [&](const Cells& c, int row) {
        if (c[0] != "*") need(drgs_, c[0], "weights.csv", row, "DRG");
    });
    constexpr std::string_view kSeverity[] = {"exclusion_table"};
    for (const std::string_view file : {"mcc.csv", "cc.csv"}) {
        for_rows(files, file, kSeverity,
                 [&](const Cells& c, int) { severity_tables_.emplace(c[0]); });
    }
    constexpr std::string_view kExclusions[] = {"exclusion_table", "principal_dx"};
    for_rows(files, "cc_exclusion_principal_dx.csv", kExclusions, [&](const Cells& c, int row) {
        exclusions_.push_back({std::string(c[0]), "", std::string(c[1]), row});
    });
}

}  // namespace yilian::billing::drg
