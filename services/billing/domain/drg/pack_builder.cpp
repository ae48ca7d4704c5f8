#include "services/billing/domain/drg/pack_builder.h"

#include <algorithm>
#include <array>
#include <set>

namespace yilian::billing::drg {
namespace {

using namespace std::string_view_literals;

constexpr std::array kRequired = {"mdc.csv"sv,
                                  "mdc_principal_dx.csv"sv,
                                  "adrg.csv"sv,
                                  "adrg_dx.csv"sv,
                                  "adrg_proc.csv"sv,
                                  "drg.csv"sv,
                                  "mcc.csv"sv,
                                  "cc.csv"sv,
                                  "cc_exclusion_principal_dx.csv"sv,
                                  "valid_proc.csv"sv};
constexpr std::array kOptional = {"mdc_z_body_region.csv"sv, "dx_map.csv"sv, "proc_map.csv"sv,
                                  "pack.csv"sv, "weights.csv"sv};

constexpr std::size_t kMaxMdc = 64;  // one bit each in DxFacts
constexpr std::int64_t kMaxTable = 1'000'000;

// Text -> value of a closed set; an unknown word refuses the pack.
template <class T, std::size_t N>
T choice(PackTable& table, std::size_t column,
         const std::array<std::pair<std::string_view, T>, N>& words) {
    for (const auto& [word, value] : words) {
        if (table.text(column) == word) return value;
    }
    table.fail(table.column(column), "unknown rule kind");
    return words[0].second;
}

constexpr std::array<std::pair<std::string_view, DxRule>, 3> kDxRules = {
    {{"", DxRule::kNone}, {"principal", DxRule::kPrincipal}, {"any", DxRule::kAny}}};
constexpr std::array<std::pair<std::string_view, ProcRule>, 5> kProcRules = {
    {{"", ProcRule::kNone},
     {"principal", ProcRule::kPrincipal},
     {"principal_valid", ProcRule::kPrincipalValid},
     {"none_valid", ProcRule::kNoneValid},
     {"formula", ProcRule::kFormula}}};
constexpr std::array<std::pair<std::string_view, SplitRule>, 3> kSplitRules = {
    {{"mcc", SplitRule::kMcc}, {"mcc_or_cc", SplitRule::kMccOrCc}, {"always", SplitRule::kAlways}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> kOnOff = {
    {{"off", false}, {"on", true}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> kPositions = {
    {{"principal", false}, {"any", true}}};
constexpr std::array<std::pair<std::string_view, InvalidPrincipalProc>, 3> kInvalidProc = {
    {{"keep", InvalidPrincipalProc::kKeep},
     {"blank", InvalidPrincipalProc::kBlank},
     {"shift", InvalidPrincipalProc::kShift}}};

}  // namespace

std::span<const std::string_view> RulePack::required_tables() { return kRequired; }
std::span<const std::string_view> RulePack::optional_tables() { return kOptional; }

Outcome<std::shared_ptr<const RulePack>> RulePack::build(const PackFiles& files,
                                                         std::string digest) {
    return PackBuilder(files, std::move(digest)).build();
}

PackBuilder::PackBuilder(const PackFiles& files, std::string digest)
    : files_(files), pack_(new RulePack) {
    pack_->digest_ = std::move(digest);
}

Outcome<std::shared_ptr<const RulePack>> PackBuilder::build() {
    RulePack& p = *pack_;
    const bool good = tables_present() && read_switches() && read_mdcs() && read_adrgs() &&
                      read_drgs() && every_adrg_ends_with_always() && read_principal_dx() &&
                      read_body_regions() && read_adrg_dx() && read_adrg_proc() &&
                      lists_complete() && read_severity("mcc.csv", SeverityClass::kMcc) &&
                      read_severity("cc.csv", SeverityClass::kCc) && read_exclusions() &&
                      read_valid_proc() &&
                      read_map("dx_map.csv", "dx", "mapped_dx", p.dx_codes_, p.dx_map_) &&
                      read_map("proc_map.csv", "proc", "mapped_proc", p.proc_codes_, p.proc_map_);
    if (!good) return *refusal_;
    lay_out();
    return std::shared_ptr<const RulePack>(std::move(pack_));
}

bool PackBuilder::tables_present() {
    for (const std::string_view name : kRequired) {
        if (files_.contains(name)) continue;
        refusal_ = Refusal{"RULES_TABLE_MALFORMED",
                           {{"table", std::string(name)}, {"problem", "missing"}}};
        return false;
    }
    return true;
}

std::string_view PackBuilder::content(std::string_view file) const {
    return files_.find(file)->second;
}

bool PackBuilder::done(const PackTable& table) {
    if (table.problem()) refusal_ = table.problem();
    return !table.problem();
}

bool PackBuilder::read_switches() {
    if (!files_.contains("pack.csv")) return true;
    static constexpr std::array kColumns = {"key"sv, "value"sv};
    PackTable table("pack.csv", content("pack.csv"), kColumns);
    std::set<std::string, std::less<>> seen;
    while (table.next()) {
        if (!seen.emplace(table.text(0)).second) table.fail("key", "repeated key");
        set_switch(table);
    }
    return done(table);
}

void PackBuilder::set_switch(PackTable& table) {
    Switches& s = pack_->switches_;
    const std::string_view key = table.text(0);
    if (key == "version") {
        s.version = table.required(1);
    } else if (key == "procedure_position") {
        s.any_procedure = choice(table, 1, kPositions);
    } else if (key == "any_dx_mdc") {
        s.any_dx_mdc = table.text(1);
    } else if (key == "newborn_days_max") {
        s.newborn_days_max = table.integer(1);
    } else if (key == "invalid_principal_proc") {
        s.invalid_principal_proc = choice(table, 1, kInvalidProc);
    } else if (key == "qy") {
        s.qy = choice(table, 1, kOnOff);
    } else if (key == "map_codes") {
        s.map_codes = choice(table, 1, kOnOff);
    } else {
        table.fail("key", "unknown rule kind");
    }
}

bool PackBuilder::read_mdcs() {
    static constexpr std::array kColumns = {
        "eval_order"sv,        "mdc"sv,          "mdc_code"sv,  "name"sv,
        "need_principal_dx"sv, "sex"sv,          "age_years"sv, "need_principal_valid_proc"sv,
        "min_body_regions"sv,  "qy_after_adrg"sv};
    PackTable table("mdc.csv", content("mdc.csv"), kColumns);
    std::vector<std::pair<std::int64_t, Mdc>> rows;
    std::set<std::string, std::less<>> letters;
    std::set<std::int64_t> orders;
    while (table.next()) {
        Mdc m;
        const std::int64_t order = table.integer(0);
        m.letter = table.required(1);
        m.code = "MDC" + m.letter;
        m.qy_code = m.letter + "QY";
        m.name = table.text(3);
        m.need_principal_dx = table.flag(4);
        m.sex = table.optional_integer(5);
        m.age_years = table.optional_integer(6);
        m.need_principal_valid_proc = table.flag(7);
        m.min_body_regions = table.optional_integer(8).value_or(0);
        if (const auto after = table.optional_integer(9)) {
            m.qy_after_adrg = static_cast<std::size_t>(*after);
        }
        // A letter is one character, which is what makes any_dx_mdc a list of letters.
        m.any_dx = pack_->switches_.any_dx_mdc.find(m.letter) != std::string::npos;
        if (m.letter.size() != 1) table.fail("mdc", "not one letter");
        if (m.min_body_regions > 0 && !files_.contains("mdc_z_body_region.csv")) {
            table.dangling("min_body_regions", "mdc_z_body_region.csv");
        }
        if (!letters.insert(m.letter).second) table.fail("mdc", "repeated key");
        if (!orders.insert(order).second) table.fail("eval_order", "repeated key");
        rows.emplace_back(order, std::move(m));
    }
    if (rows.empty() || rows.size() > kMaxMdc) table.fail("mdc", "no MDC or too many");
    for (const char letter : pack_->switches_.any_dx_mdc) {
        if (!letters.contains(std::string(1, letter))) {
            table.dangling("any_dx_mdc", std::string(1, letter));
        }
    }
    std::ranges::sort(rows, {}, &std::pair<std::int64_t, Mdc>::first);
    for (auto& [order, m] : rows) {
        mdc_by_letter_[m.letter] = pack_->mdcs_.size();
        pack_->mdcs_.push_back(std::move(m));
    }
    return done(table);
}

bool PackBuilder::read_adrgs() {
    static constexpr std::array kColumns = {
        "mdc"sv,       "eval_order"sv,   "adrg"sv,         "name"sv,       "dx_rule"sv,
        "proc_rule"sv, "proc_formula"sv, "age_days_max"sv, "weight_min"sv, "weight_below"sv};
    PackTable table("adrg.csv", content("adrg.csv"), kColumns);
    std::vector<std::pair<std::pair<std::size_t, std::int64_t>, Adrg>> rows;
    std::set<std::pair<std::size_t, std::int64_t>> orders;
    std::set<std::string, std::less<>> codes;
    while (table.next()) {
        Adrg a;
        const auto mdc = mdc_by_letter_.find(table.text(0));
        if (mdc == mdc_by_letter_.end()) {
            table.dangling("mdc", table.text(0));
            break;
        }
        a.mdc = mdc->second;
        const std::pair order{a.mdc, table.integer(1)};
        a.code = table.required(2);
        a.name = table.text(3);
        read_adrg_conditions(table, a);
        if (!codes.insert(a.code).second) table.fail("adrg", "repeated key");
        if (!orders.insert(order).second) table.fail("eval_order", "repeated key");
        rows.emplace_back(order, std::move(a));
    }
    std::ranges::sort(rows, {}, [](const auto& row) { return row.first; });
    for (auto& [order, a] : rows) {
        Mdc& m = pack_->mdcs_[a.mdc];
        if (m.adrg_count++ == 0) m.first_adrg = pack_->adrgs_.size();
        adrg_by_code_[a.code] = pack_->adrgs_.size();
        pack_->adrgs_.push_back(std::move(a));
    }
    if (!done(table)) return false;
    for (const Mdc& m : pack_->mdcs_) {
        if (m.qy_after_adrg.value_or(0) <= m.adrg_count) continue;
        refusal_ = Refusal{"RULES_DANGLING_REFERENCE",
                           {{"table", "mdc.csv"}, {"column", "qy_after_adrg"}, {"mdc", m.letter}}};
        return false;
    }
    return true;
}

void PackBuilder::read_adrg_conditions(PackTable& table, Adrg& adrg) {
    adrg.dx_rule = choice(table, 4, kDxRules);
    adrg.proc_rule = choice(table, 5, kProcRules);
    if (adrg.proc_rule == ProcRule::kFormula) {
        auto formula = parse_proc_formula(table.text(6));
        if (formula) {
            adrg.formula = *std::move(formula);
        } else {
            table.fail("proc_formula", "not a formula");
        }
    } else if (!table.text(6).empty()) {
        table.fail("proc_formula", "formula without its rule");
    }
    adrg.age_days_max = table.optional_integer(7);
    adrg.weight_min = table.optional_integer(8);
    adrg.weight_below = table.optional_integer(9);
    if (adrg.weight_below && !adrg.weight_min) {
        table.fail("weight_below", "only together with weight_min");
    }
}

bool PackBuilder::read_drgs() {
    static constexpr std::array kColumns = {"adrg"sv, "eval_order"sv, "drg"sv, "name"sv,
                                            "split_rule"sv};
    PackTable table("drg.csv", content("drg.csv"), kColumns);
    std::vector<std::pair<std::pair<std::size_t, std::int64_t>, Drg>> rows;
    std::set<std::pair<std::size_t, std::int64_t>> orders;
    std::set<std::string, std::less<>> codes;
    while (table.next()) {
        Drg d;
        const auto adrg = adrg_by_code_.find(table.text(0));
        if (adrg == adrg_by_code_.end()) {
            table.dangling("adrg", table.text(0));
            break;
        }
        const std::pair order{adrg->second, table.integer(1)};
        d.code = table.required(2);
        d.name = table.text(3);
        d.split = choice(table, 4, kSplitRules);
        if (!codes.insert(d.code).second) table.fail("drg", "repeated key");
        if (!orders.insert(order).second) table.fail("eval_order", "repeated key");
        rows.emplace_back(order, std::move(d));
    }
    std::ranges::sort(rows, {}, [](const auto& row) { return row.first; });
    for (auto& [order, d] : rows) {
        Adrg& a = pack_->adrgs_[order.first];
        if (a.drg_count++ == 0) a.first_drg = pack_->drgs_.size();
        pack_->drgs_.push_back(std::move(d));
    }
    return done(table);
}

// An ADRG once taken always gives one of its DRG (README 4.4), so the last row must catch all.
bool PackBuilder::every_adrg_ends_with_always() {
    for (const Adrg& a : pack_->adrgs_) {
        if (a.drg_count > 0 &&
            pack_->drgs_[a.first_drg + a.drg_count - 1].split == SplitRule::kAlways) {
            continue;
        }
        refusal_ = Refusal{"RULES_TABLE_MALFORMED",
                           {{"table", "drg.csv"},
                            {"column", "split_rule"},
                            {"adrg", a.code},
                            {"problem", "last row is not always"}}};
        return false;
    }
    return true;
}

DxFacts& PackBuilder::facts(CodeId dx) {
    if (pack_->dx_facts_.size() <= dx) pack_->dx_facts_.resize(dx + 1);
    return pack_->dx_facts_[dx];
}

bool PackBuilder::read_principal_dx() {
    static constexpr std::array kColumns = {"mdc"sv, "dx"sv};
    PackTable table("mdc_principal_dx.csv", content("mdc_principal_dx.csv"), kColumns);
    while (table.next()) {
        const auto mdc = mdc_by_letter_.find(table.text(0));
        if (mdc == mdc_by_letter_.end()) {
            table.dangling("mdc", table.text(0));
            break;
        }
        facts(pack_->dx_codes_.intern(table.required(1))).mdc_bits |= std::uint64_t{1}
                                                                      << mdc->second;
    }
    return done(table);
}

bool PackBuilder::read_body_regions() {
    if (!files_.contains("mdc_z_body_region.csv")) return true;
    static constexpr std::array kColumns = {"dx"sv, "region_no"sv, "region_name"sv};
    PackTable table("mdc_z_body_region.csv", content("mdc_z_body_region.csv"), kColumns);
    while (table.next()) {
        DxFacts& f = facts(pack_->dx_codes_.intern(table.required(0)));
        const std::int64_t region = table.integer(1);
        if (region < 1 || region > 63) {
            table.fail("region_no", "outside 1 to 63");
            break;
        }
        if (f.body_region != 0) table.fail("dx", "repeated key");
        f.body_region = static_cast<std::uint8_t>(region);
    }
    return done(table);
}

bool PackBuilder::read_adrg_dx() {
    static constexpr std::array kColumns = {"adrg"sv, "dx"sv};
    PackTable table("adrg_dx.csv", content("adrg_dx.csv"), kColumns);
    while (table.next()) {
        const auto adrg = adrg_by_code_.find(table.text(0));
        if (adrg == adrg_by_code_.end()) {
            table.dangling("adrg", table.text(0));
            break;
        }
        adrg_dx_.push_back({pack_->dx_codes_.intern(table.required(1)), adrg->second});
    }
    return done(table);
}

bool PackBuilder::read_adrg_proc() {
    static constexpr std::array kColumns = {"adrg"sv, "list_no"sv, "proc"sv};
    PackTable table("adrg_proc.csv", content("adrg_proc.csv"), kColumns);
    while (table.next()) {
        const auto adrg = adrg_by_code_.find(table.text(0));
        if (adrg == adrg_by_code_.end()) {
            table.dangling("adrg", table.text(0));
            break;
        }
        const std::int64_t list = table.integer(1);
        if (list < 1 || list > static_cast<std::int64_t>(kMaxProcLists)) {
            table.fail("list_no", "unknown list number");
            break;
        }
        Adrg& a = pack_->adrgs_[adrg->second];
        a.list_count = std::max(a.list_count, static_cast<std::size_t>(list));
        adrg_proc_.push_back({pack_->proc_codes_.intern(table.required(2)), adrg->second,
                              static_cast<std::size_t>(list - 1)});
    }
    return done(table);
}

// A rule that names a list which has no row would silently never hold.
bool PackBuilder::lists_complete() {
    std::set<std::pair<std::size_t, std::size_t>> lists;
    std::set<std::size_t> with_dx;
    for (const ListEntry& e : adrg_proc_) lists.emplace(e.adrg, e.list);
    for (const Membership& m : adrg_dx_) with_dx.insert(m.column);
    const auto refuse = [&](const Adrg& a, const char* table, const char* column) {
        refusal_ = Refusal{"RULES_DANGLING_REFERENCE",
                           {{"table", table}, {"column", column}, {"adrg", a.code}}};
        return false;
    };
    std::size_t next_list = 0;
    for (std::size_t i = 0; i < pack_->adrgs_.size(); ++i) {
        Adrg& a = pack_->adrgs_[i];
        a.first_list = next_list;
        next_list += a.list_count;
        if (a.dx_rule != DxRule::kNone && !with_dx.contains(i)) {
            return refuse(a, "adrg_dx.csv", "adrg");
        }
        const std::uint32_t wanted = a.proc_rule == ProcRule::kPrincipal ? 1U : a.formula.lists;
        for (std::size_t list = 0; list < kMaxProcLists; ++list) {
            if ((wanted >> list & 1U) != 0 && !lists.contains({i, list})) {
                return refuse(a, "adrg_proc.csv", "list_no");
            }
        }
    }
    return true;
}

bool PackBuilder::read_severity(std::string_view file, SeverityClass severity) {
    static constexpr std::array kColumns = {"dx"sv, "exclusion_table"sv};
    PackTable table(file, content(file), kColumns);
    while (table.next()) {
        DxFacts& f = facts(pack_->dx_codes_.intern(table.required(0)));
        // No diagnosis is both CC and MCC: the second table would change its meaning.
        if (f.severity != SeverityClass::kNone) table.fail("dx", "repeated key");
        const std::int64_t number = table.integer(1);
        if (number > kMaxTable) table.fail("exclusion_table", "too large");
        f.severity = severity;
        f.severity_table = static_cast<std::int32_t>(number);
    }
    return done(table);
}

bool PackBuilder::read_exclusions() {
    static constexpr std::array kColumns = {"principal_dx"sv, "exclusion_table"sv};
    PackTable table("cc_exclusion_principal_dx.csv", content("cc_exclusion_principal_dx.csv"),
                    kColumns);
    while (table.next()) {
        DxFacts& f = facts(pack_->dx_codes_.intern(table.required(0)));
        if (f.principal_table != kNoTable) table.fail("principal_dx", "repeated key");
        const std::int64_t number = table.integer(1);
        if (number > kMaxTable) table.fail("exclusion_table", "too large");
        f.principal_table = static_cast<std::int32_t>(number);
    }
    return done(table);
}

bool PackBuilder::read_valid_proc() {
    static constexpr std::array kColumns = {"proc"sv, "name"sv};
    PackTable table("valid_proc.csv", content("valid_proc.csv"), kColumns);
    while (table.next()) {
        valid_proc_.push_back(pack_->proc_codes_.intern(table.required(0)));
    }
    return done(table);
}

bool PackBuilder::read_map(std::string_view file, std::string_view key, std::string_view value,
                           CodeTable& codes, std::vector<CodeId>& map) {
    if (!files_.contains(file)) {
        pack_->has_code_map_ = false;
        if (!pack_->switches_.map_codes) return true;
        refusal_ = Refusal{"RULES_DANGLING_REFERENCE",
                           {{"table", std::string(file)}, {"column", "map_codes"}}};
        return false;
    }
    pack_->has_code_map_ = file == "dx_map.csv" || pack_->has_code_map_;
    const std::array columns = {key, value};
    PackTable table(file, content(file), columns);
    while (table.next()) {
        const CodeId from = codes.intern(table.required(0));
        const CodeId to = codes.intern(table.required(1));
        if (map.size() <= from) map.resize(std::max<std::size_t>(codes.size(), from + 1));
        if (map[from] != kUnknownCode) table.fail(key, "repeated key");
        map[from] = to;
    }
    return done(table);
}

void PackBuilder::lay_out() {
    RulePack& p = *pack_;
    const std::size_t dx_count = p.dx_codes_.size();
    const std::size_t proc_count = p.proc_codes_.size();
    p.dx_facts_.resize(dx_count);
    p.dx_map_.resize(dx_count);
    p.proc_map_.resize(proc_count);
    p.valid_proc_.assign(proc_count, 0);
    for (const CodeId proc : valid_proc_) p.valid_proc_[proc] = 1;
    p.adrg_dx_.shape(dx_count, p.adrgs_.size());
    for (const Membership& m : adrg_dx_) p.adrg_dx_.set(m.code, m.column);
    std::size_t lists = 0;
    for (const Adrg& a : p.adrgs_) lists += a.list_count;
    p.proc_lists_.shape(proc_count, lists);
    for (const ListEntry& e : adrg_proc_) {
        p.proc_lists_.set(e.proc, p.adrgs_[e.adrg].first_list + e.list);
    }
}

}  // namespace yilian::billing::drg
