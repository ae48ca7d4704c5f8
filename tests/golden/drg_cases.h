#pragma once

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/billing/domain/drg/grouper.h"
#include "services/billing/domain/drg/pack_table.h"
#include "services/billing/store/rule_pack_files.h"
#include "tests/golden/shared_data.h"

// Case tables with expected groups, as they stand beside a rule pack.
namespace yilian::golden {

struct DrgCase {
    std::string id;
    std::optional<std::int64_t> sex;
    std::optional<std::int64_t> age_years;
    std::optional<std::int64_t> age_days;
    std::optional<std::int64_t> weight_g;
    std::string diagnoses;
    std::string procedures;
    std::string mdc;
    std::string adrg;
    std::string drg;
    std::string status;
};

[[nodiscard]] inline std::vector<DrgCase> read_drg_cases(const std::filesystem::path& file) {
    using namespace std::string_view_literals;
    static constexpr std::array kColumns = {
        "case_id"sv,      "sex"sv,           "age_years"sv,    "age_days"sv,        "weight_g"sv,
        "dept"sv,         "los_days"sv,      "leaving_way"sv,  "diagnoses"sv,       "procedures"sv,
        "expected_mdc"sv, "expected_adrg"sv, "expected_drg"sv, "expected_status"sv, "why"sv};
    const std::string text = read_text(file);
    // Cases worked by hand say why in a last column.
    const bool with_reason = text.substr(0, text.find('\n')).ends_with(",why");
    billing::drg::PackTable table(file.filename().string(), text,
                                  std::span(kColumns).first(kColumns.size() - !with_reason));
    std::vector<DrgCase> cases;
    while (table.next()) {
        DrgCase c;
        c.id = table.text(0);
        c.sex = table.optional_integer(1);
        c.age_years = table.optional_integer(2);
        c.age_days = table.optional_integer(3);
        c.weight_g = table.optional_integer(4);
        c.diagnoses = table.text(8);
        c.procedures = table.text(9);
        c.mdc = table.text(10);
        c.adrg = table.text(11);
        c.drg = table.text(12);
        c.status = table.text(13);
        cases.push_back(std::move(c));
    }
    EXPECT_FALSE(table.problem()) << file << ": row " << table.row();
    return cases;
}

// Keeps empty pieces; an empty text is one empty piece for diagnoses, no piece for procedures.
[[nodiscard]] inline std::vector<std::string_view> split_codes(std::string_view text,
                                                               bool empty_is_none) {
    std::vector<std::string_view> pieces;
    if (text.empty() && empty_is_none) return pieces;
    while (true) {
        const std::size_t end = text.find_first_of("|,");
        pieces.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return pieces;
        text.remove_prefix(end + 1);
    }
}

[[nodiscard]] inline std::shared_ptr<const billing::drg::RulePack> load_pack(
    const std::filesystem::path& folder) {
    auto files = billing::read_rule_pack(folder);
    EXPECT_TRUE(files.ok()) << files.status();
    if (!files.ok()) return nullptr;
    auto pack = billing::drg::RulePack::build(files->tables, files->digest);
    EXPECT_TRUE(pack.ok());
    if (!pack) {
        for (const auto& [key, value] : pack.refusal().metadata) {
            ADD_FAILURE() << pack.refusal().reason.code() << " " << key << "=" << value;
        }
        return nullptr;
    }
    return *pack;
}

// Groups every case and compares all fields; the number of cases compared.
inline std::size_t compare_cases(const std::filesystem::path& pack_folder,
                                 const std::filesystem::path& case_file,
                                 billing::drg::GroupOptions options) {
    const auto pack = load_pack(pack_folder);
    if (!pack) return 0;
    billing::drg::Workspace workspace;
    const std::vector<DrgCase> cases = read_drg_cases(case_file);
    for (const DrgCase& c : cases) {
        const auto diagnoses = split_codes(c.diagnoses, false);
        const auto procedures = split_codes(c.procedures, true);
        const billing::drg::CaseInput input{c.sex,      c.age_years, c.age_days,
                                            c.weight_g, diagnoses,   procedures};
        const auto result = billing::drg::group(*pack, input, options, workspace);
        const auto codes = billing::drg::codes_of(*pack, result);
        EXPECT_EQ(codes.mdc, c.mdc) << c.id;
        EXPECT_EQ(codes.adrg, c.adrg) << c.id;
        EXPECT_EQ(codes.drg, c.drg) << c.id;
        EXPECT_EQ(codes.status, c.status) << c.id;
        const auto explained = billing::drg::explain(*pack, c.id, input, options, workspace);
        EXPECT_EQ(explained.result, result) << c.id << ": the trail changes the result";
    }
    return cases.size();
}

}  // namespace yilian::golden
