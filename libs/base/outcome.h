#pragma once

#include <utility>
#include <variant>

#include "libs/base/invariant.h"
#include "libs/base/reason.h"

namespace yilian {

// What a decision gives: a value or a refusal. Failures (database away, peer away) are
// absl::StatusOr and never an Outcome.
template <class T>
class [[nodiscard]] Outcome {
  public:
    // NOLINTBEGIN(google-explicit-constructor): `return value;` and `return Refusal{...};`
    Outcome(T value) : held_(std::in_place_index<0>, std::move(value)) {}
    Outcome(Refusal refusal) : held_(std::in_place_index<1>, std::move(refusal)) {}
    Outcome(Reason reason) : held_(std::in_place_index<1>, Refusal{reason}) {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] bool ok() const { return held_.index() == 0; }
    explicit operator bool() const { return ok(); }

    [[nodiscard]] const T& value() const& {
        YILIAN_INVARIANT(ok(), "value of a refused outcome");
        return std::get<0>(held_);
    }
    [[nodiscard]] T&& value() && {
        YILIAN_INVARIANT(ok(), "value of a refused outcome");
        return std::get<0>(std::move(held_));
    }
    [[nodiscard]] const Refusal& refusal() const {
        YILIAN_INVARIANT(!ok(), "refusal of an accepted outcome");
        return std::get<1>(held_);
    }
    const T& operator*() const& { return value(); }
    const T* operator->() const { return &value(); }

  private:
    std::variant<T, Refusal> held_;
};

// The value of an Outcome that carries nothing but "allowed".
struct Allowed {};

}  // namespace yilian
