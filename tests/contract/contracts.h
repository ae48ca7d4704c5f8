#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <string>
#include <vector>

#include "yilian/common/v1/event.pb.h"

// The contracts of proto/ as the tests of this folder look at them: read from the descriptor set
// that the build makes of the source files, with comments, without the vendored files of other
// owners.
namespace yilian::contract {

// All files of a descriptor set. Lives as long as the descriptors it hands out.
class Contracts {
  public:
    // Reads a file written by protoc with --include_imports and --include_source_info. Throws
    // std::runtime_error when it is missing or its files do not fit together.
    explicit Contracts(const std::string& descriptor_set_file);

    // Files of packages yilian.*, sorted by name.
    [[nodiscard]] const std::vector<const google::protobuf::FileDescriptor*>& files() const {
        return files_;
    }
    // The same files as data, without comments: what a baseline holds.
    [[nodiscard]] google::protobuf::FileDescriptorSet descriptor_set() const;

  private:
    google::protobuf::DescriptorPool pool_;
    std::vector<const google::protobuf::FileDescriptor*> files_;
};

// The contracts of this checkout, parsed once a process.
[[nodiscard]] const Contracts& contracts();

// A message that is an event type.
struct EventMessage {
    const google::protobuf::Descriptor* message;
    common::v1::EventOptions options;
    std::string summary;  // the comment before the message, on one line
};

// All event messages, sorted by full name.
[[nodiscard]] std::vector<EventMessage> event_messages(const Contracts& contracts);

// "referrals" of "yilian.referrals.v1".
[[nodiscard]] std::string service_of(const std::string& package);

// proto/ of this checkout.
[[nodiscard]] std::string proto_root();

}  // namespace yilian::contract
