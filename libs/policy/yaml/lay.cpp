#include "libs/policy/yaml/lay.h"

#include <fmt/format.h>

#include <algorithm>

#include "libs/base/invariant.h"
#include "libs/policy/keys.h"
#include "libs/policy/yaml/fields.h"

namespace yilian::policy {
namespace {

std::size_t position(std::string_view key) {
    const auto index = key_index(key);
    YILIAN_INVARIANT(index.has_value(), "policy: key of a block is not in the index");
    return *index;
}

template <class T>
const T& value_of(const KeysOnDay& keys, const PolicyKey<T>& key) {
    return std::get<T>(keys.values[position(key.name())]);
}

template <class T>
const Node& written(const KeysOnDay& keys, const PolicyKey<T>& key) {
    return *keys.written[position(key.name())];
}

// 3000 bp -> "0.3".
std::string decimal_of_bp(std::int64_t basis_points) {
    std::string text = amount::rate_of_bp(basis_points).text();
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

bool same_scalar(const Node& a, const Node& b) {
    if (a.kind != b.kind) return false;
    const auto left = amount::Rate::parse(a.text);
    const auto right = amount::Rate::parse(b.text);
    if (left.ok() && right.ok()) return *left == *right;
    return canonical_json(a) == canonical_json(b);
}

// One block being laid over; does nothing when the pack has no such block.
class Block {
  public:
    Block(Node& body, std::string_view name, Problems& warnings)
        : name_(name), warnings_(warnings) {
        for (auto& [field, node] : body.fields) {
            if (field == name && node.kind == Node::Kind::kMap) map_ = &node;
        }
    }
    explicit operator bool() const { return map_ != nullptr; }

    void set(std::string_view path, const Node& value) {
        if (map_ == nullptr) return;
        Node* map = map_;
        const auto dot = path.find('.');
        if (dot != std::string_view::npos) map = inside(path.substr(0, dot));
        if (map == nullptr) return;
        const std::string_view field = dot == std::string_view::npos ? path : path.substr(dot + 1);
        const Node* before = map->find(field);
        if (before != nullptr && !same_scalar(*before, value)) {
            refuse(warnings_, *before, "POLICY_VALUE", fmt::format("body.{}.{}", name_, path),
                   "a key of the pack says otherwise and is used");
        }
        map->set(field, value);
    }
    void set_text(std::string_view path, std::string text, const Node& at) {
        set(path, Node::scalar(std::move(text), true, at));
    }
    void set_flag(std::string_view path, bool value, const Node& at) {
        set(path, Node::scalar(value ? "true" : "false", false, at));
    }

    Node* inside(std::string_view name) {
        if (map_ == nullptr) return nullptr;
        for (auto& [field, node] : map_->fields) {
            if (field == name && node.kind == Node::Kind::kMap) return &node;
        }
        return nullptr;
    }

  private:
    std::string name_;
    Problems& warnings_;
    Node* map_ = nullptr;
};

bool has_layer(const KeysOnDay& keys, std::string_view layer) {
    return std::ranges::find(value_of(keys, kBillingProtectionLayers), layer) !=
           value_of(keys, kBillingProtectionLayers).end();
}

void lay_sharing(Node& body, const KeysOnDay& keys, Problems& warnings) {
    Block sharing(body, "sharing", warnings);
    sharing.set_text("surplus.max_rate",
                     decimal_of_bp(value_of(keys, kBillingCapitationSurplusShareBp)),
                     written(keys, kBillingCapitationSurplusShareBp));
    sharing.set_text("overspend.rate",
                     decimal_of_bp(value_of(keys, kBillingCapitationOverspendShareBp)),
                     written(keys, kBillingCapitationOverspendShareBp));
}

void lay_benefit(Node& body, const KeysOnDay& keys, Problems& warnings) {
    Block benefit(body, "benefit", warnings);
    benefit.set_text("chain_mode", value_of(keys, kBillingDeductibleChainMode),
                     written(keys, kBillingDeductibleChainMode));
    benefit.set_flag("county_ratio_on_up",
                     value_of(keys, kBillingBenefitUpReferralKeepsCountyRatio),
                     written(keys, kBillingBenefitUpReferralKeepsCountyRatio));
    const Node& layers = written(keys, kBillingProtectionLayers);
    Node* serious = benefit.inside("serious");
    if (serious != nullptr && !has_layer(keys, "serious_illness")) {
        serious->set("bands", Node::empty_of(Node::Kind::kList, layers));
    }
    Node* aid = benefit.inside("aid");
    if (aid == nullptr || has_layer(keys, "medical_aid")) return;
    for (auto& [name, aid_class] : aid->fields) {
        if (aid_class.kind == Node::Kind::kMap) {
            aid_class.set("ratio", Node::scalar("0", true, layers));
        }
    }
}

// The auxiliary rule BASE-SURGERY: level-1 and level-2 surgery at base institutions.
void lay_base_surgery(Node& body, const KeysOnDay& keys) {
    const std::int64_t factor = value_of(keys, kBillingDipBaseSurgeryFactorBp);
    const Node& at = written(keys, kBillingDipBaseSurgeryFactorBp);
    Node* dip = nullptr;
    for (auto& [field, node] : body.fields) {
        if (field == "dip") dip = &node;
    }
    const Node* rules = dip == nullptr ? nullptr : dip->find("auxiliary");
    if (rules == nullptr || rules->kind != Node::Kind::kList) return;
    Node list = *rules;
    std::erase_if(list.items, [](const Node& rule) {
        const Node* id = rule.find("id");
        return id != nullptr && id->text == "BASE-SURGERY";
    });
    if (factor != 10000) {
        const auto condition = [&](std::string field, std::string op, Node value) {
            Node one = Node::empty_of(Node::Kind::kMap, at);
            one.set("field", Node::scalar(std::move(field), true, at));
            one.set("op", Node::scalar(std::move(op), true, at));
            one.set("value", std::move(value));
            return one;
        };
        Node levels = Node::empty_of(Node::Kind::kList, at);
        levels.items = {Node::scalar("1", true, at), Node::scalar("2", true, at)};
        Node all = Node::empty_of(Node::Kind::kList, at);
        all.items = {condition("procedure_level", "in", std::move(levels)),
                     condition("institution_level", "eq", Node::scalar("L1", true, at))};
        Node rule = Node::empty_of(Node::Kind::kMap, at);
        rule.set("id", Node::scalar("BASE-SURGERY", true, at));
        rule.set("type", Node::scalar("severity", true, at));
        rule.set("all", std::move(all));
        rule.set("coef", Node::scalar(decimal_of_bp(factor), true, at));
        list.items.push_back(std::move(rule));
    }
    dip->set("auxiliary", std::move(list));
}

void lay_run(Node& body, const KeysOnDay& keys, Problems& warnings) {
    Block run(body, "run", warnings);
    run.set_text("base_tilt", decimal_of_bp(value_of(keys, kBillingBudgetBaseTiltBp)),
                 written(keys, kBillingBudgetBaseTiltBp));
    run.set_text("base_topup", decimal_of_bp(value_of(keys, kBillingInpatientBaseTopupBp)),
                 written(keys, kBillingInpatientBaseTopupBp));
    const Node& days = written(keys, kBillingDisbursementWorkingDaysMax);
    run.set("payment_working_days",
            Node::scalar(std::to_string(value_of(keys, kBillingDisbursementWorkingDaysMax)), false,
                         days));
    const Node& basis = written(keys, kBillingBudgetWeightBasis);
    Node list = Node::empty_of(Node::Kind::kList, basis);
    for (const std::string& word : value_of(keys, kBillingBudgetWeightBasis)) {
        list.items.push_back(Node::scalar(word, true, basis));
    }
    run.set("weight_basis", list);
}

void lay_supervision(Node& body, const KeysOnDay& keys, Problems& warnings) {
    Block supervision(body, "supervision", warnings);
    const auto limit = [&](std::string_view field,
                           const PolicyKey<std::optional<std::int64_t>>& key) {
        const Node& at = written(keys, key);
        const Value& held = keys.values[position(key.name())];
        const auto* bp = std::get_if<std::int64_t>(&held);
        supervision.set(field, bp == nullptr ? Node::empty_of(Node::Kind::kNull, at)
                                             : Node::scalar(decimal_of_bp(*bp), true, at));
    };
    limit("out_of_catalogue_max", kBillingOutOfCatalogueMaxBp);
    limit("special_service_max", kBillingSpecialServiceMaxBp);
    supervision.set_flag("internal_enabled", value_of(keys, kBillingSupervisionInternalEnabled),
                         written(keys, kBillingSupervisionInternalEnabled));
    supervision.set_flag("grid_enabled", value_of(keys, kBillingSupervisionGridEnabled),
                         written(keys, kBillingSupervisionGridEnabled));
}

}  // namespace

Node lay_keys_over(const Node& body, const KeysOnDay& keys, Problems& warnings) {
    Node laid = body;
    lay_sharing(laid, keys, warnings);
    lay_benefit(laid, keys, warnings);
    lay_base_surgery(laid, keys);
    lay_run(laid, keys, warnings);
    lay_supervision(laid, keys, warnings);
    return laid;
}

BlockBounds bounds_of(const KeysOnDay& keys) {
    BlockBounds bounds;
    const Value& staff = keys.values[position(kBillingSurplusStaffShareMinBp.name())];
    if (const auto* bp = std::get_if<std::int64_t>(&staff)) {
        bounds.staff_rate_min = std::max(bounds.staff_rate_min, amount::rate_of_bp(*bp));
    }
    bounds.level_gap_min = amount::rate_of_bp(value_of(keys, kBillingBenefitLevelGapBp));
    bounds.aid_classes_needed = value_of(keys, kBillingAssistanceGroups);
    return bounds;
}

}  // namespace yilian::policy
