#include "libs/policy/pack_builder.h"

namespace yilian::policy {

PackBuilder::PackBuilder(std::string region) {
    content_.region = std::move(region);
    content_.version = 1;
    content_.base_version = 1;
    content_.digest = std::string(64, '0');
    content_.in_force.from = Date::literal(2000, 1, 1);
    for (const KeySpec& spec : all_keys()) content_.values.push_back(neutral_value(spec));
    content_.origins.resize(content_.values.size());
}

PackBuilder::PackBuilder(const Pack& from) : PackBuilder(from.id()) {
    content_.version = from.version();
    content_.base_version = from.base_version();
    content_.in_force = from.in_force();
    content_.blocks = from.blocks();
    content_.values.clear();
    content_.origins.clear();
    for (const KeySpec& spec : all_keys()) {
        content_.values.push_back(from.value(spec.name));
        content_.origins.push_back(from.origin(spec.name));
    }
}

PackBuilder& PackBuilder::version(std::int32_t version) {
    content_.version = version;
    return *this;
}

PackBuilder& PackBuilder::blocks(billing::Blocks blocks) {
    content_.blocks = std::move(blocks);
    return *this;
}

std::shared_ptr<const Pack> PackBuilder::build() const {
    return std::make_shared<const Pack>(content_);
}

void PackBuilder::put(std::string_view key, Value value) {
    const auto index = key_index(key);
    YILIAN_INVARIANT(index.has_value(), "policy: builder sets a key that is not in the index");
    content_.values[*index] = std::move(value);
}

}  // namespace yilian::policy
