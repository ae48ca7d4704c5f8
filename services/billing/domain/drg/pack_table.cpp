#include "services/billing/domain/drg/pack_table.h"

#include <algorithm>
#include <charconv>

namespace yilian::billing::drg {

PackTable::PackTable(std::string_view file, std::string_view text,
                     std::span<const std::string_view> columns)
    : file_(file), rest_(text), columns_(columns), order_(columns.size()) {
    unquoted_.resize(columns.size());  // never resized again: fields view into its strings
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
    read_header();
}

void PackTable::read_header() {
    if (rest_.empty()) return fail("", "no header");
    if (!read_record()) return;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        if (std::find(columns_.begin(), columns_.end(), fields_[i]) == columns_.end()) {
            return fail(fields_[i], "unknown column");
        }
        if (std::count(fields_.begin(), fields_.end(), fields_[i]) > 1) {
            return fail(fields_[i], "repeated column");
        }
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const auto at = std::find(fields_.begin(), fields_.end(), columns_[i]);
        if (at == fields_.end()) return fail(columns_[i], "missing column");
        order_[i] = static_cast<std::size_t>(at - fields_.begin());
    }
}

bool PackTable::next() {
    if (problem_ || rest_.empty()) return false;
    if (!read_record()) return false;
    if (fields_.size() != columns_.size()) {
        fail("", "wrong number of fields");
        return false;
    }
    return true;
}

bool PackTable::read_record() {
    ++row_;
    fields_.clear();
    unquoted_used_ = 0;
    record_ended_ = false;
    while (!record_ended_) {
        if (!read_field()) return false;
    }
    return true;
}

// One field with the separator behind it.
bool PackTable::read_field() {
    if (fields_.size() > columns_.size()) {
        fail("", "wrong number of fields");
        return false;
    }
    if (!rest_.empty() && rest_.front() == '"') {
        if (unquoted_used_ == unquoted_.size()) {
            fail("", "wrong number of fields");
            return false;
        }
        std::string& into = unquoted_[unquoted_used_++];
        if (!read_quoted(into)) return false;
        fields_.push_back(into);
    } else {
        const std::size_t end = std::min(rest_.find_first_of(",\n\r\""), rest_.size());
        fields_.push_back(rest_.substr(0, end));
        rest_.remove_prefix(end);
    }
    if (rest_.empty()) {
        record_ended_ = true;
    } else if (rest_.front() == ',') {
        rest_.remove_prefix(1);
    } else if (rest_.starts_with("\r\n")) {
        rest_.remove_prefix(2);
        record_ended_ = true;
    } else if (rest_.front() == '\n') {
        rest_.remove_prefix(1);
        record_ended_ = true;
    } else {
        fail("", "stray quote or carriage return");
        return false;
    }
    return true;
}

bool PackTable::read_quoted(std::string& into) {
    into.clear();
    rest_.remove_prefix(1);
    while (true) {
        const std::size_t quote = rest_.find('"');
        if (quote == std::string_view::npos) {
            fail("", "quote not closed");
            return false;
        }
        into.append(rest_.substr(0, quote));
        rest_.remove_prefix(quote + 1);
        if (rest_.empty() || rest_.front() != '"') return true;
        into.push_back('"');
        rest_.remove_prefix(1);
    }
}

std::string_view PackTable::required(std::size_t index) {
    if (text(index).empty()) fail(columns_[index], "empty");
    return text(index);
}

std::int64_t PackTable::integer(std::size_t index) {
    const std::string_view field = text(index);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    const bool plain = !field.empty() && (field.size() == 1 || field.front() != '0');
    if (error != std::errc{} || end != field.data() + field.size() || value < 0 || !plain ||
        field.front() == '-') {
        fail(columns_[index], "not a non-negative integer");
        return 0;
    }
    return value;
}

std::optional<std::int64_t> PackTable::optional_integer(std::size_t index) {
    if (text(index).empty()) return std::nullopt;
    return integer(index);
}

bool PackTable::flag(std::size_t index) {
    const std::string_view field = text(index);
    if (!field.empty() && field != "0" && field != "1") fail(columns_[index], "not 0 or 1");
    return field == "1";
}

void PackTable::fail(std::string_view column, std::string_view what) {
    if (problem_) return;
    problem_ = Refusal{"RULES_TABLE_MALFORMED",
                       {{"table", std::string(file_)},
                        {"row", std::to_string(row_)},
                        {"column", std::string(column)},
                        {"problem", std::string(what)}}};
}

void PackTable::dangling(std::string_view column, std::string_view value) {
    if (problem_) return;
    problem_ = Refusal{"RULES_DANGLING_REFERENCE",
                       {{"table", std::string(file_)},
                        {"row", std::to_string(row_)},
                        {"column", std::string(column)},
                        {"value", std::string(value)}}};
}

}  // namespace yilian::billing::drg
