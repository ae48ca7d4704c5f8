#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/outcome.h"
#include "libs/policy/pack.h"

namespace yilian::policy {

// One published document as it was read: the text is what GetPolicyPack hands out.
struct Document {
    std::string file;
    std::string region;
    std::int32_t version = 0;
    std::int32_t supersedes = 0;  // versions up to this one give way on its days; 0 = none
    DateRange in_force;
    std::string digest;  // of this document alone
    std::string text;
};

// All packs of all districts of one load. Immutable, thread-safe.
class PackSet {
  public:
    struct Entry {
        std::size_t overlay;  // position in documents; equals `base` for the national base itself
        std::size_t base;
        std::shared_ptr<const Pack> pack;
    };
    PackSet(std::vector<Document> documents, std::vector<Entry> entries);

    // The pack of `district` on a day of service; "cn" gives the national base by itself. Refused
    // with POLICY_NOT_IN_FORCE (metadata district, date) when none is in force.
    [[nodiscard]] Outcome<std::shared_ptr<const Pack>> at(std::string_view district,
                                                          Date day) const;

    // The pack a decision of `day` recorded, even where a later version has taken its place. Null
    // when this load does not hold it.
    [[nodiscard]] std::shared_ptr<const Pack> recorded(std::string_view district,
                                                       std::int32_t version,
                                                       std::string_view digest, Date day) const;

    [[nodiscard]] const std::vector<Document>& documents() const { return documents_; }
    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

  private:
    // Position of the document of `region` in force on `day`: the highest version that covers it.
    [[nodiscard]] std::optional<std::size_t> in_force(std::string_view region, Date day) const;

    std::vector<Document> documents_;
    std::vector<Entry> entries_;
};

// The packs in use. Thread-safe: readers go on with the set they hold while a new one is published.
class PolicyStore {
  public:
    PolicyStore();  // no pack at all: every question is refused
    explicit PolicyStore(std::shared_ptr<const PackSet> packs);

    [[nodiscard]] Outcome<std::shared_ptr<const Pack>> at(std::string_view district,
                                                          Date day) const;
    [[nodiscard]] std::shared_ptr<const PackSet> current() const;
    // Swaps the whole set; `packs` is not null.
    void publish(std::shared_ptr<const PackSet> packs);

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const PackSet> packs_;
};

}  // namespace yilian::policy
