#include "services/billing/domain/drg/trail.h"

#include <utility>

namespace yilian::billing::drg {
namespace {

void add_condition(std::string& text, bool present, std::string_view name) {
    if (!present) return;
    if (!text.empty()) text += '+';
    text += name;
}

std::string condition_of(const Mdc& m) {
    std::string text;
    add_condition(text, m.need_principal_dx, m.any_dx ? "any_dx" : "principal_dx");
    add_condition(text, m.sex.has_value(), "sex");
    add_condition(text, m.age_years.has_value(), "age_years");
    add_condition(text, m.need_principal_valid_proc, "principal_valid_proc");
    add_condition(text, m.min_body_regions > 0, "body_regions");
    return text;
}

std::string rule_of(const Adrg& a) {
    std::string text;
    add_condition(text, a.dx_rule == DxRule::kPrincipal, "dx_principal");
    add_condition(text, a.dx_rule == DxRule::kAny, "dx_any");
    add_condition(text, a.proc_rule == ProcRule::kPrincipal, "proc_principal");
    add_condition(text, a.proc_rule == ProcRule::kPrincipalValid, "proc_principal_valid");
    add_condition(text, a.proc_rule == ProcRule::kNoneValid, "proc_none_valid");
    add_condition(text, a.proc_rule == ProcRule::kFormula, "proc_formula");
    add_condition(text, a.age_days_max.has_value(), "age_days");
    add_condition(text, a.weight_min.has_value(), "weight");
    return text;
}

}  // namespace

Trail::Trail(std::string_view case_id, const RulePack& pack) {
    json_ = "{\"case_id\":";
    append_string(json_, case_id);
    json_ += ",\"rules\":{\"version\":";
    append_string(json_, pack.switches().version);
    json_ += ",\"digest\":";
    append_string(json_, pack.digest());
    json_ += "},\"steps\":[";
}

void Trail::append_string(std::string& to, std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    to += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            to += '\\';
            to += c;
        } else if (byte < 0x20) {
            to += "\\u00";
            to += kHex[byte >> 4];
            to += kHex[byte & 15];
        } else {
            to += c;
        }
    }
    to += '"';
}

void Trail::step(std::string_view kind) {
    if (!std::exchange(first_, false)) json_ += ',';
    json_ += "{\"kind\":\"";
    json_ += kind;
    json_ += '"';
}

void Trail::member(std::string_view key, std::string_view value) {
    json_ += ",\"";
    json_ += key;
    json_ += "\":";
    append_string(json_, value);
}

void Trail::check(std::initializer_list<std::string_view> fields,
                  std::initializer_list<bool> failed) {
    step("check");
    json_ += ",\"failed\":[";
    const auto* flag = failed.begin();
    bool first = true;
    for (const std::string_view field : fields) {
        if (!*flag++) continue;
        if (!std::exchange(first, false)) json_ += ',';
        append_string(json_, field);
    }
    json_ += "]}";
}

void Trail::mapped(std::string_view list, std::size_t position, std::string_view before,
                   std::string_view after) {
    step("map");
    member("list", list);
    json_ += ",\"position\":" + std::to_string(position);
    member("before", before);
    member("after", after);
    json_ += '}';
}

void Trail::not_in_map(std::string_view list, std::size_t position, std::string_view before) {
    step("map");
    member("list", list);
    json_ += ",\"position\":" + std::to_string(position);
    member("before", before);
    member("result", "not_in_map");
    json_ += '}';
}

void Trail::mdc(const Mdc& mdc, bool left_without_adrg) {
    step("mdc");
    member("mdc", mdc.letter);
    member("condition", condition_of(mdc));
    member("result", left_without_adrg ? "no_adrg" : "entered");
    json_ += '}';
}

void Trail::adrg(const Adrg& adrg, std::string_view codes_json) {
    step("adrg");
    member("adrg", adrg.code);
    member("rule", rule_of(adrg));
    json_ += ",\"codes\":[";
    json_ += codes_json;
    json_ += "]}";
}

void Trail::severity(const SeverityStep& s) {
    step("severity");
    member("code", s.code);
    member("class", s.severity == SeverityClass::kMcc ? "MCC" : "CC");
    member("result", s.excluded ? "excluded_by_table" : "counts");
    json_ += ",\"table\":" + std::to_string(s.table) + '}';
}

void Trail::qy(const Mdc& mdc, std::string_view code) {
    step("qy");
    member("mdc", mdc.letter);
    member("code", code);
    json_ += '}';
}

std::string Trail::result(const GroupCodes& codes) && {
    step("result");
    member("status", codes.status);
    member("mdc", codes.mdc);
    member("adrg", codes.adrg);
    member("drg", codes.drg);
    json_ += "}]}";
    return std::move(json_);
}

}  // namespace yilian::billing::drg
