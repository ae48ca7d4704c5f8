#include "libs/policy/key.h"

namespace yilian::policy {
namespace {

struct TextOf {
    std::string operator()(std::monostate) const { return ""; }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(const std::string& word) const { return word; }
    std::string operator()(const Date& date) const { return date.text(); }
    std::string operator()(const Goal& goal) const {
        return std::to_string(goal.value) + (goal.upto ? ".." + std::to_string(*goal.upto) : "") +
               (goal.due ? " by " + goal.due->text() : "");
    }
    std::string operator()(const Words& words) const {
        std::string out;
        for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
        return out;
    }
    std::string operator()(const Numbers& numbers) const {
        std::string out;
        for (const auto n : numbers) out += (out.empty() ? "" : ", ") + std::to_string(n);
        return out;
    }
    std::string operator()(const NumberTable& table) const {
        std::string out;
        for (const auto& [name, n] : table) {
            out += (out.empty() ? "" : ", ") + name + "=" + std::to_string(n);
        }
        return out;
    }
    std::string operator()(const WordTable& table) const {
        std::string out;
        for (const auto& [name, word] : table) out += (out.empty() ? "" : ", ") + name + "=" + word;
        return out;
    }
    std::string operator()(const WordsTable& table) const {
        std::string out;
        for (const auto& [name, words] : table) {
            out += (out.empty() ? "" : "; ") + name + ": " + (*this)(words);
        }
        return out;
    }
};

}  // namespace

Value neutral_value(const KeySpec& spec) {
    switch (spec.kind) {
        case Kind::kFlag:
            return false;
        case Kind::kNumber:
            return spec.may_be_empty ? Value() : Value(spec.min);
        case Kind::kWord:
            return std::string(spec.allowed.empty() ? std::string_view() : spec.allowed.front());
        case Kind::kDate:
            return Date();
        case Kind::kGoal:
            return Value();
        case Kind::kWords:
            return Words();
        case Kind::kNumbers:
            return Numbers();
        case Kind::kNumberTable:
            return NumberTable();
        case Kind::kWordTable:
            return WordTable();
        case Kind::kWordsTable:
            return WordsTable();
    }
    return Value();
}

std::string text_of(const Value& value) { return std::visit(TextOf{}, value); }

}  // namespace yilian::policy
