#include "services/cli/drg_lint.h"

#include <filesystem>
#include <map>
#include <ostream>

#include "nlohmann/json.hpp"
#include "services/billing/domain/drg/lint.h"
#include "services/billing/store/rule_pack_files.h"
#include "services/cli/exit_code.h"

namespace yilian::cli {
namespace {

using billing::drg::LintFinding;
using billing::drg::LintKind;
using billing::drg::LintReport;

void print_json(const LintReport& report, std::ostream& out) {
    nlohmann::ordered_json findings = nlohmann::ordered_json::array();
    std::map<LintKind, int> counts;
    for (const LintFinding& f : report.findings) {
        ++counts[f.kind];
        findings.push_back(
            {{"file", f.file}, {"line", f.row}, {"kind", name_of(f.kind)}, {"text", f.text}});
    }
    nlohmann::ordered_json document{{"loads", report.loads}};
    for (const LintKind kind :
         {LintKind::kMalformed, LintKind::kDangling, LintKind::kUnreachable, LintKind::kOverlap}) {
        document["counts"][std::string(name_of(kind))] = counts[kind];
    }
    document["findings"] = std::move(findings);
    out << document.dump(2) << "\n";
}

void print_lines(const LintReport& report, const std::filesystem::path& folder, std::ostream& out) {
    for (const LintFinding& f : report.findings) {
        out << (folder / f.file).string();
        if (f.row > 0) out << ":" << f.row;
        out << ": " << name_of(f.kind) << ": " << f.text << "\n";
    }
}

}  // namespace

int lint_drg_rules(const DrgLintArgs& args, bool json, std::ostream& out) {
    const auto files = billing::read_rule_pack(args.rules);
    if (!files.ok()) {
        throw CommandFailed(kExitUnreadable, "FILE_NOT_READABLE: file=" + args.rules);
    }
    const LintReport report = billing::drg::lint(files->tables);
    if (json) {
        print_json(report, out);
    } else {
        print_lines(report, args.rules, out);
    }
    if (!report.loads) return kExitParameters;
    for (const LintFinding& f : report.findings) {
        if (args.strict || f.kind != LintKind::kOverlap) return kExitFailed;
    }
    return kExitGood;
}

}  // namespace yilian::cli
