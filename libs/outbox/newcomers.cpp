#include "libs/outbox/newcomers.h"

#include <utility>

#include "libs/outbox/queries.h"

namespace yilian::outbox {

std::optional<Newcomers> newcomers(storage::Store& store, const Applier& applier) {
    std::set<std::string> known;
    const absl::Status status = store.read([&](storage::Transaction& tx) {
        known.clear();
        for (const storage::Row& row : tx.select(kKnownSubscriptions, applier.consumer())) {
            known.insert(row.text(0));
        }
    });
    if (!status.ok()) return std::nullopt;
    std::set<std::pair<std::string, std::string>> followed;  // topic, aggregate
    for (const std::string& type : known) {
        followed.emplace(events::topic_of(type), applier.aggregate_of(type));
    }
    Newcomers found;
    for (const std::string& type : applier.handled_types()) {
        if (known.contains(type)) continue;
        const std::string topic = events::topic_of(type);
        found.types.insert(type);
        found.topics.insert(topic);
        if (followed.contains({topic, applier.aggregate_of(type)})) found.late.insert(type);
    }
    return found;
}

bool learn(storage::Store& store, const Applier& applier, const Newcomers& known) {
    return store
        .run({applier.consumer() + "/subscriptions"},
             [&](storage::Transaction& tx) {
                 for (const std::string& type : known.types) {
                     tx.post(kLearnSubscription, applier.consumer(), type);
                 }
             })
        .ok();
}

}  // namespace yilian::outbox
