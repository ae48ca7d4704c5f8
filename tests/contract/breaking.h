#pragma once

#include <google/protobuf/descriptor.pb.h>

#include <string>
#include <vector>

// What may not happen to a published contract (proto/baseline): a client built against the old one
// must keep working on the wire and in source. The same rules as `buf breaking` with FILE, checked
// without any tool beside the compiler.
namespace yilian::contract {

// Every break of `now` against `before`, as "<full name>: <what>", sorted; empty when none. Found:
// - a file, message, enum, service or method that is gone, or a package that changed;
// - a field that is gone without its number and name being reserved, renamed, or changed in type,
//   cardinality, presence or oneof;
// - an enum value that is gone without its number and name being reserved, or renamed;
// - a method whose request, answer or streaming changed;
// - an event whose type, aggregate, key or subject changed.
// Additions are never a break.
[[nodiscard]] std::vector<std::string> breaking_changes(
    const google::protobuf::FileDescriptorSet& before,
    const google::protobuf::FileDescriptorSet& now);

}  // namespace yilian::contract
