#include "libs/tabular/csv_writer.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "libs/calendar/local_time.h"

namespace yilian::tabular {

void append_field(std::string& out, std::string_view text) {
    const bool quoting = std::any_of(text.begin(), text.end(), [](char c) {
        return c == ',' || c == '"' || c == '\r' || c == '\n';
    });
    if (!quoting) {
        out.append(text);
        return;
    }
    out.push_back('"');
    for (const char c : text) {
        if (c == '"') out.push_back('"');
        out.push_back(c);
    }
    out.push_back('"');
}

CsvWriter::CsvWriter(OutputFile& file, const std::vector<std::string>& columns)
    : file_(&file), column_count_(columns.size()) {
    for (const std::string& column : columns) text(column);
    YILIAN_INVARIANT(!columns.empty(), "tabular: a file without columns");
    line_.push_back('\n');
    file_->append(line_);
    line_.clear();
    cells_ = 0;
}

CsvWriter CsvWriter::in_order(OutputFile& file, const std::vector<std::string>& columns) {
    return {file, columns};
}

CsvWriter CsvWriter::sorted(OutputFile& file, const std::vector<std::string>& columns,
                            const std::vector<std::string>& key, std::size_t budget) {
    std::vector<std::size_t> positions;
    for (const std::string& name : key) {
        const auto found = std::find(columns.begin(), columns.end(), name);
        YILIAN_INVARIANT(found != columns.end(), "tabular: key column not in the header");
        positions.push_back(static_cast<std::size_t>(found - columns.begin()));
    }
    CsvWriter writer(file, columns);
    writer.key_columns_ = std::move(positions);
    writer.key_cells_.resize(writer.key_columns_.size());
    writer.sorter_ = std::make_unique<SpillSorter>(file.directory(), budget);
    return writer;
}

CsvWriter CsvWriter::unique(OutputFile& file, const std::vector<std::string>& columns,
                            const std::vector<std::string>& key, std::size_t budget,
                            Dropped dropped) {
    CsvWriter writer = sorted(file, columns, key, budget);
    writer.dropped_ = std::move(dropped);
    return writer;
}

CsvWriter& CsvWriter::text(std::string_view value) {
    YILIAN_INVARIANT(cells_ < column_count_, "tabular: more cells than columns");
    if (cells_ > 0) line_.push_back(',');
    append_field(line_, value);
    for (std::size_t i = 0; i < key_columns_.size(); ++i) {
        if (key_columns_[i] == cells_) key_cells_[i] = value;
    }
    ++cells_;
    return *this;
}

CsvWriter& CsvWriter::integer(std::int64_t value) { return text(std::to_string(value)); }
CsvWriter& CsvWriter::date(calendar::CivilDate value) { return text(value.text()); }
CsvWriter& CsvWriter::period(calendar::Period value) { return text(value.text()); }
CsvWriter& CsvWriter::instant(Instant value) { return text(calendar::rfc3339(value)); }

CsvWriter& CsvWriter::list(const std::vector<std::string>& items) {
    std::string joined;
    for (const std::string& item : items) {
        YILIAN_INVARIANT(!item.empty() && item.find('|') == item.npos,
                         "tabular: item of a list is empty or holds a bar");
        if (!joined.empty()) joined.push_back('|');
        joined += item;
    }
    return text(joined);
}

void CsvWriter::end_row(std::uint64_t tag) {
    YILIAN_INVARIANT(cells_ == column_count_, "tabular: fewer cells than columns");
    line_.push_back('\n');
    if (sorter_) {
        // A zero byte sorts before every character, so the joined key compares column by column.
        std::string key;
        for (const std::string& cell : key_cells_) key.append(cell).push_back('\0');
        if (dropped_) line_.append(reinterpret_cast<const char*>(&tag), sizeof tag);
        sorter_->add(key, line_);
    } else {
        file_->append(line_);
    }
    line_.clear();
    cells_ = 0;
    ++rows_;
}

Outcome<Allowed> CsvWriter::finish() {
    YILIAN_INVARIANT(cells_ == 0, "tabular: row not ended");
    if (!sorter_) return Allowed{};
    if (!dropped_) return sorter_->drain([this](std::string_view line) { file_->append(line); });
    std::optional<std::string> last;
    return sorter_->drain_keyed([&](std::string_view key, std::string_view line) {
        std::uint64_t tag = 0;
        const std::size_t size = line.size() - sizeof tag;
        std::memcpy(&tag, line.data() + size, sizeof tag);
        if (last == key) return dropped_(tag, key.substr(0, key.size() - 1));
        last = key;
        file_->append(line.substr(0, size));
    });
}

}  // namespace yilian::tabular
