#pragma once

#include "libs/storage/store.h"

namespace yilian::storage::testing {

// One small schema for the driver tests.
inline constexpr EmbeddedFile kFiles[] = {
    {"0001_tables.sql",
     "CREATE TABLE items (id TEXT PRIMARY KEY, n BIGINT NOT NULL CHECK (n >= 0), b BYTEA);\n"
     "CREATE TABLE parents (id TEXT PRIMARY KEY);\n"
     "CREATE TABLE children (id TEXT PRIMARY KEY, parent TEXT NOT NULL REFERENCES parents (id));\n"
     "CREATE TABLE late_children (id TEXT PRIMARY KEY, parent TEXT NOT NULL REFERENCES parents "
     "(id) "
     "DEFERRABLE INITIALLY DEFERRED);\n"}};
inline const MigrationSet kSets[] = {{"test", kFiles}};

inline constexpr Query kInsertItem{"insert item", "INSERT INTO items (id, n) VALUES ($1, $2)"};
inline constexpr Query kInsertBytes{"insert bytes",
                                    "INSERT INTO items (id, n, b) VALUES ($1, $2, $3)"};
inline constexpr Query kAddToItem{"add", "UPDATE items SET n = n + $2 WHERE id = $1"};
inline constexpr Query kItem{"item", "SELECT id, n, b FROM items WHERE id = $1"};
inline constexpr Query kItems{"items", "SELECT id, n FROM items ORDER BY id"};
inline constexpr Query kCountItems{"count", "SELECT count(*), sum(n) FROM items"};
inline constexpr Query kInsertParent{"parent", "INSERT INTO parents (id) VALUES ($1)"};
inline constexpr Query kInsertChild{"child", "INSERT INTO children (id, parent) VALUES ($1, $2)"};
inline constexpr Query kInsertLateChild{"late child",
                                        "INSERT INTO late_children (id, parent) VALUES ($1, $2)"};

}  // namespace yilian::storage::testing
