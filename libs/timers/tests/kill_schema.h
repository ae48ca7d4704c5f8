#pragma once

#include "libs/storage/store.h"
#include "libs/timers/timers.h"

namespace yilian::timers::testing {

// What the kill test and its child share. `fired` has no constraint: firing twice would show.
inline constexpr EmbeddedFile kFiles[] = {{"0001_fired.sql",
                                           "CREATE TABLE fired (aggregate_id TEXT NOT NULL, due_at "
                                           "BIGINT NOT NULL, at BIGINT NOT NULL);"}};
inline const storage::MigrationSet kSets[] = {migrations(), {"test", kFiles}};
inline constexpr storage::Query kRecord{
    "record", "INSERT INTO fired (aggregate_id, due_at, at) VALUES ($1, $2, $3)"};

constexpr std::int64_t kEndMs = 1'000'000;

}  // namespace yilian::timers::testing
