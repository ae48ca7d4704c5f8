#include "tests/functional/markers.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "fmt/format.h"
#include "libs/runtime/testing/test_site.h"

namespace yilian::functional {
namespace {

using common::v1::DataLevel;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::string_view kPersonal = "QZPERSONAL";
constexpr std::string_view kClinical = "QZCLINICAL";
constexpr std::string_view kSecret = "QZSECRETSEED";
constexpr int kDepthMax = 6;

bool guarded(const FieldDescriptor& field) {
    return level_of(field) >= DataLevel::DATA_LEVEL_PERSONAL &&
           (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING);
}

void set_text(Message& message, const FieldDescriptor& field, const std::string& text) {
    const auto* reflection = message.GetReflection();
    if (field.is_repeated()) {
        reflection->ClearField(&message, &field);
        reflection->AddString(&message, &field, text);
    } else {
        reflection->SetString(&message, &field, text);
    }
}

std::string text_in(const Message& message, const FieldDescriptor& field) {
    return field.is_repeated() ? "" : message.GetReflection()->GetString(message, &field);
}

// The messages below that are there.
template <class Visit>
void each_child(Message& message, Visit visit) {
    const auto* reflection = message.GetReflection();
    std::vector<const FieldDescriptor*> set;
    reflection->ListFields(message, &set);
    for (const FieldDescriptor* field : set) {
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
        if (!field->is_repeated()) {
            visit(*reflection->MutableMessage(&message, field));
            continue;
        }
        for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
            visit(*reflection->MutableRepeatedMessage(&message, field, i));
        }
    }
}

// Anything that the type allows.
void set_sample(Message& message, const FieldDescriptor& field) {
    const auto* r = message.GetReflection();
    if (field.is_repeated()) return;
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
            return r->SetInt32(&message, &field, 1);
        case FieldDescriptor::CPPTYPE_INT64:
            return r->SetInt64(&message, &field, 1);
        case FieldDescriptor::CPPTYPE_BOOL:
            return r->SetBool(&message, &field, true);
        case FieldDescriptor::CPPTYPE_ENUM:
            return r->SetEnumValue(&message, &field, 1);
        case FieldDescriptor::CPPTYPE_STRING:
            return r->SetString(&message, &field,
                                field.name() == "request_id" ? runtime::new_request_id() : "x1");
        default:
            return;
    }
}

void fill_to_depth(Markers& markers, Message& message, int depth) {
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& field = *type.field(i);
        if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
            set_sample(message, field);
        } else if (depth < kDepthMax) {
            const auto* reflection = message.GetReflection();
            Message* child = field.is_repeated() ? reflection->AddMessage(&message, &field)
                                                 : reflection->MutableMessage(&message, &field);
            fill_to_depth(markers, *child, depth + 1);
        }
    }
}

void guarded_below(const Descriptor& type, std::set<std::string>& found,
                   std::set<const Descriptor*>& seen) {
    if (!seen.insert(&type).second) return;
    for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& field = *type.field(i);
        if (guarded(field)) found.insert(field.full_name());
        if (field.message_type() != nullptr) guarded_below(*field.message_type(), found, seen);
    }
}

// A sample is no secret that opens something.
void clear_guarded(Message& message) {
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
        if (guarded(*type.field(i))) message.GetReflection()->ClearField(&message, type.field(i));
    }
    each_child(message, [](Message& child) { clear_guarded(child); });
}

}  // namespace

DataLevel level_of(const FieldDescriptor& field) {
    return field.options().GetExtension(common::v1::data_level);
}

void guarded_fields(const Descriptor& type, std::set<std::string>& found) {
    std::set<const Descriptor*> seen;
    guarded_below(type, found, seen);
}

bool has_guarded_field(const Descriptor& type) {
    std::set<std::string> found;
    guarded_fields(type, found);
    return !found.empty();
}

std::string Markers::make(DataLevel level) {
    const std::string_view prefix = level == DataLevel::DATA_LEVEL_PERSONAL        ? kPersonal
                                    : level == DataLevel::DATA_LEVEL_CLINICAL_TEXT ? kClinical
                                                                                   : kSecret;
    return fmt::format("{}{:04}", prefix, ++made_);
}

void Markers::stamp(Message& message) {
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& field = *type.field(i);
        if (!guarded(field)) continue;
        const std::string present = text_in(message, field);
        const bool opens = level_of(field) == DataLevel::DATA_LEVEL_SECRET && !present.empty();
        if (opens) {
            add(present);
        } else {
            set_text(message, field, make(level_of(field)));
        }
    }
    each_child(message, [this](Message& child) { stamp(child); });
}

void Markers::fill(Message& message) {
    fill_to_depth(*this, message, 0);
    clear_guarded(message);
    stamp(message);
}

void Markers::remember(const Message& message) {
    std::unique_ptr<Message> copy(message.New());
    copy->CopyFrom(message);
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& field = *type.field(i);
        if (!guarded(field) || level_of(field) != DataLevel::DATA_LEVEL_SECRET) continue;
        if (const std::string text = text_in(message, field); !text.empty()) add(text);
    }
    each_child(*copy, [this](Message& child) { remember(child); });
}

std::vector<std::string> Markers::find(std::string_view place, std::string_view bytes,
                                       bool clinical_text_may_stand) const {
    std::vector<std::string> found;
    const auto look = [&](std::string_view marker) {
        const auto at = bytes.find(marker);
        if (at == std::string_view::npos) return;
        const std::size_t from = at < 60 ? 0 : at - 60;
        found.push_back(fmt::format("{}: …{}", place, bytes.substr(from, at - from + 80)));
    };
    look(kPersonal);
    look(kSecret);
    if (!clinical_text_may_stand) look(kClinical);
    for (const std::string& literal : literals_) look(literal);
    return found;
}

std::vector<std::string> find_in_folder(const Markers& markers, const std::string& folder) {
    std::vector<std::string> found;
    const auto add = [&](std::vector<std::string> more) {
        found.insert(found.end(), more.begin(), more.end());
    };
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        add(markers.find("name of " + entry.path().string(), entry.path().string()));
        if (!entry.is_regular_file()) continue;
        std::ifstream stream(entry.path(), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
        add(markers.find(entry.path().string(), bytes));
    }
    return found;
}

}  // namespace yilian::functional
