// What crosses between C++ and SQL is the same on both drivers (architecture.md 8).
#include <gtest/gtest.h>

#include <limits>

#include "libs/storage/tests/test_schema.h"
#include "libs/testkit/database.h"
#include "libs/testkit/status.h"

namespace yilian::storage::testing {
namespace {

using testkit::HasCode;
using testkit::IsOk;

constexpr Query kEcho{"echo", "SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS BYTEA)",
                      "SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS BLOB)"};

class Values : public testkit::OnBothDrivers {
  protected:
    // The row of kEcho for the three parameters.
    Row echo(const Value& number, const Value& text, const Value& bytes) {
        if (!store_) store_ = started(kSets);
        std::optional<Row> row;
        EXPECT_THAT(
            store_->read([&](Transaction& tx) { row = tx.select_one(kEcho, number, text, bytes); }),
            IsOk());
        return row.value_or(Row({}));
    }
    std::unique_ptr<Store> store_;
};
YILIAN_ON_BOTH_DRIVERS(Values);

// SQLite has no numeric type; FloatingPointIsRefused is the twin of this one.
class NumericValues : public testkit::OnBothDrivers {};
YILIAN_ON_POSTGRES(NumericValues);

TEST_P(Values, IntegersKeepTheirWholeRange) {
    for (const std::int64_t number : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
                                      std::int64_t{0}, std::numeric_limits<std::int64_t>::max()}) {
        EXPECT_EQ(echo(number, "", Blob{}).i64(0), number);
    }
}

TEST_P(Values, TextKeepsItsBytes) {
    for (const std::string text : {"", "plain", "it's \"quoted\" \\ {a,b}", "高血压", "a\nb\tc"}) {
        EXPECT_EQ(echo(1, text, Blob{}).text(1), text);
    }
}

TEST_P(Values, BytesKeepTheirBytesNulIncluded) {
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    EXPECT_EQ(echo(1, "", Blob{all}).bytes(2), all);
    EXPECT_EQ(echo(1, "", Blob{}).bytes(2), "");
    EXPECT_FALSE(echo(1, "", Blob{}).null(2));
}

TEST_P(Values, NullsAndOptionals) {
    const Row row = echo(std::optional<std::int64_t>(), std::nullopt, Value());
    EXPECT_FALSE(row.opt_i64(0).has_value());
    EXPECT_FALSE(row.opt_text(1).has_value());
    EXPECT_FALSE(row.opt_bytes(2).has_value());
    const Row full =
        echo(std::optional<std::int64_t>(7), std::optional<std::string>("x"), Blob{"y"});
    EXPECT_EQ(full.opt_i64(0), 7);
    EXPECT_EQ(full.opt_text(1), "x");
    EXPECT_EQ(full.opt_bytes(2), "y");
}

TEST_P(Values, InstantsFlagsAndIds) {
    const Instant at = instant_from_ms(1'767'225'600'123);
    EXPECT_EQ(echo(at, StrongId<struct Tag>("id-1"), Blob{}).instant(0), at);
    EXPECT_EQ(echo(at, StrongId<struct Tag>("id-1"), Blob{}).text(1), "id-1");
    EXPECT_TRUE(echo(true, "", Blob{}).flag(0));
    EXPECT_FALSE(echo(false, "", Blob{}).flag(0));
}

TEST_P(Values, ParametersInAnyOrderAndRepeated) {
    static constexpr Query kOrder{
        "order", "SELECT CAST($2 AS TEXT) || CAST($1 AS TEXT) || CAST($2 AS TEXT)"};
    const auto store = started(kSets);
    std::string text;
    ASSERT_THAT(
        store->read([&](Transaction& tx) { text = tx.select(kOrder, "a", "b")[0].text(0); }),
        IsOk());
    EXPECT_EQ(text, "bab");
}

TEST_P(Values, SumOfIntegersIsAnInteger) {
    const auto store = started(kSets);
    const std::int64_t large = 4'000'000'000'000'000'000;
    std::int64_t sum = 0;
    bool nothing = false;
    ASSERT_THAT(store->run({"k"},
                           [&](Transaction& tx) {
                               nothing = tx.select(kCountItems)[0].null(1);
                               tx.post(kInsertItem, "a", large);
                               tx.post(kInsertItem, "b", 10'000);
                               sum = tx.select(kCountItems)[0].i64(1);
                           }),
                IsOk());
    EXPECT_TRUE(nothing);
    EXPECT_EQ(sum, large + 10'000);
}

TEST_P(NumericValues, AreWholeOrRefused) {
    static constexpr Query kNumeric{"numeric", "SELECT CAST(CAST($1 AS TEXT) AS numeric)"};
    const auto store = started(kSets);
    const auto read = [&](const char* text) {
        std::optional<std::int64_t> number;
        (void)store->read([&](Transaction& tx) { number = tx.select(kNumeric, text)[0].i64(0); });
        return number;
    };
    EXPECT_EQ(read("0"), 0);
    EXPECT_EQ(read("-10000"), -10000);
    EXPECT_EQ(read("120000000"), 120'000'000);
    EXPECT_EQ(read("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(read("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(read("9223372036854775808"), std::nullopt);
    EXPECT_EQ(read("12.50"), std::nullopt);
    EXPECT_EQ(read("12.00"), 12);
    EXPECT_EQ(read("NaN"), std::nullopt);
}

TEST_P(Values, FloatingPointIsRefused) {
    static constexpr Query kFloat{"float", "SELECT CAST(1.5 AS DOUBLE PRECISION)"};
    const auto store = started(kSets);
    EXPECT_THAT(store->read([](Transaction& tx) { tx.select(kFloat); }),
                HasCode(absl::StatusCode::kInternal));
}

TEST_P(Values, TextThatIsNotUtf8OrHasNulIsRefused) {
    const auto store = started(kSets);
    for (const std::string& bad : {std::string("\xC3\x28"), std::string("a\0b", 3)}) {
        EXPECT_THAT(store->run({"k"}, [&](Transaction& tx) { tx.post(kInsertItem, bad, 1); }),
                    HasCode(absl::StatusCode::kInternal));
    }
}

TEST_P(Values, TextInAnIntegerColumnIsRefused) {
    const auto store = started(kSets);
    EXPECT_THAT(store->run({"k"}, [&](Transaction& tx) { tx.run(kInsertItem, "a", "eleven"); }),
                HasCode(absl::StatusCode::kInternal));
}

TEST_P(Values, RowsAreSortedByBytes) {
    const auto store = started(kSets);
    std::string ids;
    ASSERT_THAT(store->run({"k"},
                           [&](Transaction& tx) {
                               for (const char* id : {"b", "B", "a", "é", "_", "Z"}) {
                                   tx.post(kInsertItem, id, 1);
                               }
                               ids.clear();
                               for (const Row& row : tx.select(kItems)) ids += row.text(0);
                           }),
                IsOk());
    EXPECT_EQ(ids, "BZ_abé");
}

TEST_P(Values, UpsertAndReturning) {
    static constexpr Query kUpsert{
        "upsert",
        "INSERT INTO items (id, n) VALUES ($1, $2) "
        "ON CONFLICT (id) DO UPDATE SET n = items.n + excluded.n RETURNING n"};
    const auto store = started(kSets);
    std::vector<std::int64_t> got;
    ASSERT_THAT(
        store->run(
            {"k"},
            [&](Transaction& tx) {
                got = {tx.select(kUpsert, "a", 5)[0].i64(0), tx.select(kUpsert, "a", 6)[0].i64(0)};
            }),
        IsOk());
    EXPECT_EQ(got, (std::vector<std::int64_t>{5, 11}));
}

TEST_P(Values, ChangedRowsAndWritesAreCounted) {
    static constexpr Query kDouble{"double", "UPDATE items SET n = n * 2"};
    static constexpr Query kTake{"take", "DELETE FROM items WHERE id = $1 RETURNING n"};
    const auto store = started(kSets);
    std::vector<std::int64_t> got;
    ASSERT_THAT(store->run({"k"},
                           [&](Transaction& tx) {
                               got = {tx.writes()};
                               tx.select(kItems);
                               got.push_back(tx.writes());
                               tx.post(kInsertItem, "a", 1);
                               tx.post(kInsertItem, "b", 1);
                               got.push_back(tx.writes());
                               got.push_back(tx.run(kDouble));
                               got.push_back(tx.run(kAddToItem, "nobody", 1));
                               tx.select(kTake, "a");
                               got.push_back(tx.writes());
                           }),
                IsOk());
    EXPECT_EQ(got, (std::vector<std::int64_t>{0, 0, 2, 2, 0, 5}));
}

}  // namespace
}  // namespace yilian::storage::testing
