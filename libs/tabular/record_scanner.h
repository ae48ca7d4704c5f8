#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/tabular/file.h"

namespace yilian::tabular {

// Internal to the library: cuts a stream of bytes into records and fields by RFC 4180. Memory is
// two fixed buffers of kMaxRecord bytes, whatever the size of the input.
//
// Damage stays inside one record: a quoted field that is not closed properly (text after the
// closing quote, no closing quote before the end of the file or within kMaxRecord bytes) makes the
// one line on which the record starts a broken record, and scanning goes on with the next line.
class RecordScanner {
  public:
    static constexpr std::size_t kMaxRecord = 1 << 20;

    // Reads up to `size` bytes; 0 at the end.
    using Source = std::function<File::Read(char* into, std::size_t size)>;

    explicit RecordScanner(Source source);

    enum class Result {
        kRecord,  // fields() holds the next record
        kBroken,  // the line is no record; fields() holds the fields before broken_text()
        kEnd,
        kFailed,  // reading failed, see error()
    };
    [[nodiscard]] Result next();

    struct Field {
        std::string_view text;     // unquoted, valid until the next call
        bool stray_quote = false;  // a quote inside an unquoted field
    };
    [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }
    // Of a broken record: the raw rest of the line from the field that broke it.
    [[nodiscard]] std::string_view broken_text() const { return broken_text_; }
    // Of the record last returned: 1 for the first.
    [[nodiscard]] std::uint64_t number() const { return number_; }
    [[nodiscard]] int error() const { return error_; }

  private:
    struct Span {
        std::size_t begin = 0;
        std::size_t size = 0;
        bool escaped = false;  // contains doubled quotes
        bool stray_quote = false;
    };
    enum class Parse { kComplete, kNeedsMore, kBroken };

    [[nodiscard]] Parse parse(std::string_view bytes, bool at_end);
    [[nodiscard]] Parse parse_quoted(std::string_view bytes, bool at_end, std::size_t& position);
    void parse_plain(std::string_view bytes, std::size_t& position);
    [[nodiscard]] Result break_line(std::string_view bytes);
    void take_fields(std::string_view bytes);
    [[nodiscard]] bool refill();
    [[nodiscard]] bool discard_line();
    [[nodiscard]] bool skip_byte_order_mark();

    Source source_;
    std::unique_ptr<char[]> buffer_;  // kMaxRecord bytes
    std::size_t begin_ = 0;           // of the bytes not yet returned
    std::size_t end_ = 0;
    bool at_end_ = false;
    bool started_ = false;
    bool discarding_ = false;
    int error_ = 0;
    std::uint64_t number_ = 0;
    std::size_t record_size_ = 0;  // of the record just parsed, line end included
    std::vector<Span> spans_;
    std::vector<Field> fields_;
    std::string unescaped_;
    std::string_view broken_text_;
};

}  // namespace yilian::tabular
