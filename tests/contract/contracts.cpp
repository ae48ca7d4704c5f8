#include "tests/contract/contracts.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace yilian::contract {

namespace pb = google::protobuf;

Contracts::Contracts(const std::string& descriptor_set_file) {
    std::ifstream in(descriptor_set_file, std::ios::binary);
    pb::FileDescriptorSet set;
    if (!in.good() || !set.ParseFromIstream(&in)) {
        throw std::runtime_error(absl::StrCat("cannot read ", descriptor_set_file, "\n"));
    }
    for (const pb::FileDescriptorProto& file : set.file()) {
        const pb::FileDescriptor* built = pool_.BuildFile(file);
        if (built == nullptr) {
            throw std::runtime_error(absl::StrCat(file.name(), " does not build\n"));
        }
        if (absl::StartsWith(built->package(), "yilian.")) files_.push_back(built);
    }
    std::sort(files_.begin(), files_.end(),
              [](const auto* a, const auto* b) { return a->name() < b->name(); });
}

pb::FileDescriptorSet Contracts::descriptor_set() const {
    pb::FileDescriptorSet set;
    for (const pb::FileDescriptor* file : files_) file->CopyTo(set.add_file());
    return set;
}

std::string proto_root() {
    const char* source = std::getenv("YILIAN_SOURCE_DIR");
    return absl::StrCat(source != nullptr ? source : ".", "/proto");
}

const Contracts& contracts() {
    const char* binary = std::getenv("YILIAN_BINARY_DIR");
    static const Contracts instance(
        absl::StrCat(binary != nullptr ? binary : ".", "/proto/yilian.binpb"));
    return instance;
}

std::vector<EventMessage> event_messages(const Contracts& contracts) {
    std::vector<EventMessage> events;
    for (const pb::FileDescriptor* file : contracts.files()) {
        for (int i = 0; i < file->message_type_count(); ++i) {
            const pb::Descriptor* message = file->message_type(i);
            if (!message->options().HasExtension(common::v1::event)) continue;
            pb::SourceLocation location;
            message->GetSourceLocation(&location);
            std::vector<std::string> words = absl::StrSplit(
                location.leading_comments, absl::ByAnyChar(" \n"), absl::SkipWhitespace());
            events.push_back({message, message->options().GetExtension(common::v1::event),
                              absl::StrJoin(words, " ")});
        }
    }
    std::sort(events.begin(), events.end(), [](const EventMessage& a, const EventMessage& b) {
        return a.message->full_name() < b.message->full_name();
    });
    return events;
}

std::string service_of(const std::string& package) {
    const std::vector<std::string> parts = absl::StrSplit(package, '.');
    return parts.size() == 3 ? parts[1] : std::string();
}

}  // namespace yilian::contract
