#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/message.h"
#include "yilian/common/v1/options.pb.h"

// Marker texts for everything that must not travel (security.md 5): each stands in a personal field
// of a request and nowhere else, so that whoever finds it has found a leak.
namespace yilian::functional {

// A field whose content may not leave: what its `data_level` says is personal, clinical text or a
// secret.
[[nodiscard]] common::v1::DataLevel level_of(const google::protobuf::FieldDescriptor& field);
// Such a field in the message or in one below it.
[[nodiscard]] bool has_guarded_field(const google::protobuf::Descriptor& type);
// Full names of all of them, from this message down.
void guarded_fields(const google::protobuf::Descriptor& type, std::set<std::string>& found);

class Markers {
  public:
    // Puts a marker into each guarded field of the messages that are there; a secret that is set
    // opens something, so it stays and is itself remembered as a marker.
    void stamp(google::protobuf::Message& message);
    // Puts something into every field, markers into the guarded ones, and makes the messages below.
    void fill(google::protobuf::Message& message);
    // Secrets of an answer are markers from then on.
    void remember(const google::protobuf::Message& message);
    // A text that is a marker by itself, such as a valid identity number.
    void add(std::string text) { literals_.insert(std::move(text)); }

    // The markers of these levels that stand in `bytes`, with the place for the message.
    [[nodiscard]] std::vector<std::string> find(std::string_view place, std::string_view bytes,
                                                bool clinical_text_may_stand = false) const;
    [[nodiscard]] int made() const { return made_; }

  private:
    std::string make(common::v1::DataLevel level);

    std::set<std::string> literals_;
    int made_ = 0;
};

// The same for every file below a folder, by name and content.
[[nodiscard]] std::vector<std::string> find_in_folder(const Markers& markers,
                                                      const std::string& folder);

}  // namespace yilian::functional
