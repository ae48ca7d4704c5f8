#include "libs/policy/store.h"

#include <utility>

namespace yilian::policy {
namespace {

constexpr std::string_view kBaseRegion = "cn";

}  // namespace

PackSet::PackSet(std::vector<Document> documents, std::vector<Entry> entries)
    : documents_(std::move(documents)), entries_(std::move(entries)) {}

std::optional<std::size_t> PackSet::in_force(std::string_view region, Date day) const {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < documents_.size(); ++i) {
        const Document& candidate = documents_[i];
        if (candidate.region != region || !candidate.in_force.contains(day)) continue;
        if (!best || candidate.version > documents_[*best].version) best = i;
    }
    return best;
}

Outcome<std::shared_ptr<const Pack>> PackSet::at(std::string_view district, Date day) const {
    const auto overlay = in_force(district, day);
    const auto base = in_force(kBaseRegion, day);
    if (overlay && base) {
        for (const Entry& entry : entries_) {
            if (entry.overlay == *overlay && entry.base == *base &&
                entry.pack->in_force().contains(day)) {
                return entry.pack;
            }
        }
    }
    return Refusal{"POLICY_NOT_IN_FORCE",
                   {{"district", std::string(district)}, {"date", day.text()}}};
}

std::shared_ptr<const Pack> PackSet::recorded(std::string_view district, std::int32_t version,
                                              std::string_view digest, Date day) const {
    for (const Entry& entry : entries_) {
        const Pack& pack = *entry.pack;
        if (pack.id() == district && pack.version() == version && pack.digest() == digest &&
            pack.in_force().contains(day)) {
            return entry.pack;
        }
    }
    return nullptr;
}

PolicyStore::PolicyStore()
    : PolicyStore(std::make_shared<const PackSet>(std::vector<Document>{},
                                                  std::vector<PackSet::Entry>{})) {}

PolicyStore::PolicyStore(std::shared_ptr<const PackSet> packs) : packs_(std::move(packs)) {
    YILIAN_INVARIANT(packs_ != nullptr, "policy: store without a set");
}

Outcome<std::shared_ptr<const Pack>> PolicyStore::at(std::string_view district, Date day) const {
    return current()->at(district, day);
}

std::shared_ptr<const PackSet> PolicyStore::current() const {
    const std::lock_guard lock(mutex_);
    return packs_;
}

void PolicyStore::publish(std::shared_ptr<const PackSet> packs) {
    YILIAN_INVARIANT(packs != nullptr, "policy: publishing nothing");
    const std::lock_guard lock(mutex_);
    packs_.swap(packs);
}

}  // namespace yilian::policy
