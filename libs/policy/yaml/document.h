#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/policy/store.h"
#include "libs/policy/yaml/key_entry.h"

// One pack file, read strictly but not yet laid over the base.
namespace yilian::policy {

inline constexpr std::string_view kPackSchema = "yilian.policy.pack/1";
inline constexpr std::string_view kParamsSchema = "yilian.billing.params/1";
inline constexpr std::string_view kBaseRegion = "cn";

// An expectation written in the pack itself: on `day` the key has this value, or the field of a
// block this text.
struct Example {
    std::optional<std::size_t> key;  // position in all_keys()
    std::string block_field;         // "benefit.chain_mode", when not a key
    Date day;
    Node expected;
    Node node;
};

struct PackDocument {
    Document head;
    Node root;
    std::string canonical;
    std::map<std::size_t, KeyEntry> keys;  // by position in all_keys()
    std::vector<std::string> not_stated;
    Node body;  // map; empty when the document has none
    std::vector<Example> examples;
};

// Empty when the header cannot be read; otherwise the document as far as it is good, with
// everything that is wrong in `problems`. A national base must have every key.
[[nodiscard]] std::optional<PackDocument> read_document(const std::string& text,
                                                        const std::string& file,
                                                        Problems& problems);

}  // namespace yilian::policy
