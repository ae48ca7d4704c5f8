#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/amount/scaled.h"
#include "libs/base/clock.h"
#include "libs/base/outcome.h"
#include "libs/calendar/civil_date.h"
#include "libs/calendar/civil_month.h"

namespace yilian::tabular {

// Types of a column (billing.md 16.1).
enum class Type {
    kId,       // 1 to 64 of [A-Za-z0-9._:-]
    kText,     // UTF-8 without control characters
    kInt,      // 0 to 2^63 - 1
    kFen,      // the same, money
    kPoints,   // >= 0, at most 4 decimals
    kRate,     // >= 0, at most 8 decimals
    kUnit,     // a rate from 0 to 1
    kDate,     // yyyy-mm-dd
    kPeriod,   // yyyy-mm
    kInstant,  // RFC 3339 with offset
    kList,     // texts separated by '|'; an item may be empty, its place counts (a case without
               // principal diagnosis is "|I10.x00")
    kProcs,    // list of code@cost_fen
    kEnum,     // one of `allowed`
};

// One column of an input. Built by the functions below and refined by chaining:
//   Column::of("sex", Type::kInt).may_be_empty()
//   Column::one_of("referral", {"NONE", "UP", "DOWN"})
struct Column {
    std::string name;
    Type type = Type::kText;
    bool empty_allowed = false;   // '?' of the specification: the cell may be empty
    bool absent_allowed = false;  // the column itself may be missing; its cells are then empty
    std::vector<std::string> allowed{};  // kEnum
    bool masked = false;                 // personal beyond the names of is_personal_column()

    [[nodiscard]] static Column of(std::string name, Type type) { return {std::move(name), type}; }
    [[nodiscard]] static Column one_of(std::string name, std::vector<std::string> allowed) {
        Column column{std::move(name), Type::kEnum};
        column.allowed = std::move(allowed);
        return column;
    }
    [[nodiscard]] static Column flag(std::string name) {
        return one_of(std::move(name), {"0", "1"});
    }
    // The raw text is never shown: names, identity numbers, phones of an import.
    [[nodiscard]] Column personal() && {
        masked = true;
        return std::move(*this);
    }
    [[nodiscard]] Column may_be_empty() && {
        empty_allowed = true;
        return std::move(*this);
    }
    [[nodiscard]] Column may_be_absent() && {
        empty_allowed = true;
        absent_allowed = true;
        return std::move(*this);
    }
};

// Whether the raw text of a column must never be shown: resident_id, person_id, birth_date, sex,
// chronic_from.
[[nodiscard]] bool is_personal_column(std::string_view name);

// What an error report shows in place of a personal text.
inline constexpr std::string_view kMaskedText = "***";

// One item of a kProcs cell.
struct Proc {
    std::string_view code;
    amount::Fen cost;
};

// A checked cell: the raw text and, for the types that have one, the number it stands for (raw fen,
// points_e4, rate_e8, index of kEnum, days, months, milliseconds).
struct Cell {
    std::string_view text;
    std::int64_t number = 0;
};

// Checks one text against its column: the cell, or FIELD_REQUIRED, FIELD_FORMAT (wrong form),
// FIELD_RANGE (right form, value not allowed), FIELD_ENUM. Blanks are never trimmed.
[[nodiscard]] Outcome<Cell> read_cell(const Column& column, std::string_view text);

// One accepted row. Column numbers are positions in the column table given to the reader. The
// getters abort when the column has another type, and the typed ones when the cell is empty. Texts
// point into the reader and are valid until its next next().
class Row {
  public:
    explicit Row(const std::vector<Column>& columns) : columns_(&columns), cells_(columns.size()) {}

    // Line number of the record, the header being 1.
    [[nodiscard]] std::uint64_t number() const { return number_; }

    [[nodiscard]] bool empty(std::size_t column) const { return cells_[column].text.empty(); }
    // The raw text, of any type; "" when empty.
    [[nodiscard]] std::string_view text(std::size_t column) const { return cells_[column].text; }
    [[nodiscard]] std::int64_t integer(std::size_t column) const;
    [[nodiscard]] amount::Fen fen(std::size_t column) const;
    [[nodiscard]] amount::Points points(std::size_t column) const;
    // kRate or kUnit.
    [[nodiscard]] amount::Rate rate(std::size_t column) const;
    [[nodiscard]] calendar::CivilDate date(std::size_t column) const;
    [[nodiscard]] calendar::Period period(std::size_t column) const;
    [[nodiscard]] Instant instant(std::size_t column) const;
    // Position in `allowed` of a kEnum column (of a flag: 0 or 1).
    [[nodiscard]] std::size_t choice(std::size_t column) const;
    // Items of a kList or kProcs cell in their order; none when empty. The vector is replaced.
    void items(std::size_t column, std::vector<std::string_view>& into) const;
    void procs(std::size_t column, std::vector<Proc>& into) const;

  private:
    friend class Reader;
    [[nodiscard]] std::int64_t number_of(std::size_t column, Type type) const;

    const std::vector<Column>* columns_;
    std::vector<Cell> cells_;
    std::uint64_t number_ = 0;
};

}  // namespace yilian::tabular
