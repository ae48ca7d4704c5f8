#include "libs/base/gate.h"

namespace yilian {

Gate::Pass& Gate::Pass::operator=(Pass&& other) noexcept {
    if (this != &other) {
        release();
        gate_ = other.gate_;
        other.gate_ = nullptr;
    }
    return *this;
}

void Gate::Pass::release() {
    if (gate_ != nullptr) {
        gate_->leave();
        gate_ = nullptr;
    }
}

Gate::Pass Gate::enter() {
    const std::lock_guard lock(mutex_);
    if (closed_) return Pass();
    ++inside_;
    return Pass(this);
}

void Gate::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
}

bool Gate::drain(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    return empty_.wait_for(lock, wait, [this] { return inside_ == 0; });
}

bool Gate::closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
}

void Gate::leave() {
    // Notify under the lock: the drainer may destroy the gate as soon as it sees zero.
    const std::lock_guard lock(mutex_);
    if (--inside_ == 0) empty_.notify_all();
}

}  // namespace yilian
