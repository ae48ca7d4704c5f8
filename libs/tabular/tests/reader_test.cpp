#include "libs/tabular/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "libs/tabular/csv_writer.h"
#include "libs/tabular/key_set.h"
#include "libs/tabular/tests/temp_folder.h"

namespace yilian::tabular {
namespace {

using testing::ElementsAre;

// ---- records and fields -----------------------------------------------------------------------

RecordScanner::Source source_of(std::string text, std::size_t chunk) {
    return [text = std::move(text), chunk, position = std::size_t{0}](char* into,
                                                                      std::size_t size) mutable {
        const std::size_t count = std::min({size, chunk, text.size() - position});
        std::memcpy(into, text.data() + position, count);
        position += count;
        return File::Read{count, 0};
    };
}

// "number:field|field" of each record; a broken one ends with "!" and its raw rest.
std::vector<std::string> scan(const std::string& text, std::size_t chunk) {
    RecordScanner scanner(source_of(text, chunk));
    std::vector<std::string> records;
    for (;;) {
        const auto result = scanner.next();
        if (result == RecordScanner::Result::kEnd) return records;
        std::string record = std::to_string(scanner.number()) + ":";
        std::string_view bar;
        for (const auto& field : scanner.fields()) {
            record.append(bar).append(field.text).append(field.stray_quote ? "~" : "");
            bar = "|";
        }
        if (result == RecordScanner::Result::kBroken) {
            record += "!" + std::string(scanner.broken_text());
        }
        records.push_back(record);
    }
}

TEST(B161_Records, Rfc4180Quoting) {
    for (const std::size_t chunk : {1, 2, 3, 1000}) {
        EXPECT_THAT(scan("a,b\n1,2\n", chunk), ElementsAre("1:a|b", "2:1|2"));
        EXPECT_THAT(scan("a,b\r\n1,2\r\n", chunk), ElementsAre("1:a|b", "2:1|2"));
        EXPECT_THAT(scan("a,b\n1,2", chunk), ElementsAre("1:a|b", "2:1|2")) << "no last line end";
        EXPECT_THAT(scan("\xEF\xBB\xBF"
                         "a\n1\n",
                         chunk),
                    ElementsAre("1:a", "2:1"))
            << "BOM";
        EXPECT_THAT(scan("\"a,\"\"x\"\"\",b\n", chunk), ElementsAre("1:a,\"x\"|b"));
        EXPECT_THAT(scan("\"two\nlines\",b\r\nc,d\n", chunk),
                    ElementsAre("1:two\nlines|b", "2:c|d"));
        EXPECT_THAT(scan("\"\",\"\"\n", chunk), ElementsAre("1:|"));
        EXPECT_THAT(scan(",\n", chunk), ElementsAre("1:|"));
        EXPECT_THAT(scan("a\n\nb\n", chunk), ElementsAre("1:a", "2:", "3:b"));
        EXPECT_THAT(scan(" a , b \n", chunk), ElementsAre("1: a | b ")) << "no trimming";
        EXPECT_THAT(scan("", chunk), ElementsAre());
        EXPECT_THAT(scan("\xEF\xBB\xBF", chunk), ElementsAre());
        EXPECT_THAT(scan("\"\"\"\"\n", chunk), ElementsAre("1:\""));
        EXPECT_THAT(scan("\"a\"", chunk), ElementsAre("1:a"));
        EXPECT_THAT(scan("a,\"b\"\r\n\"c\"\r\n", chunk), ElementsAre("1:a|b", "2:c"));
    }
}

TEST(B161_Records, BrokenQuotesCostTheirLineOnly) {
    for (const std::size_t chunk : {1, 2, 3, 1000}) {
        EXPECT_THAT(scan("a,5\" pipe,c\nd\n", chunk), ElementsAre("1:a|5\" pipe~|c", "2:d"));
        EXPECT_THAT(scan("a,\"b\"x,c\nd,e\n", chunk), ElementsAre("1:a!\"b\"x,c", "2:d|e"));
        EXPECT_THAT(scan("a,\"b\nc,d\ne,f\n", chunk), ElementsAre("1:a!\"b", "2:c|d", "3:e|f"));
        EXPECT_THAT(scan("\"a\nb,c\n\"d\ne\n", chunk),
                    ElementsAre("1:!\"a", "2:b|c", "3:!\"d", "4:e"));
        EXPECT_THAT(scan("\"a\" ,b\nc,d", chunk), ElementsAre("1:!\"a\" ,b", "2:c|d"));
        EXPECT_THAT(scan("\"a\"\rb\nc\n", chunk), ElementsAre("1:!\"a\"\rb", "2:c"));
        EXPECT_THAT(scan("\"a\"\r", chunk), ElementsAre("1:!\"a\""));
        EXPECT_THAT(scan("x,\"", chunk), ElementsAre("1:x!\""));
    }
}

TEST(B161_Records, ARecordBeyondTheLimitDoesNotSwallowTheRest) {
    const std::string long_line(3 * RecordScanner::kMaxRecord + 7, 'z');
    const auto plain = scan("a\n" + long_line + "\nb\n", 100'000);
    ASSERT_EQ(plain.size(), 3u);
    EXPECT_EQ(plain[1].substr(0, 3), "2:!");
    EXPECT_EQ(plain[2], "3:b");
    // An open quote with more than a record's worth of good lines behind it.
    std::string text = "a,\"open\n";
    const std::size_t lines = RecordScanner::kMaxRecord / 4 + 1000;
    for (std::size_t i = 0; i < lines; ++i) text += "b,c\n";
    const auto records = scan(text, 1 << 20);
    ASSERT_EQ(records.size(), lines + 1);
    EXPECT_EQ(records[0], "1:a!\"open");
    EXPECT_EQ(records[1], "2:b|c");
}

rc::Gen<std::string> any_field() {
    return rc::gen::container<std::string>(
        rc::gen::element('a', 'b', '"', ',', '\n', '\r', ' ', '1', '|'));
}

RC_GTEST_PROP(B161_Records, WhatIsWrittenIsReadBackWhateverTheChunks, ()) {
    const auto table = *rc::gen::resize(
        25, rc::gen::container<std::vector<std::vector<std::string>>>(
                rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(any_field()))));
    const std::string end = *rc::gen::element<std::string>("\n", "\r\n");
    std::string text;
    for (const auto& row : table) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i > 0) text += ",";
            append_field(text, row[i]);
        }
        text += end;
    }
    RecordScanner scanner(source_of(text, *rc::gen::inRange<std::size_t>(1, 20)));
    for (const auto& row : table) {
        RC_ASSERT(scanner.next() == RecordScanner::Result::kRecord);
        RC_ASSERT(scanner.fields().size() == row.size());
        for (std::size_t i = 0; i < row.size(); ++i) {
            RC_ASSERT(std::string(scanner.fields()[i].text) == row[i]);
            RC_ASSERT(!scanner.fields()[i].stray_quote);
        }
    }
    RC_ASSERT(scanner.next() == RecordScanner::Result::kEnd);
}

RC_GTEST_PROP(B161_Records, AnyBytesEndAndCountLines, ()) {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::element('a', '"', ',', '\n', '\r', '\xEF', '\0'));
    const auto records = scan(text, *rc::gen::inRange<std::size_t>(1, 9));
    RC_ASSERT(records == scan(text, 4096));
    RC_ASSERT(records.size() <=
              static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1);
}

long peak_memory_kb() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
    }
    return -1;
}

TEST(B161_Records, MemoryDoesNotGrowWithTheFile) {
    const std::string block = [] {
        std::string lines;
        for (int i = 0; i < 1000; ++i) lines += "D00001,2,0,,,04,1,1,I31.904|K80.101,51.2300\n";
        return lines;
    }();
    RecordScanner scanner([&, left = 4000](char* into, std::size_t) mutable {
        if (left-- == 0) return File::Read{};
        std::memcpy(into, block.data(), block.size() / 2);  // cuts a line in two
        std::memmove(into + block.size() / 2, block.data() + block.size() / 2,
                     block.size() - block.size() / 2);
        return File::Read{block.size(), 0};
    });
    ASSERT_EQ(scanner.next(), RecordScanner::Result::kRecord);
    const long before = peak_memory_kb();
    std::uint64_t records = 1;
    while (scanner.next() == RecordScanner::Result::kRecord) ++records;
    EXPECT_EQ(records, 4'000'000u);  // 176 MB
    ASSERT_GT(before, 0);
    EXPECT_LT(peak_memory_kb() - before, 4096);
}

TEST(B161_Records, AReadErrorHalfWayIsNoEndOfFile) {
    RecordScanner scanner([calls = 0](char* into, std::size_t) mutable {
        if (calls++ > 0) return File::Read{0, EIO};
        std::memcpy(into, "a,b\n1", 5);
        return File::Read{5, 0};
    });
    EXPECT_EQ(scanner.next(), RecordScanner::Result::kRecord);
    EXPECT_EQ(scanner.next(), RecordScanner::Result::kFailed);
    EXPECT_EQ(scanner.error(), EIO);
}

// ---- header -----------------------------------------------------------------------------------

Spec two_columns() {
    return {{Column::of("case_id", Type::kId), Column::of("total_fen", Type::kFen)}};
}

std::string header_refusal(const std::string& text, Spec spec) {
    ErrorReport errors(".");
    const auto reader = Reader::of_text("in.csv", text, std::move(spec), errors);
    if (reader.ok()) return "";
    std::string result = reader.refusal().reason.text();
    for (const auto& [key, value] : reader.refusal().metadata) result += " " + value;
    return result;
}

TEST(X56_Header, ColumnsAreFoundByNameOrRefused) {
    EXPECT_EQ(header_refusal("total_fen,case_id\n", two_columns()), "");
    EXPECT_EQ(header_refusal("\"total_fen\",case_id", two_columns()), "");
    EXPECT_EQ(header_refusal("case_id\n", two_columns()), "CSV_MISSING_COLUMN in.csv total_fen");
    EXPECT_EQ(header_refusal("case_id,total_fen,note\n", two_columns()),
              "CSV_UNKNOWN_COLUMN in.csv note");
    EXPECT_EQ(header_refusal("case_id,total_fen,case_id\n", two_columns()),
              "CSV_DUPLICATE_COLUMN in.csv case_id");
    EXPECT_EQ(header_refusal(" case_id,total_fen\n", two_columns()),
              "CSV_UNKNOWN_COLUMN in.csv  case_id");
    EXPECT_EQ(header_refusal("", two_columns()), "CSV_EMPTY in.csv");
    EXPECT_EQ(header_refusal("\xEF\xBB\xBF", two_columns()), "CSV_EMPTY in.csv");
    EXPECT_EQ(header_refusal("\ncase_id,total_fen\n", two_columns()), "CSV_EMPTY in.csv");
    EXPECT_EQ(header_refusal("\"case_id,total_fen\n", two_columns()), "CSV_UNKNOWN_COLUMN in.csv");
    Spec lenient = two_columns();
    lenient.further_columns_ignored = true;
    EXPECT_EQ(header_refusal("note,total_fen,case_id\n", lenient), "");
    EXPECT_EQ(header_refusal("note,note,total_fen,case_id\n", lenient),
              "CSV_DUPLICATE_COLUMN in.csv note");
}

TEST(X56_Header, FileThatCannotBeRead) {
    const TempFolder folder;
    ErrorReport errors(".");
    const auto missing = Reader::open(folder.path("none.csv"), two_columns(), errors);
    EXPECT_EQ(missing.refusal().reason, Reason("FILE_NOT_READABLE"));
    const auto directory = Reader::open(folder.path(""), two_columns(), errors);
    EXPECT_EQ(directory.refusal().reason, Reason("FILE_NOT_READABLE"));
    const auto good =
        Reader::open(folder.write("in.csv", "total_fen,case_id\n7,a\n"), two_columns(), errors);
    EXPECT_TRUE(good.ok());
}

// ---- cells ------------------------------------------------------------------------------------

std::string reason_of(const Column& column, const std::string& text) {
    const auto cell = read_cell(column, text);
    return cell.ok() ? "" : cell.refusal().reason.text();
}

TEST(B161_Cells, FormAndRangeOfEachType) {
    const std::string max = "9223372036854775807";
    const std::string above = "9223372036854775808";
    struct Row {
        Column column;
        std::vector<std::string> good, bad_form, out_of_range;
    };
    const std::vector<Row> rows{
        {Column::of("c", Type::kId),
         {"a", "H1.a_b:c-9", std::string(64, 'a')},
         {"a b", " a", "a/b", "村", std::string(65, 'a'), std::string("a\0", 2)},
         {}},
        {Column::of("c", Type::kText),
         {"a b", "村卫生室", "I10.x05"},
         {"a\nb", "\t", "\xFF", "\x7F"},
         {}},
        {Column::of("c", Type::kInt),
         {"0", "7", max},
         {"01", "1.0", "+1", " 1", "1e3", "-0", "x"},
         {"-1", above}},
        {Column::of("c", Type::kFen), {"0", max}, {"6100.50", "1,000", "", "٣"}, {"-1", above}},
        {Column::of("c", Type::kPoints),
         {"0", "1.5", "1.2345", "922337203685477.5807"},
         {"1.23456", ".5", "5."},
         {"-0.5", "922337203685477.5808"}},
        {Column::of("c", Type::kRate), {"0", "0.12345678", "2"}, {"0.123456789", "1/2"}, {"-1"}},
        {Column::of("c", Type::kUnit),
         {"0", "1", "0.85", "1.00000000"},
         {"85%"},
         {"1.00000001", "-0.1", "2"}},
        {Column::of("c", Type::kDate), {"2024-02-29"}, {"2026-02-29", "2026-2-1", "20260201"}, {}},
        {Column::of("c", Type::kPeriod), {"2026-03"}, {"2026-13", "2026-3"}, {}},
        {Column::of("c", Type::kInstant),
         {"2025-04-01T00:00:00+08:00", "2025-04-01T00:00:00Z"},
         {"2025-04-01T00:00:00", "2025-04-01"},
         {}},
        {Column::of("c", Type::kList),
         {"a", "a|b c|d", "|a", "a||b", "a|"},
         {"a|\n", "\xFF|a"},
         {}},
        {Column::of("c", Type::kProcs),
         {"51.2300@600000", "51.2300@0|51.8800@7"},
         {"51.2300", "@5", "51.2300@", "51.2300@1.5", "a@1|", "a@1@2"},
         {"a@-1", "a@" + above}},
    };
    for (const Row& row : rows) {
        for (const auto& text : row.good) EXPECT_EQ(reason_of(row.column, text), "") << text;
        for (const auto& text : row.bad_form) {
            EXPECT_EQ(reason_of(row.column, text), text.empty() ? "FIELD_REQUIRED" : "FIELD_FORMAT")
                << text;
        }
        for (const auto& text : row.out_of_range) {
            EXPECT_EQ(reason_of(row.column, text), "FIELD_RANGE") << text;
        }
        EXPECT_EQ(reason_of(row.column, ""), "FIELD_REQUIRED");
        EXPECT_EQ(reason_of(Column(row.column).may_be_empty(), ""), "");
    }
    EXPECT_EQ(reason_of(Column::one_of("c", {"UP", "DOWN"}), "DOWN"), "");
    EXPECT_EQ(reason_of(Column::one_of("c", {"UP", "DOWN"}), "down"), "FIELD_ENUM");
    EXPECT_EQ(reason_of(Column::flag("c"), "2"), "FIELD_ENUM");
}

TEST(B161_Cells, TypedValues) {
    enum : std::size_t {
        kId,
        kInt,
        kFen,
        kPoints,
        kUnit,
        kDate,
        kPeriod,
        kInstant,
        kList,
        kProcs,
        kFlag,
        kNote
    };
    ErrorReport errors(".");
    Reader reader =
        std::move(
            Reader::of_text(
                "in.csv",
                "flag,id,int,fen,points,unit,date,period,instant,list,procs\n"
                "1,a,7,12,1.5,0.25,1967-06-15,2026-03,2026-03-06T16:00:00+08:00,|x||y,51.23@6|p@0\n"
                "0,b,,,,,,,,,\n",
                {{Column::of("id", Type::kId), Column::of("int", Type::kInt).may_be_empty(),
                  Column::of("fen", Type::kFen).may_be_empty(),
                  Column::of("points", Type::kPoints).may_be_empty(),
                  Column::of("unit", Type::kUnit).may_be_empty(),
                  Column::of("date", Type::kDate).may_be_empty(),
                  Column::of("period", Type::kPeriod).may_be_empty(),
                  Column::of("instant", Type::kInstant).may_be_empty(),
                  Column::of("list", Type::kList).may_be_empty(),
                  Column::of("procs", Type::kProcs).may_be_empty(), Column::flag("flag"),
                  Column::of("note", Type::kText).may_be_absent()}},
                errors))
            .value();
    ASSERT_TRUE(*reader.next());
    const Row& row = reader.row();
    EXPECT_EQ(row.number(), 2u);
    EXPECT_EQ(row.integer(kInt), 7);
    EXPECT_EQ(row.fen(kFen), amount::Fen::of_raw(12));
    EXPECT_EQ(row.points(kPoints).text(), "1.5000");
    EXPECT_EQ(row.rate(kUnit).text(), "0.25000000");
    EXPECT_EQ(row.date(kDate).text(), "1967-06-15");
    EXPECT_EQ(row.period(kPeriod).text(), "2026-03");
    EXPECT_EQ(to_ms(row.instant(kInstant)), 1772784000000);
    EXPECT_EQ(row.choice(kFlag), 1u);
    EXPECT_TRUE(row.empty(kNote)) << "column that the file does not have";
    std::vector<std::string_view> items;
    row.items(kList, items);
    EXPECT_THAT(items, ElementsAre("", "x", "", "y")) << "places count";
    std::vector<Proc> procs;
    row.procs(kProcs, procs);
    ASSERT_EQ(procs.size(), 2u);
    EXPECT_EQ(procs[0].code, "51.23");
    EXPECT_EQ(procs[0].cost.raw(), 6);
    EXPECT_DEATH((void)row.fen(kInt), "another type");

    ASSERT_TRUE(*reader.next());
    EXPECT_TRUE(reader.row().empty(kFen));
    reader.row().items(kList, items);
    EXPECT_TRUE(items.empty());
    EXPECT_DEATH((void)reader.row().fen(kFen), "empty cell");
    EXPECT_FALSE(*reader.next());
    EXPECT_EQ(reader.rows_read(), 2u);
    EXPECT_TRUE(errors.empty());
}

// ---- errors of rows ---------------------------------------------------------------------------

std::string report_of(ErrorReport& errors) {
    const TempFolder folder;
    {
        OutputSet outputs;
        OutputFile* file = outputs.create(folder.path("errors.csv")).value();
        EXPECT_TRUE(errors.write(*file).ok());
        EXPECT_TRUE(outputs.commit().ok());
    }
    return folder.read("errors.csv");
}

TEST(X18_Errors, ReportOfTheScoringExample) {
    enum : std::size_t { kCase, kInstitution, kTotal };
    ErrorReport errors(".");
    Reader reader =
        std::move(
            Reader::of_text(
                "cases.csv",
                "case_id,institution_id,total_fen,severity,discharge_way\n"
                "c07,H777,600000,MILD,1\n"
                "c08,H900,304999,MILD,1\n"
                "c08,H900,700000,MILD,1\n"
                "c09,H900,6100.50,MILD,1\n"
                "c10,H900,600000,SEVERE,7\n",
                {{Column::of("case_id", Type::kId), Column::of("institution_id", Type::kId),
                  Column::of("total_fen", Type::kFen),
                  Column::one_of("severity", {"MILD", "CC", "MCC"}).may_be_empty(),
                  Column::one_of("discharge_way", {"1", "2", "3", "4", "5", "9"}).may_be_empty()}},
                errors))
            .value();
    KeySet keys;
    std::vector<std::string> good;
    while (*reader.next()) {
        if (reader.row().text(kInstitution) == "H777") {
            reader.reject(kInstitution, "DIP_UNKNOWN_INSTITUTION");
        } else if (!keys.insert({reader.row().text(kCase)})) {
            reader.reject(kCase, "ROW_DUPLICATE_KEY");
        } else {
            good.emplace_back(reader.row().text(kTotal));
        }
    }
    EXPECT_THAT(good, ElementsAre("304999"));
    EXPECT_EQ(report_of(errors),
              "file,row,column,reason,value\n"
              "cases.csv,2,institution_id,DIP_UNKNOWN_INSTITUTION,H777\n"
              "cases.csv,4,case_id,ROW_DUPLICATE_KEY,c08\n"
              "cases.csv,5,total_fen,FIELD_FORMAT,6100.50\n"
              "cases.csv,6,severity,FIELD_ENUM,SEVERE\n"
              "cases.csv,6,discharge_way,FIELD_ENUM,7\n");
}

TEST(B161_Errors, OrderMasksAndBrokenLines) {
    ErrorReport errors(".");
    Reader reader =
        std::move(Reader::of_text(
                      "b.csv",
                      "name,birth_date,amount\n"  // not the order of the table
                      "x,1967-13-01,1.5\n"        // two errors, in table order
                      "x,1967-01-01\n"            // field count
                      "x,1967-01-01,5\"\n"        // stray quote
                      "\"x\"y,1967-01-01,1\n"     // broken: could hold the birth date
                      ",1967-01-01,5\n"
                      "x\xFFy,1967-01-01,5\n"
                      "ok,1967-01-01,5\n",
                      {{Column::of("amount", Type::kInt), Column::of("birth_date", Type::kDate),
                        Column::of("name", Type::kText).personal()}},
                      errors))
            .value();
    int good = 0;
    while (*reader.next()) ++good;
    EXPECT_EQ(good, 1);
    errors.add("a,1.csv", 300, "", "POOL_NO_POINTS", "");
    errors.add("a,1.csv", 5, "pool_id", "POOL_UNKNOWN", "say \"x\"\xFF");
    errors.add("b.csv", 1000, "resident_id", "FIELD_FORMAT", "secret");
    EXPECT_EQ(report_of(errors),
              "file,row,column,reason,value\n"
              "\"a,1.csv\",5,pool_id,POOL_UNKNOWN,\"say \"\"x\"\"\xEF\xBF\xBD\"\n"
              "\"a,1.csv\",300,,POOL_NO_POINTS,\n"
              "b.csv,2,amount,FIELD_FORMAT,1.5\n"
              "b.csv,2,birth_date,FIELD_FORMAT,***\n"
              "b.csv,3,,CSV_FIELD_COUNT,\n"
              "b.csv,4,amount,FIELD_FORMAT,\"5\"\"\"\n"
              "b.csv,5,name,FIELD_FORMAT,***\n"
              "b.csv,6,name,FIELD_REQUIRED,***\n"
              "b.csv,7,name,FIELD_FORMAT,***\n"
              "b.csv,1000,resident_id,FIELD_FORMAT,***\n");
}

// B15.12: a bad row never changes the result of another one.
RC_GTEST_PROP(B1512_Errors, ABadRowChangesNoOtherRow, ()) {
    const int count = *rc::gen::inRange(1, 30);
    const int victim = *rc::gen::inRange(0, count);
    const auto damage =
        *rc::gen::container<std::string>(rc::gen::element('a', '"', ',', '1', ' ', '\r', '\xEF'));
    std::string text = "case_id,total_fen\n";
    std::vector<std::string> expected;
    for (int i = 0; i < count; ++i) {
        const std::string id = "c" + std::to_string(i);
        if (i == victim) {
            text += damage + "\n";
        } else {
            text += id + "," + std::to_string(i) + "\n";
            expected.push_back(id);
        }
    }
    ErrorReport errors(".");
    Reader reader = std::move(Reader::of_text("in.csv", text, two_columns(), errors)).value();
    std::vector<std::string> seen;
    while (*reader.next()) {
        if (reader.row().number() != static_cast<std::uint64_t>(victim) + 2) {
            seen.emplace_back(reader.row().text(0));
        }
    }
    RC_ASSERT(seen == expected);
    RC_ASSERT(reader.rows_read() == static_cast<std::uint64_t>(count));
}

TEST(KeySet, KeysOfSeveralColumnsDoNotRunTogether) {
    KeySet keys;
    EXPECT_TRUE(keys.insert({"a", "bc"}));
    EXPECT_TRUE(keys.insert({"ab", "c"}));
    EXPECT_FALSE(keys.insert({"a", "bc"}));
    for (int i = 0; i < 100'000; ++i) EXPECT_TRUE(keys.insert({std::to_string(i)}));
    for (int i = 0; i < 100'000; ++i) EXPECT_FALSE(keys.insert({std::to_string(i)}));
    EXPECT_EQ(keys.size(), 100'002u);
}

}  // namespace
}  // namespace yilian::tabular
