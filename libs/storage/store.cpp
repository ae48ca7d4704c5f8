#include "libs/storage/store.h"

#include <future>

#include "libs/base/invariant.h"

namespace yilian::storage {
namespace {

// Shared by caller and worker: `done` may still be inside set_value when the caller wakes.
using Answer = std::promise<absl::Status>;

// Of its own, not sharing the store thread's: TSan does not see the reference count inside absl.
absl::Status own(const absl::Status& status) { return {status.code(), status.message()}; }

absl::Status wait(const std::shared_ptr<Answer>& answer, const absl::Status& queued) {
    if (!queued.ok()) return queued;
    return answer->get_future().get();
}

}  // namespace

absl::Status Store::run(std::vector<std::string> lock_keys,
                        std::function<void(Transaction&)> work) {
    YILIAN_INVARIANT(!on_store_thread(), "Store::run on a store thread waits for itself");
    auto answer = std::make_shared<Answer>();
    Unit unit{std::move(lock_keys), std::move(work),
              [answer](const absl::Status& status) { answer->set_value(own(status)); },
              std::nullopt};
    return wait(answer, submit(std::move(unit)));
}

absl::Status Store::read(std::function<void(Transaction&)> work) {
    YILIAN_INVARIANT(!on_store_thread(), "Store::read on a store thread waits for itself");
    auto answer = std::make_shared<Answer>();
    return wait(answer,
                submit_read(
                    std::move(work),
                    [answer](const absl::Status& status) { answer->set_value(own(status)); },
                    std::nullopt));
}

}  // namespace yilian::storage
