#include "libs/storage/sql_text.h"

#include <gtest/gtest.h>

namespace yilian::storage {
namespace {

TEST(SqlText, ParametersBecomeNumbered) {
    EXPECT_EQ(sqlite_parameters("SELECT $2, $1 FROM t WHERE a=$10"),
              "SELECT ?2, ?1 FROM t WHERE a=?10");
}

TEST(SqlText, LiteralsNamesAndCommentsStay) {
    EXPECT_EQ(sqlite_parameters("SELECT '$1 it''s $2', \"$3\" -- $4\n, /* $5 */ $6"),
              "SELECT '$1 it''s $2', \"$3\" -- $4\n, /* $5 */ ?6");
}

TEST(SqlText, SchemaGetsTypesAndStrict) {
    EXPECT_EQ(
        sqlite_schema("CREATE TABLE t (id TEXT PRIMARY KEY, n BIGINT CHECK (n > (1)), b bytea);"
                      "\nCREATE INDEX i ON t (n);"),
        "CREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER CHECK (n > (1)), b BLOB) STRICT;"
        "\nCREATE INDEX i ON t (n);");
}

TEST(SqlText, StrictJoinsOtherTableOptions) {
    EXPECT_EQ(sqlite_schema("create table if not exists t (a BIGINT PRIMARY KEY) WITHOUT ROWID;"),
              "create table if not exists t (a INTEGER PRIMARY KEY) STRICT, WITHOUT ROWID;");
    EXPECT_EQ(sqlite_schema("CREATE TABLE t (a BIGINT) STRICT"),
              "CREATE TABLE t (a INTEGER) STRICT");
    EXPECT_EQ(sqlite_schema("CREATE TABLE t (a BIGINT)"), "CREATE TABLE t (a INTEGER) STRICT");
}

TEST(SqlText, TypeWordsInLiteralsAndCommentsStay) {
    EXPECT_EQ(sqlite_schema("CREATE TABLE t (a TEXT DEFAULT 'BIGINT'); -- BYTEA (\nSELECT 1;"),
              "CREATE TABLE t (a TEXT DEFAULT 'BIGINT') STRICT; -- BYTEA (\nSELECT 1;");
}

TEST(SqlText, StorableText) {
    EXPECT_TRUE(is_storable_text(""));
    EXPECT_TRUE(is_storable_text("高血压 \xF0\x9F\x98\x80 plain"));
    EXPECT_FALSE(is_storable_text(std::string_view("a\0b", 3)));
    EXPECT_FALSE(is_storable_text("\xC0\xAF"));          // overlong
    EXPECT_FALSE(is_storable_text("\xED\xA0\x80"));      // surrogate
    EXPECT_FALSE(is_storable_text("\xF4\x90\x80\x80"));  // beyond U+10FFFF
    EXPECT_FALSE(is_storable_text("\xE4\xB8"));          // cut off
}

}  // namespace
}  // namespace yilian::storage
