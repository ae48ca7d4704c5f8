#include "libs/tabular/record_scanner.h"

#include <cstring>
#include <utility>

namespace yilian::tabular {

RecordScanner::RecordScanner(Source source)
    : source_(std::move(source)), buffer_(std::make_unique_for_overwrite<char[]>(kMaxRecord)) {}

RecordScanner::Result RecordScanner::next() {
    if (!started_ && !skip_byte_order_mark()) return Result::kFailed;
    while (discarding_) {
        if (!discard_line()) return Result::kFailed;
    }
    for (;;) {
        const std::string_view bytes(buffer_.get() + begin_, end_ - begin_);
        if (bytes.empty() && at_end_) return Result::kEnd;
        const Parse parsed = parse(bytes, at_end_);
        if (parsed == Parse::kComplete) {
            ++number_;
            take_fields(bytes);
            begin_ += record_size_;
            return Result::kRecord;
        }
        if (parsed == Parse::kNeedsMore && bytes.size() < kMaxRecord) {
            if (!refill()) return Result::kFailed;
            continue;
        }
        // The line itself may end beyond the bytes that were needed to see that it is broken.
        if (bytes.find('\n') == bytes.npos && !at_end_ && bytes.size() < kMaxRecord) {
            if (!refill()) return Result::kFailed;
            continue;
        }
        return break_line(bytes);
    }
}

RecordScanner::Parse RecordScanner::parse(std::string_view bytes, bool at_end) {
    spans_.clear();
    std::size_t position = 0;
    for (;;) {
        if (position < bytes.size() && bytes[position] == '"') {
            const Parse quoted = parse_quoted(bytes, at_end, position);
            if (quoted != Parse::kComplete) return quoted;
        } else {
            parse_plain(bytes, position);
        }
        if (position == bytes.size()) {
            if (!at_end) return Parse::kNeedsMore;
            record_size_ = position;
            return Parse::kComplete;
        }
        if (bytes[position++] == '\n') {
            record_size_ = position;
            return Parse::kComplete;
        }
    }
}

// From an opening quote to the comma, the line end or the end of the file after the closing one.
RecordScanner::Parse RecordScanner::parse_quoted(std::string_view bytes, bool at_end,
                                                 std::size_t& position) {
    Span span{position + 1, 0, false, false};
    std::size_t close = position + 1;
    for (;; close += 2) {
        close = bytes.find('"', close);
        if (close == bytes.npos) return at_end ? Parse::kBroken : Parse::kNeedsMore;
        if (close + 1 == bytes.size()) break;
        if (bytes[close + 1] != '"') break;
        span.escaped = true;
    }
    span.size = close - span.begin;
    std::size_t after = close + 1;
    if (after < bytes.size() && bytes[after] == '\r') ++after;
    if (after == bytes.size()) {
        if (!at_end) return Parse::kNeedsMore;
        if (after != close + 1) return Parse::kBroken;  // a lone carriage return
    } else if (bytes[after] != '\n' && (bytes[after] != ',' || after != close + 1)) {
        return Parse::kBroken;
    }
    spans_.push_back(span);
    position = after;
    return Parse::kComplete;
}

void RecordScanner::parse_plain(std::string_view bytes, std::size_t& position) {
    Span span{position, 0, false, false};
    std::size_t i = position;
    for (; i < bytes.size() && bytes[i] != ',' && bytes[i] != '\n'; ++i) {
        if (bytes[i] == '"') span.stray_quote = true;
    }
    span.size = i - position;
    if (i < bytes.size() && bytes[i] == '\n' && span.size > 0 && bytes[i - 1] == '\r') --span.size;
    spans_.push_back(span);
    position = i;
}

RecordScanner::Result RecordScanner::break_line(std::string_view bytes) {
    ++number_;
    const std::size_t newline = bytes.find('\n');
    record_size_ = newline == bytes.npos ? bytes.size() : newline + 1;
    discarding_ = newline == bytes.npos && !at_end_;
    std::string_view line = bytes.substr(0, newline);
    if (line.ends_with('\r')) line.remove_suffix(1);
    // Fields that end on this line before the broken one are known; the broken one starts after
    // them.
    std::size_t begin = 0;
    std::size_t kept = 0;
    for (const Span& span : spans_) {
        const std::size_t comma = bytes.find(',', span.begin + span.size);
        if (comma == bytes.npos || comma >= line.size()) break;
        begin = comma + 1;
        ++kept;
    }
    spans_.resize(kept);
    take_fields(bytes);
    broken_text_ = line.substr(begin);
    begin_ += record_size_;
    return Result::kBroken;
}

void RecordScanner::take_fields(std::string_view bytes) {
    fields_.clear();
    unescaped_.clear();
    unescaped_.reserve(record_size_);  // views into it must survive
    for (const Span& span : spans_) {
        std::string_view text = bytes.substr(span.begin, span.size);
        if (span.escaped) {
            const std::size_t start = unescaped_.size();
            for (std::size_t i = 0; i < text.size(); ++i) {
                unescaped_.push_back(text[i]);
                if (text[i] == '"') ++i;
            }
            text = std::string_view(unescaped_).substr(start);
        }
        fields_.push_back({text, span.stray_quote});
    }
}

// Drops the rest of a line that was longer than the buffer.
bool RecordScanner::discard_line() {
    const std::size_t newline = std::string_view(buffer_.get() + begin_, end_ - begin_).find('\n');
    discarding_ = newline == std::string_view::npos;
    begin_ = discarding_ ? end_ : begin_ + newline + 1;
    if (!discarding_) return true;
    if (!refill()) return false;
    if (at_end_) discarding_ = false;
    return true;
}

bool RecordScanner::refill() {
    if (begin_ > 0) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    const File::Read got = source_(buffer_.get() + end_, kMaxRecord - end_);
    error_ = got.error;
    end_ += got.size;
    at_end_ = got.size == 0 && got.error == 0;
    return error_ == 0;
}

bool RecordScanner::skip_byte_order_mark() {
    started_ = true;
    while (end_ < 3 && !at_end_) {
        if (!refill()) return false;
    }
    if (std::string_view(buffer_.get(), end_).starts_with("\xEF\xBB\xBF")) begin_ = 3;
    return true;
}

}  // namespace yilian::tabular
