#include "libs/tabular/column.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "libs/base/utf8.h"
#include "libs/calendar/local_time.h"

namespace yilian::tabular {
namespace {

constexpr Reason kFormat = "FIELD_FORMAT";
constexpr Reason kRange = "FIELD_RANGE";

bool is_id(std::string_view text) {
    return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '.' || c == '_' || c == ':' || c == '-';
           });
}

// Calls `each` for every item between '|'.
template <class Each>
bool split(std::string_view text, char separator, Each each) {
    for (;;) {
        const std::size_t end = text.find(separator);
        if (!each(text.substr(0, end))) return false;
        if (end == text.npos) return true;
        text.remove_prefix(end + 1);
    }
}

Outcome<Cell> not_negative(std::string_view text, int places, std::int64_t max) {
    const Outcome<std::int64_t> number = amount::parse_scaled(text, places);
    if (!number) return number.refusal();
    if (*number < 0 || *number > max) return kRange;
    return Cell{text, *number};
}

// "code@cost"; the cost of a well-formed item may still be out of range.
Outcome<Cell> read_procs(std::string_view text) {
    Outcome<Cell> result = Cell{text, 0};
    split(text, '|', [&](std::string_view item) {
        const std::size_t at = item.find('@');
        if (at == item.npos || at == 0 || !is_plain_text(item.substr(0, at))) {
            result = kFormat;
            return false;
        }
        const auto cost = not_negative(item.substr(at + 1), 0, INT64_MAX);
        if (!cost) result = cost.refusal();
        return cost.ok();
    });
    return result;
}

Outcome<Cell> read_enum(const Column& column, std::string_view text) {
    for (std::size_t i = 0; i < column.allowed.size(); ++i) {
        if (column.allowed[i] == text) return Cell{text, static_cast<std::int64_t>(i)};
    }
    return Reason("FIELD_ENUM");
}

Outcome<Cell> read_date(std::string_view text) {
    const auto date = calendar::CivilDate::parse(text);
    if (!date) return kFormat;
    return Cell{text, date->days().time_since_epoch().count()};
}

Outcome<Cell> read_period(std::string_view text) {
    const auto period = calendar::Period::parse(text);
    if (!period) return kFormat;
    return Cell{text, calendar::months_between(calendar::Period(), *period)};
}

Outcome<Cell> read_instant(std::string_view text) {
    const auto instant = calendar::parse_rfc3339(text);
    if (!instant) return kFormat;
    return Cell{text, to_ms(*instant)};
}

}  // namespace

bool is_personal_column(std::string_view name) {
    constexpr std::array<std::string_view, 5> kPersonal{"resident_id", "person_id", "birth_date",
                                                        "sex", "chronic_from"};
    return std::find(kPersonal.begin(), kPersonal.end(), name) != kPersonal.end();
}

Outcome<Cell> read_cell(const Column& column, std::string_view text) {
    if (text.empty()) {
        if (column.empty_allowed) return Cell{};
        return Reason("FIELD_REQUIRED");
    }
    switch (column.type) {
        case Type::kId:
            return is_id(text) ? Outcome<Cell>(Cell{text, 0}) : kFormat;
        case Type::kText:
        case Type::kList:
            return is_plain_text(text) ? Outcome<Cell>(Cell{text, 0}) : kFormat;
        case Type::kInt:
        case Type::kFen:
            return not_negative(text, 0, INT64_MAX);
        case Type::kPoints:
            return not_negative(text, amount::Points::kPlaces, INT64_MAX);
        case Type::kRate:
            return not_negative(text, amount::Rate::kPlaces, INT64_MAX);
        case Type::kUnit:
            return not_negative(text, amount::Rate::kPlaces, amount::Rate::kUnit);
        case Type::kDate:
            return read_date(text);
        case Type::kPeriod:
            return read_period(text);
        case Type::kInstant:
            return read_instant(text);
        case Type::kProcs:
            return read_procs(text);
        case Type::kEnum:
            return read_enum(column, text);
    }
    invariant_broken("tabular: unknown column type", __FILE__, __LINE__);
}

std::int64_t Row::number_of(std::size_t column, Type type) const {
    YILIAN_INVARIANT((*columns_)[column].type == type, "tabular: column read as another type");
    YILIAN_INVARIANT(!empty(column), "tabular: value of an empty cell");
    return cells_[column].number;
}

std::int64_t Row::integer(std::size_t column) const { return number_of(column, Type::kInt); }

amount::Fen Row::fen(std::size_t column) const {
    return amount::Fen::of_raw(number_of(column, Type::kFen));
}

amount::Points Row::points(std::size_t column) const {
    return amount::Points::of_raw(number_of(column, Type::kPoints));
}

amount::Rate Row::rate(std::size_t column) const {
    const Type type = (*columns_)[column].type == Type::kUnit ? Type::kUnit : Type::kRate;
    return amount::Rate::of_raw(number_of(column, type));
}

calendar::CivilDate Row::date(std::size_t column) const {
    const std::chrono::days days(number_of(column, Type::kDate));
    return calendar::CivilDate::of_days(std::chrono::sys_days(days));
}

calendar::Period Row::period(std::size_t column) const {
    return calendar::Period().plus(static_cast<int>(number_of(column, Type::kPeriod)));
}

Instant Row::instant(std::size_t column) const {
    return instant_from_ms(number_of(column, Type::kInstant));
}

std::size_t Row::choice(std::size_t column) const {
    return static_cast<std::size_t>(number_of(column, Type::kEnum));
}

void Row::items(std::size_t column, std::vector<std::string_view>& into) const {
    const Type type = (*columns_)[column].type;
    YILIAN_INVARIANT(type == Type::kList || type == Type::kProcs,
                     "tabular: column read as another type");
    into.clear();
    if (empty(column)) return;
    split(text(column), '|', [&](std::string_view item) {
        into.push_back(item);
        return true;
    });
}

void Row::procs(std::size_t column, std::vector<Proc>& into) const {
    YILIAN_INVARIANT((*columns_)[column].type == Type::kProcs,
                     "tabular: column read as another type");
    into.clear();
    if (empty(column)) return;
    split(text(column), '|', [&](std::string_view item) {
        const std::size_t at = item.find('@');
        into.push_back({item.substr(0, at), amount::Fen::parse(item.substr(at + 1)).value()});
        return true;
    });
}

}  // namespace yilian::tabular
