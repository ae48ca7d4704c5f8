#pragma once

#include "libs/storage/store.h"

namespace yilian::outbox {

// The tables of this library, set "outbox".
[[nodiscard]] storage::MigrationSet migrations();

}  // namespace yilian::outbox
