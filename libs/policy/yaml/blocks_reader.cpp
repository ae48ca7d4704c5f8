#include "libs/policy/yaml/blocks_reader.h"

#include <fmt/format.h>

#include "libs/policy/yaml/block_parts.h"

namespace yilian::policy {

billing::Blocks read_blocks(const Node& body, const BlockBounds& bounds, Problems& problems,
                            Problems& warnings) {
    using namespace block_parts;  // NOLINT(google-build-using-namespace)
    billing::Blocks blocks;
    Fields fields(body, "body", problems);
    const auto present = [&](std::string_view name) { return fields.optional(name); };
    if (const Node* n = present("dip")) blocks.dip = read_dip(*n, problems);
    if (const Node* n = present("capitation")) blocks.capitation = read_capitation(*n, problems);
    if (const Node* n = present("settle")) blocks.settle = read_settle(*n, problems);
    if (const Node* n = present("sharing")) blocks.sharing = read_sharing(*n, bounds, problems);
    if (const Node* n = present("benefit")) {
        blocks.benefit = read_benefit(*n, bounds, problems, warnings);
    }
    if (const Node* n = present("allocate")) blocks.allocate = read_allocate(*n, problems);
    if (const Node* n = present("drg")) blocks.drg = read_drg(*n, problems);
    if (const Node* n = present("bed_day")) blocks.bed_day = read_bed_day(*n, problems);
    if (const Node* n = present("supervision")) {
        blocks.supervision = read_supervision(*n, problems);
    }
    if (const Node* n = present("calendar")) blocks.calendar = read_calendar(*n, problems);
    if (const Node* n = present("run")) blocks.run = read_run(*n, problems);
    return blocks;
}

namespace block_parts {

void BandList::add(Fields& fields) {
    amount::Band band;
    band.lo = fields.rate("lo");
    band.lo_closed = fields.flag("lo_closed");
    const Node* hi = fields.node().find("hi");
    if (hi != nullptr && hi->kind == Node::Kind::kScalar && hi->text == "inf") {
        if (!hi->quoted) refuse(problems_, *hi, "POLICY_TYPE", fields.where("hi"), "write \"inf\"");
        (void)fields.required("hi");
    } else {
        band.hi = fields.rate("hi");
    }
    band.hi_closed = fields.flag("hi_closed");
    bands_.push_back(band);
    nodes_.push_back(&fields.node());
}

void BandList::start_at(amount::Rate bound, const Node& at) {
    bands_.push_back({amount::Rate(), true, bound, true});
    nodes_.push_back(&at);
}

amount::Bands BandList::finish(const Node& list, const std::string& where) {
    if (problems_.size() != before_) return billing::one_band();
    auto bands = amount::Bands::of(bands_);
    if (bands.ok()) return std::move(bands).value();
    const Refusal& refusal = bands.refusal();
    const Node* at = &list;
    std::string band = "list";
    for (const auto& [name, value] : refusal.metadata) {
        if (name != "band") continue;
        band = fmt::format("band {}", value);
        const std::size_t index = std::stoul(value);
        if (index < nodes_.size()) at = nodes_[index];
    }
    refuse(problems_, *at, refusal.reason, where,
           fmt::format("{} does not tile [0, inf) with its neighbours", band));
    return billing::one_band();
}

billing::DeviationRule read_deviation_rule(Fields& fields) {
    const amount::Rate lowest = -kRateMany;
    billing::DeviationRule rule;
    rule.a = fields.rate("a", lowest);
    rule.b = fields.rate("b", lowest);
    rule.c = fields.rate("c", lowest);
    rule.multiply_k = fields.flag("multiply_k");
    const Node* flag = fields.required("flag");
    if (flag != nullptr &&
        !(flag->kind == Node::Kind::kScalar && flag->quoted && flag->text.empty())) {
        rule.flag = read_word(*flag, fields.where("flag"), {}, fields.problems()).value_or("");
    }
    return rule;
}

}  // namespace block_parts
}  // namespace yilian::policy
