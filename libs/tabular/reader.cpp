#include "libs/tabular/reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace yilian::tabular {
namespace {

constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

}  // namespace

Reader::Reader(std::string file, Spec spec, RecordScanner::Source source, ErrorReport& errors)
    : file_(std::move(file)),
      spec_(std::make_unique<Spec>(std::move(spec))),
      scanner_(std::make_unique<RecordScanner>(std::move(source))),
      errors_(&errors),
      row_(std::make_unique<Row>(spec_->columns)) {
    personal_ = std::any_of(spec_->columns.begin(), spec_->columns.end(), [](const Column& column) {
        return column.masked || is_personal_column(column.name);
    });
}

Outcome<Reader> Reader::open(const std::string& path, Spec spec, ErrorReport& errors) {
    auto [opened, error] = File::open_for_reading(path);
    if (error != 0) {
        return Refusal{"FILE_NOT_READABLE", {{"file", path}, {"error", error_text(error)}}};
    }
    auto file = std::make_shared<File>(std::move(opened));
    return start(
        path, std::move(spec),
        [file](char* into, std::size_t size) { return file->read(into, size); }, errors);
}

Outcome<Reader> Reader::of_text(std::string name, std::string text, Spec spec,
                                ErrorReport& errors) {
    const auto source = [held = std::move(text), position = std::size_t{0}](
                            char* into, std::size_t size) mutable {
        const std::size_t count = std::min(size, held.size() - position);
        std::memcpy(into, held.data() + position, count);
        position += count;
        return File::Read{count, 0};
    };
    return start(std::move(name), std::move(spec), source, errors);
}

Outcome<Reader> Reader::start(std::string file, Spec spec, RecordScanner::Source source,
                              ErrorReport& errors) {
    Reader reader(std::move(file), std::move(spec), std::move(source), errors);
    const auto header = reader.read_header();
    if (!header) return header.refusal();
    return reader;
}

Refusal Reader::refuse(Reason reason, const std::string& column) const {
    Refusal refusal{reason, {{"file", file_}}};
    if (!column.empty()) refusal.metadata.emplace_back("column", column);
    return refusal;
}

Outcome<Allowed> Reader::read_header() {
    switch (scanner_->next()) {
        case RecordScanner::Result::kEnd:
            return refuse("CSV_EMPTY", "");
        case RecordScanner::Result::kBroken:
            return refuse("CSV_UNKNOWN_COLUMN", "");
        case RecordScanner::Result::kFailed:
            return Refusal{"FILE_NOT_READABLE",
                           {{"file", file_}, {"error", error_text(scanner_->error())}}};
        case RecordScanner::Result::kRecord:
            break;
    }
    for (const RecordScanner::Field& field : scanner_->fields()) header_.emplace_back(field.text);
    if (header_.size() == 1 && header_[0].empty()) return refuse("CSV_EMPTY", "");
    return find_columns(header_);
}

Outcome<Allowed> Reader::find_columns(const std::vector<std::string>& header) {
    field_of_column_.assign(spec_->columns.size(), kAbsent);
    for (std::size_t i = 0; i < header.size(); ++i) {
        if (std::find(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(i), header[i]) !=
            header.begin() + static_cast<std::ptrdiff_t>(i)) {
            return refuse("CSV_DUPLICATE_COLUMN", header[i]);
        }
        const auto column =
            std::find_if(spec_->columns.begin(), spec_->columns.end(),
                         [&](const Column& known) { return known.name == header[i]; });
        if (column != spec_->columns.end()) {
            field_of_column_[static_cast<std::size_t>(column - spec_->columns.begin())] = i;
        } else if (!spec_->further_columns_ignored) {
            return refuse("CSV_UNKNOWN_COLUMN", header[i]);
        }
    }
    for (std::size_t i = 0; i < spec_->columns.size(); ++i) {
        if (field_of_column_[i] == kAbsent && !spec_->columns[i].absent_allowed) {
            return refuse("CSV_MISSING_COLUMN", spec_->columns[i].name);
        }
    }
    return Allowed{};
}

Outcome<bool> Reader::next() {
    for (;;) {
        switch (scanner_->next()) {
            case RecordScanner::Result::kEnd:
                return false;
            case RecordScanner::Result::kFailed:
                return Refusal{"FILE_NOT_READABLE",
                               {{"file", file_}, {"error", error_text(scanner_->error())}}};
            case RecordScanner::Result::kBroken:
                ++rows_read_;
                report_broken_line();
                break;
            case RecordScanner::Result::kRecord:
                ++rows_read_;
                if (take_row()) return true;
                break;
        }
    }
}

bool Reader::take_row() {
    const auto& fields = scanner_->fields();
    row_->number_ = scanner_->number();
    if (fields.size() != header_.size()) {
        errors_->add(file_, row_->number_, "", "CSV_FIELD_COUNT", "");
        return false;
    }
    bool good = true;
    for (std::size_t i = 0; i < spec_->columns.size(); ++i) {
        row_->cells_[i] = Cell{};
        if (field_of_column_[i] == kAbsent) continue;
        const Column& column = spec_->columns[i];
        const RecordScanner::Field& field = fields[field_of_column_[i]];
        const Outcome<Cell> cell = field.stray_quote ? Outcome<Cell>(Reason("FIELD_FORMAT"))
                                                     : read_cell(column, field.text);
        if (cell) {
            row_->cells_[i] = *cell;
            continue;
        }
        errors_->add(file_, row_->number_, column.name, cell.refusal().reason,
                     column.masked ? kMaskedText : field.text);
        good = false;
    }
    return good;
}

// A broken quote runs over the fields after it, so its text may hold those of personal columns.
void Reader::report_broken_line() {
    const std::size_t field = scanner_->fields().size();
    const std::string column = field < header_.size() ? header_[field] : "";
    errors_->add(file_, scanner_->number(), column, "FIELD_FORMAT",
                 personal_ ? kMaskedText : scanner_->broken_text());
}

void Reader::reject(std::size_t column, Reason reason) {
    const Column& known = spec_->columns[column];
    errors_->add(file_, row_->number(), known.name, reason,
                 known.masked ? kMaskedText : row_->text(column));
}

}  // namespace yilian::tabular
