#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "libs/policy/key.h"
#include "libs/policy/pack.h"
#include "libs/policy/yaml/node.h"

// One line of the `keys` section of a document.
namespace yilian::policy {

struct DatedValue {
    std::optional<Date> from;  // empty = as long as the document is in force
    Value value;
    Node at;  // what was written, for later problems
};

struct KeyEntry {
    std::vector<DatedValue> values;  // by `from`; one without date, or only dated ones
    bool adds = false;               // list elements beside those of the base
    Origin origin;

    // The value on a day; null before the first dated one.
    [[nodiscard]] const DatedValue* on(Date day) const;
};

// Reads {value | dated | add, unit, mark, source, note, upto, due} for a key. Empty with `problems`
// filled when something is wrong. `document` goes into the origin.
[[nodiscard]] std::optional<KeyEntry> read_key_entry(const KeySpec& spec, const Node& node,
                                                     const std::string& document,
                                                     Problems& problems);

// Reads the written value alone. `extras` may hold upto and due of a goal.
[[nodiscard]] std::optional<Value> read_value(const KeySpec& spec, const Node& written,
                                              const Node& extras, Problems& problems);

}  // namespace yilian::policy
