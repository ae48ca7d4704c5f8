// The offline commands on the examples of the specification, file in and file out: X-25, X-28,
// X-33, X-38, X-45, X-48 and X-56.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>

#include "libs/testkit/temp_dir.h"
#include "services/cli/allocate.h"
#include "services/cli/benefit.h"
#include "services/cli/capitation.h"
#include "services/cli/exit_code.h"
#include "services/cli/pool_settle.h"
#include "services/cli/share.h"
#include "tests/golden/shared_data.h"
#include "tests/golden/spec_examples.h"

namespace yilian::golden {
namespace {

struct Ended {
    int code = 0;
    std::string text;  // of a command that failed
};

Ended end_of(const std::function<int()>& command) {
    try {
        return {command(), ""};
    } catch (const cli::CommandFailed& failed) {
        return {failed.code(), failed.what()};
    }
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), by);
}

// The files of one example in a folder, and the command's results beside them.
class Files {
  public:
    explicit Files(const Example& example) : example_(example) {
        for (const auto& block : example.blocks) {
            const bool input = block.label.ends_with(".yaml") || block.label.ends_with(".csv");
            if (input) put(block.label, block.text);
        }
    }

    void put(const std::string& name, const std::string& text) const {
        std::ofstream(file(name), std::ios::binary) << text;
    }
    [[nodiscard]] std::string file(const std::string& name) const { return dir_.file(name); }
    // The example gives its results in blocks of the same name, so results go to another folder.
    [[nodiscard]] std::string result(const std::string& name) const { return file("new-" + name); }
    [[nodiscard]] std::string read(const std::string& name) const {
        return read_text(result(name));
    }
    void expect_result(const std::string& name) const {
        EXPECT_EQ(read(name), example_.block(name)) << name;
    }
    [[nodiscard]] bool nothing_written() const {
        for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
            const std::string name = entry.path().filename().string();
            if (name.starts_with("new-") || name.starts_with(".")) return false;
        }
        return true;
    }

    template <class Args>
    [[nodiscard]] Args args(const std::string& params, const std::string& in,
                            const std::string& out) const {
        Args a;
        a.params = file(params);
        a.in = file(in);
        a.out = result(out);
        a.threads = 2;
        return a;
    }

  private:
    const Example& example_;
    testkit::TempDir dir_;
};

void expect_settled(std::string_view id) {
    const auto example = billing_example(id);
    if (!example) return;
    const Files files(*example);
    auto args = files.args<cli::PoolSettleArgs>("settle.yaml", "points.csv", "settlement.csv");
    args.pools = files.file("pools.csv");
    args.pool_out = files.result("pool_result.csv");
    EXPECT_EQ(cli::settle_pools(args), 0);
    files.expect_result("settlement.csv");
    files.expect_result("pool_result.csv");
    files.expect_result("settlement.csv.errors.csv");
}

TEST(BillingCli, X25_Settle) { expect_settled("X-25"); }
TEST(BillingCli, X28_Settle) { expect_settled("X-28"); }

TEST(BillingCli, X33_Allocate) {
    const auto example = billing_example("X-33");
    if (!example) return;
    const Files files(*example);
    EXPECT_EQ(cli::allocate_files(
                  files.args<cli::OfflineArgs>("allocate.yaml", "factors.csv", "shares.csv")),
              0);
    files.expect_result("shares.csv");
    files.expect_result("shares.csv.errors.csv");
}

cli::CapitationArgs months_of_x38(const Files& files, const std::string& known_at,
                                  const std::string& number) {
    auto args =
        files.args<cli::CapitationArgs>("cap.yaml", "enrolment.csv", "pricing" + number + ".csv");
    args.rates = files.file("rates.csv");
    args.from = "2025-01";
    args.to = "2025-02";
    args.known_at = known_at;
    args.summary = files.result("summary" + number + ".csv");
    return args;
}

TEST(BillingCli, X38_CapitationOnTwoTimeAxes) {
    const auto example = billing_example("X-38");
    if (!example) return;
    const Files files(*example);
    const auto first = months_of_x38(files, "2025-02-28T23:59:59+08:00", "");
    EXPECT_EQ(cli::price_capitation(first), 0);
    files.expect_result("pricing.csv");
    files.expect_result("summary.csv");
    files.expect_result("pricing.csv.errors.csv");

    auto later = months_of_x38(files, "2025-04-01T00:00:00+08:00", "2");
    later.booked = first.out;
    later.diff = files.result("diff.csv");
    EXPECT_EQ(cli::price_capitation(later), 0);
    files.expect_result("pricing2.csv");
    files.expect_result("summary2.csv");
    files.expect_result("diff.csv");

    // "Running the correction a second time against pricing2.csv gives an empty diff.csv."
    later.booked = files.file("pricing2.csv");
    EXPECT_EQ(cli::price_capitation(later), 0);
    EXPECT_EQ(files.read("diff.csv"),
              "consortium_id,period,cell_id,booked_fen,amount_fen,difference_fen\n");
    // "Asking again for the knowledge of 28 February gives the first answer, byte for byte."
    EXPECT_EQ(cli::price_capitation(first), 0);
    files.expect_result("pricing.csv");
}

TEST(BillingCli, X45_Share) {
    const auto example = billing_example("X-45");
    if (!example) return;
    const Files files(*example);
    auto args = files.args<cli::ShareArgs>("share.yaml", "consortia.csv", "shares.csv");
    args.weights = files.file("weights.csv");
    args.members_out = files.result("members.csv");
    EXPECT_EQ(cli::share_files(args), 0);
    files.expect_result("shares.csv");
    files.expect_result("members.csv");
    files.expect_result("shares.csv.errors.csv");
}

TEST(BillingCli, X48_BenefitInBothReadings) {
    const auto example = billing_example("X-48");
    if (!example) return;
    const Files files(*example);
    auto args = files.args<cli::OfflineArgs>("benefit.yaml", "stays.csv", "benefits.csv");
    EXPECT_EQ(cli::compute_benefits(args), 0);
    files.expect_result("benefits.csv");
    files.expect_result("benefits.csv.errors.csv");
    files.put("benefit.yaml",
              replaced(example->block("benefit.yaml"), R"("chain_mode": "difference")",
                       R"("chain_mode": "cancelled")"));
    EXPECT_EQ(cli::compute_benefits(args), 0);
    EXPECT_EQ(files.read("benefits.csv"), example->block_after("`chain_mode: cancelled`"));
}

// --- X-56, and the program itself
// --------------------------------------------------------------------------------------

// The real program, for what only its main() decides.
Ended program(const std::string& arguments) {
    const char* binaries = std::getenv("YILIAN_BINARY_DIR");
    if (binaries == nullptr) {
        ADD_FAILURE() << "YILIAN_BINARY_DIR is set by ctest";
        return {};
    }
    const testkit::TempDir dir;
    const std::string errors = dir.file("stderr");
    const std::string line = "'" + std::string(binaries) + "/services/cli/yilian' " + arguments +
                             " >'" + dir.file("stdout") + "' 2>'" + errors + "'";
    const int status = std::system(line.c_str());
    EXPECT_EQ(read_text(dir.file("stdout")), "");
    std::string text = read_text(errors);
    EXPECT_EQ(text.find('\n'), text.size() - 1) << "one line";
    const std::string_view begin = text.starts_with("yilian: ") ? "yilian: " : "";
    return {WEXITSTATUS(status), text.substr(begin.size())};
}

// The situations of X-56, by the first column of its table.
class Refused {
  public:
    Refused()
        : share_(*billing_example("X-45")),
          settle_(*billing_example("X-28")),
          allocate_(*billing_example("X-33")) {}

    // Runs the command of the situation and says how it ended; `written`: any file was touched.
    Ended run(const std::string& situation, bool& written) {
        std::optional<Files> files;
        const Ended ended = command(situation, files);
        written = files && !files->nothing_written();
        errors_ = files && std::filesystem::exists(files->result("shares.csv.errors.csv"))
                      ? files->read("shares.csv.errors.csv")
                      : "";
        shares_written_ = files && std::filesystem::exists(files->result("shares.csv"));
        return ended;
    }
    [[nodiscard]] const std::string& errors() const { return errors_; }
    [[nodiscard]] bool shares_written() const { return shares_written_; }

  private:
    Ended command(const std::string& situation, std::optional<Files>& files) {
        if (situation.starts_with("corridor bands")) return corridor(situation, files);
        if (situation.starts_with("factor weights")) {
            files.emplace(allocate_);
            const std::string params =
                replaced(allocate_.block("allocate.yaml"), R"("0.3")", R"("0.2")");
            files->put("allocate.yaml", params);  // 0.9 in sum, as 0.5 and 0.4
            return end_of([&] {
                return cli::allocate_files(
                    files->args<cli::OfflineArgs>("allocate.yaml", "factors.csv", "shares.csv"));
            });
        }
        if (situation.starts_with("unknown command")) return program("sharing");
        return shares(situation, files);
    }

    Ended shares(const std::string& situation, std::optional<Files>& files) {
        files.emplace(share_);
        const std::string in = share_.block("consortia.csv");
        auto args = files->args<cli::ShareArgs>("share.yaml", "consortia.csv", "shares.csv");
        if (situation.starts_with("input without column")) {
            files->put("consortia.csv",
                       "consortium_id,members,benchmark_fen,expenditure_fen,quality_score\n");
        } else if (situation.starts_with("input with an extra column")) {
            files->put("consortia.csv", replaced(in, "quality_score", "quality_score,note"));
        } else if (situation.starts_with("input file missing")) {
            args.in = files->file("absent.csv");
        } else if (situation.starts_with("`staff_rate` 0.50")) {
            files->put("share.yaml", replaced(share_.block("share.yaml"), R"("staff_rate": "0.65")",
                                              R"("staff_rate": "0.50")"));
        } else if (situation.starts_with("one repeated key")) {
            files->put("consortia.csv", in + "C-EAST,1,1,1,0,1\n");
            args.strict = situation.find("`--strict`") != std::string::npos;
        } else {
            ADD_FAILURE() << "an unknown situation: " << situation;
        }
        return end_of([&] { return cli::share_files(args); });
    }

    // "corridor bands [0, 0.8) and [0.85, 1]": the first two bands of X-28.
    Ended corridor(const std::string& situation, std::optional<Files>& files) {
        files.emplace(settle_);
        const auto from = situation.find("[0, ") + 4;
        const auto end = situation.find_first_of(")]", from);
        std::string params = settle_.block("settle.yaml");
        params = replaced(params, R"("hi": "0.85", "hi_closed": false)",
                          "\"hi\": \"" + situation.substr(from, end - from) +
                              "\", \"hi_closed\": " + (situation[end] == ']' ? "true" : "false"));
        files->put("settle.yaml", params);
        auto args = files->args<cli::PoolSettleArgs>("settle.yaml", "points.csv", "shares.csv");
        args.pools = files->file("pools.csv");
        return end_of([&] { return cli::settle_pools(args); });
    }

    Example share_;
    Example settle_;
    Example allocate_;
    std::string errors_;
    bool shares_written_ = false;
};

TEST(BillingCli, X56_FilesAndParametersRefusedAsAWhole) {
    const auto example = billing_example("X-56");
    if (!example) return;
    Refused refused;
    const auto& rows = example->tables.at(0);
    ASSERT_EQ(rows.size(), 11U);
    for (const auto& row : rows) {
        const std::string& situation = row.at("situation");
        SCOPED_TRACE(situation);
        bool written = false;
        const Ended ended = refused.run(situation, written);
        EXPECT_EQ(std::to_string(ended.code), row.at("exit code")) << ended.text;
        std::string reason = row.at("reason");  // "`ROW_DUPLICATE_KEY` in the error report, …"
        if (reason.starts_with('`')) reason = reason.substr(1, reason.find('`', 1) - 1);
        const bool reported = row.at("reason").find("error report") != std::string::npos;
        if (reported) {
            EXPECT_NE(refused.errors().find("," + reason + ","), std::string::npos);
            EXPECT_EQ(refused.shares_written(), ended.code == 1);
        } else {
            EXPECT_TRUE(ended.text.starts_with(reason + ":")) << ended.text;
            EXPECT_FALSE(written);
        }
    }
}

TEST(BillingCli, B16_1_AnOverflowIsExitCode7AndNeverAWrongNumber) {
    const auto example = billing_example("X-28");
    if (!example) return;
    const Files files(*example);
    files.put("pools.csv",
              "pool_id,budget_fen,reserve_rate,out_of_pool_fen,payment_ratio\nP,1,0,0,1\n");
    files.put("points.csv",
              "pool_id,institution_id,points,actual_fen,prepaid_fen,quality_score\n"
              "P,A,1,9000000000000000000,0,1\n");
    const auto quoted = [&](const std::string& name) { return "'" + files.file(name) + "'"; };
    const Ended ended =
        program("settle --params " + quoted("settle.yaml") + " --pools " + quoted("pools.csv") +
                " --in " + quoted("points.csv") + " --out " + quoted("new-settlement.csv"));
    EXPECT_EQ(ended.code, 7);
    EXPECT_EQ(ended.text, "POOL_OVERFLOW: institution_id=A field=actual_fen pool=P\n");
    EXPECT_FALSE(std::filesystem::exists(files.result("settlement.csv")));
}

TEST(BillingCli, B16_1_ACommandWithoutItsOptionsIsRefused) {
    if (!billing_example("X-56")) return;
    EXPECT_EQ(program("sharing").text, "USAGE: there is no command sharing (--help)\n");
    const Ended month = program("settle");
    EXPECT_EQ(month.code, 2);
    EXPECT_TRUE(month.text.starts_with("USAGE: ")) << month.text;
    for (const std::string command : {"allocate", "benefit", "capitation price", "share"}) {
        const Ended ended = program(command);
        EXPECT_EQ(ended.code, 2) << command;
        EXPECT_NE(ended.text.find("--params is required"), std::string::npos) << ended.text;
    }
}

}  // namespace
}  // namespace yilian::golden
