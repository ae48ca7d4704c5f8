// `yilian drg group` on the reference files and on, file in and file out.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "libs/testkit/temp_dir.h"
#include "services/cli/drg_group.h"
#include "tests/golden/drg_cases.h"
#include "tests/golden/spec_examples.h"

namespace yilian::golden {
namespace {

// Runs the command on `cases` and gives the bytes of the result file.
std::string groups_of(const testkit::TempDir& dir, cli::DrgGroupArgs args) {
    args.out = dir.file("groups.csv");
    args.threads = 2;
    std::ostringstream err;
    EXPECT_EQ(cli::run_drg_group(args, err), 0) << err.str();
    return read_text(args.out);
}

void expect_reference(const char* file, cli::DrgGroupArgs args) {
    const auto folder = shared_path("data/chs-drg-1.1");
    if (!folder) return;
    const testkit::TempDir dir;
    args.rules = folder->string();
    args.in = (*folder / file).string();
    std::string expected = "case_id,mdc,adrg,drg,status\n";
    for (const DrgCase& c : read_drg_cases(*folder / file)) {
        expected += c.id + "," + c.mdc + "," + c.adrg + "," + c.drg + "," + c.status + "\n";
    }
    EXPECT_TRUE(groups_of(dir, args) == expected) << file;
}

TEST(DrgCli, B16_2_EveryReferenceCase) { expect_reference("cases.csv", {}); }
TEST(DrgCli, B16_2_EveryReferenceCaseWithCodeConversion) {
    cli::DrgGroupArgs args;
    args.map_codes = true;
    expect_reference("cases_mapped.csv", args);
}
TEST(DrgCli, B16_2_EveryReferenceCaseWithAmbiguousGroup) {
    cli::DrgGroupArgs args;
    args.qy = true;
    expect_reference("cases_qy.csv", args);
}

TEST(DrgCli, X20_MiniatureRulePack) {
    const auto example = billing_example("X-20");
    const auto real = shared_path("data/chs-drg-1.1");
    if (!example || !real) return;
    const testkit::TempDir dir;
    std::filesystem::create_directory(dir.path() / "mini");
    for (const auto tables :
         {billing::drg::RulePack::required_tables(), billing::drg::RulePack::optional_tables()}) {
        for (const std::string_view name : tables) {
            const std::string label = "mini/" + std::string(name);
            std::ofstream out(dir.path() / label, std::ios::binary);
            if (example->has(label)) {
                out << example->block(label);
            } else if (std::filesystem::exists(*real / name)) {
                const std::string text = read_text(*real / name);  // "only their header line"
                out << text.substr(0, text.find('\n') + 1);
            } else {
                out.close();
                std::filesystem::remove(dir.path() / label);
            }
        }
    }
    std::ofstream(dir.file("cases.csv"), std::ios::binary) << example->block("cases.csv");
    cli::DrgGroupArgs args;
    args.rules = dir.file("mini");
    args.in = dir.file("cases.csv");
    const std::string plain = groups_of(dir, args);
    EXPECT_EQ(plain, example->block("groups.csv"));

    args.qy = true;
    const TableRows with_qy = csv_rows(groups_of(dir, args));
    const TableRows differing = csv_rows(example->block_after("Rows that differ with `--qy`"));
    TableRows found;
    const TableRows without = csv_rows(plain);
    for (std::size_t i = 0; i < with_qy.size(); ++i) {
        if (with_qy[i] != without[i]) found.push_back(with_qy[i]);
    }
    EXPECT_EQ(found, differing);
}

TEST(DrgCli, X21_OwnCasesOnTheNationalPack) {
    const auto example = billing_example("X-21");
    const auto real = shared_path("data/chs-drg-1.1");
    if (!example || !real) return;
    const testkit::TempDir dir;
    ASSERT_EQ(example->blocks.size(), 2U);
    std::ofstream(dir.file("cases.csv"), std::ios::binary) << example->blocks[0].text;
    cli::DrgGroupArgs args;
    args.rules = real->string();
    args.in = dir.file("cases.csv");
    EXPECT_EQ(groups_of(dir, args), example->blocks[1].text);
}

}  // namespace
}  // namespace yilian::golden
