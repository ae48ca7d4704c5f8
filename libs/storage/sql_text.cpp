#include "libs/storage/sql_text.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>

namespace yilian::storage {
namespace {

bool is_word_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
}

std::string upper(std::string_view word) {
    std::string out(word);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

// Cuts SQL into words, parameters, quoted or commented runs, and single other characters.
class Tokens {
  public:
    enum class Kind { kEnd, kWord, kOpaque, kBlank, kOther };
    struct Token {
        Kind kind;
        std::string_view text;
    };

    explicit Tokens(std::string_view sql) : rest_(sql) {}

    Token next() {
        if (rest_.empty()) return {Kind::kEnd, {}};
        const char c = rest_.front();
        if (c == '\'' || c == '"') return take(Kind::kOpaque, quoted_length(c));
        if (rest_.starts_with("--")) return take(Kind::kOpaque, through("\n"));
        if (rest_.starts_with("/*")) return take(Kind::kOpaque, through("*/"));
        if (std::isspace(static_cast<unsigned char>(c)) != 0) return take(Kind::kBlank, 1);
        if (is_word_char(c)) return take(Kind::kWord, word_length());
        return take(Kind::kOther, 1);
    }

  private:
    Token take(Kind kind, std::size_t length) {
        const Token token{kind, rest_.substr(0, length)};
        rest_.remove_prefix(token.text.size());
        return token;
    }
    // A doubled quote inside reads as the end of one literal and the start of another: same text.
    [[nodiscard]] std::size_t quoted_length(char quote) const {
        const std::size_t end = rest_.find(quote, 1);
        return end == std::string_view::npos ? rest_.size() : end + 1;
    }
    [[nodiscard]] std::size_t through(std::string_view mark) const {
        const std::size_t end = rest_.find(mark, 2);
        return end == std::string_view::npos ? rest_.size() : end + mark.size();
    }
    [[nodiscard]] std::size_t word_length() const {
        std::size_t n = 0;
        while (n < rest_.size() && is_word_char(rest_[n])) ++n;
        return n;
    }

    std::string_view rest_;
};

// Follows "CREATE [TEMP] TABLE name ( … )" and says when its closing parenthesis goes by.
class TableWatch {
  public:
    bool closes_table(const Tokens::Token& token) {
        if (token.kind == Tokens::Kind::kWord) word(upper(token.text));
        if (token.kind != Tokens::Kind::kOther || state_ != State::kTable) {
            if (token.text == ";") state_ = State::kNone;
            return false;
        }
        if (token.text == ";") state_ = State::kNone;
        if (token.text == "(") ++depth_;
        if (token.text == ")" && --depth_ == 0) {
            state_ = State::kNone;
            return true;
        }
        return false;
    }

  private:
    enum class State { kNone, kCreate, kTable };
    void word(const std::string& w) {
        if (state_ == State::kTable) return;
        if (w == "CREATE") {
            state_ = State::kCreate;
        } else if (state_ == State::kCreate && w == "TABLE") {
            state_ = State::kTable;
            depth_ = 0;
        } else if (w != "TEMP" && w != "TEMPORARY") {
            state_ = State::kNone;
        }
    }
    State state_ = State::kNone;
    int depth_ = 0;
};

// Length of the UTF-8 sequence at the front, 0 when it is not well-formed.
std::size_t sequence_length(std::string_view s) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(s[i]); };
    const std::uint8_t lead = byte(0);
    std::size_t length = 0;
    if (lead < 0x80) return lead == 0 ? 0 : 1;
    if (lead >= 0xC2 && lead <= 0xDF) length = 2;
    if (lead >= 0xE0 && lead <= 0xEF) length = 3;
    if (lead >= 0xF0 && lead <= 0xF4) length = 4;
    if (length == 0 || s.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return 0;
    }
    const std::uint8_t second = byte(1);
    const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool surrogate = lead == 0xED && second > 0x9F;
    const bool beyond = lead == 0xF4 && second > 0x8F;
    return overlong || surrogate || beyond ? 0 : length;
}

}  // namespace

std::string sqlite_parameters(std::string_view sql) {
    std::string out;
    out.reserve(sql.size());
    Tokens tokens(sql);
    for (auto t = tokens.next(); t.kind != Tokens::Kind::kEnd; t = tokens.next()) {
        const bool parameter = t.kind == Tokens::Kind::kWord && t.text.size() > 1 &&
                               t.text[0] == '$' &&
                               std::isdigit(static_cast<unsigned char>(t.text[1])) != 0;
        if (parameter) {
            out += '?';
            out += t.text.substr(1);
        } else {
            out += t.text;
        }
    }
    return out;
}

std::string sqlite_schema(std::string_view sql) {
    std::string out;
    out.reserve(sql.size() + 64);
    Tokens tokens(sql);
    TableWatch watch;
    bool strict_due = false;
    for (auto t = tokens.next(); t.kind != Tokens::Kind::kEnd; t = tokens.next()) {
        const std::string word = t.kind == Tokens::Kind::kWord ? upper(t.text) : std::string();
        if (strict_due && t.kind != Tokens::Kind::kBlank && t.kind != Tokens::Kind::kOpaque) {
            if (word != "STRICT") out += word.empty() ? " STRICT" : "STRICT, ";
            strict_due = false;
        }
        if (watch.closes_table(t)) {
            out += ")";
            strict_due = true;
            continue;
        }
        if (word == "BIGINT") {
            out += "INTEGER";
        } else if (word == "BYTEA") {
            out += "BLOB";
        } else {
            out += t.text;
        }
    }
    if (strict_due) out += " STRICT";
    return out;
}

bool is_storable_text(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace yilian::storage
