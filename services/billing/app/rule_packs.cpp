#include "services/billing/app/rule_packs.h"

#include "libs/runtime/command.h"
#include "services/billing/store/event_codec.h"
#include "services/billing/store/queries.h"

namespace yilian::billing::app {
namespace {

using store::RulePackRow;

Refusal not_allowed(const RulePackRow& pack, std::string action) {
    return {"STATE_TRANSITION_NOT_ALLOWED", {{"state", pack.state}, {"action", std::move(action)}}};
}

}  // namespace

Outcome<RulePackRow> store_rule_pack(Unit& unit, const std::string& domain,
                                     const std::string& folder, const LoadedRules& loaded,
                                     std::int64_t case_count, bool validate_only) {
    if (const auto known = store::rule_pack(unit.tx, domain, loaded.version)) {
        if (known->digest == loaded.digest) return *known;
        return Refusal{"RULES_DIGEST", {{"digest", known->digest}}};
    }
    RulePackRow pack;
    pack.domain = domain;
    pack.version = loaded.version;
    pack.digest = loaded.digest;
    pack.folder = folder;
    pack.region = unit.district;
    pack.state = "LOADED";
    pack.rule_count = loaded.rule_count;
    pack.case_count = case_count;
    if (validate_only) return pack;
    store::save(unit.tx, pack);
    unit.touch("rule_pack", domain + '/' + pack.version);
    return pack;
}

Outcome<RulePackRow> activate_rule_pack(Unit& unit, std::string_view domain,
                                        std::string_view version, std::string_view etag,
                                        std::string_view digest, calendar::CivilDate from) {
    auto pack = store::rule_pack(unit.tx, domain, version);
    if (!pack) return Reason("NOT_FOUND");
    if (auto mismatch = runtime::check_etag(etag, pack->changes)) return *std::move(mismatch);
    if (pack->digest != digest) return Refusal{"RULES_DIGEST", {{"digest", pack->digest}}};
    if (pack->state == "ACTIVE") return not_allowed(*pack, "ActivateRulePack");
    const auto same_day =
        unit.tx.select(store::kRulePackSameDay, domain, from.text(), pack->version);
    if (!same_day.empty()) {
        return Refusal{"POLICY_OVERLAP", {{"version", same_day.front().text(0)}}};
    }
    pack->state = "ACTIVE";
    pack->effective_from = from.text();
    pack->changes += 1;
    store::save(unit.tx, *pack);
    unit.append(store::rule_pack_activated(unit.event_context(), *pack));
    unit.touch("rule_pack", pack->domain + '/' + pack->version);
    return *std::move(pack);
}

Outcome<RulePackRow> roll_back_rule_pack(Unit& unit, std::string_view domain,
                                         std::string_view version, std::string_view etag) {
    auto pack = store::rule_pack(unit.tx, domain, version);
    if (!pack) return Reason("NOT_FOUND");
    if (auto mismatch = runtime::check_etag(etag, pack->changes)) return *std::move(mismatch);
    if (pack->state != "ACTIVE") return not_allowed(*pack, "RollBackRulePack");
    pack->state = "ROLLED_BACK";
    pack->changes += 1;
    store::save(unit.tx, *pack);
    unit.append(store::rule_pack_rolled_back(unit.event_context(), *pack));
    unit.touch("rule_pack", pack->domain + '/' + pack->version);
    return *std::move(pack);
}

}  // namespace yilian::billing::app
