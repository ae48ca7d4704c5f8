#include "tests/contract/breaking.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>

#include "yilian/common/v1/event.pb.h"

namespace yilian::contract {

namespace {

namespace pb = google::protobuf;

class Comparison {
  public:
    void file(const pb::FileDescriptorProto& before, const pb::FileDescriptorProto* now) {
        if (now == nullptr) return found(before.name(), "file is gone");
        if (before.package() != now->package()) found(before.name(), "package changed");
        const std::string scope = before.package();
        messages(scope, before.message_type(), now->message_type());
        enums(scope, before.enum_type(), now->enum_type());
        fields(scope, before.extension(), now->extension(), {}, nullptr, nullptr);
        services(scope, before.service(), now->service());
    }

    [[nodiscard]] std::vector<std::string> take() {
        std::sort(found_.begin(), found_.end());
        return std::move(found_);
    }

  private:
    template <class T>
    static const T* named(const pb::RepeatedPtrField<T>& list, const std::string& name) {
        for (const T& item : list) {
            if (item.name() == name) return &item;
        }
        return nullptr;
    }

    void messages(const std::string& scope, const pb::RepeatedPtrField<pb::DescriptorProto>& before,
                  const pb::RepeatedPtrField<pb::DescriptorProto>& now) {
        for (const pb::DescriptorProto& old : before) {
            const std::string name = absl::StrCat(scope, ".", old.name());
            const pb::DescriptorProto* current = named(now, old.name());
            if (current == nullptr) {
                found(name, "message is gone");
                continue;
            }
            fields(name, old.field(), current->field(), reserved(*current), &old, current);
            messages(name, old.nested_type(), current->nested_type());
            enums(name, old.enum_type(), current->enum_type());
            event(name, old, *current);
        }
    }

    // What a later field may not take again.
    struct Reserved {
        std::vector<std::pair<int, int>> ranges;  // [first, last]
        std::vector<std::string> names;
        [[nodiscard]] bool covers(int number, const std::string& name) const {
            const bool in_range =
                std::any_of(ranges.begin(), ranges.end(), [number](const auto& range) {
                    return number >= range.first && number <= range.second;
                });
            return in_range && std::find(names.begin(), names.end(), name) != names.end();
        }
    };

    static Reserved reserved(const pb::DescriptorProto& message) {
        Reserved out;
        for (const auto& range : message.reserved_range()) {
            out.ranges.emplace_back(range.start(), range.end() - 1);  // end is exclusive here
        }
        out.names.assign(message.reserved_name().begin(), message.reserved_name().end());
        return out;
    }

    static Reserved reserved(const pb::EnumDescriptorProto& type) {
        Reserved out;
        for (const auto& range : type.reserved_range()) {
            out.ranges.emplace_back(range.start(), range.end());  // and inclusive here
        }
        out.names.assign(type.reserved_name().begin(), type.reserved_name().end());
        return out;
    }

    static std::string oneof_of(const pb::FieldDescriptorProto& field,
                                const pb::DescriptorProto* message) {
        if (message == nullptr || !field.has_oneof_index() || field.proto3_optional()) return "";
        return message->oneof_decl(field.oneof_index()).name();
    }

    void fields(const std::string& scope,
                const pb::RepeatedPtrField<pb::FieldDescriptorProto>& before,
                const pb::RepeatedPtrField<pb::FieldDescriptorProto>& now, const Reserved& reserved,
                const pb::DescriptorProto* old_message, const pb::DescriptorProto* new_message) {
        std::map<int, const pb::FieldDescriptorProto*> by_number;
        for (const pb::FieldDescriptorProto& field : now) by_number[field.number()] = &field;
        for (const pb::FieldDescriptorProto& old : before) {
            const std::string name = absl::StrCat(scope, ".", old.name());
            const auto at = by_number.find(old.number());
            if (at == by_number.end()) {
                if (named(now, old.name()) != nullptr) {
                    found(name, "field number changed");
                } else if (!reserved.covers(old.number(), old.name())) {
                    found(name, "field is gone, number and name not reserved");
                }
                continue;
            }
            const pb::FieldDescriptorProto& field = *at->second;
            if (field.name() != old.name()) {
                found(name, absl::StrCat("field renamed to ", field.name()));
            }
            if (field.type() != old.type() || field.type_name() != old.type_name()) {
                found(name, "type changed");
            }
            if (field.label() != old.label()) found(name, "cardinality changed");
            if (field.proto3_optional() != old.proto3_optional()) found(name, "presence changed");
            if (oneof_of(field, new_message) != oneof_of(old, old_message)) {
                found(name, "oneof changed");
            }
        }
    }

    void enums(const std::string& scope,
               const pb::RepeatedPtrField<pb::EnumDescriptorProto>& before,
               const pb::RepeatedPtrField<pb::EnumDescriptorProto>& now) {
        for (const pb::EnumDescriptorProto& old : before) {
            const std::string name = absl::StrCat(scope, ".", old.name());
            const pb::EnumDescriptorProto* current = named(now, old.name());
            if (current == nullptr) {
                found(name, "enum is gone");
                continue;
            }
            for (const pb::EnumValueDescriptorProto& value : old.value()) {
                const std::string full = absl::StrCat(name, ".", value.name());
                const auto at = std::find_if(current->value().begin(), current->value().end(),
                                             [&value](const auto& candidate) {
                                                 return candidate.number() == value.number();
                                             });
                if (at == current->value().end()) {
                    if (!reserved(*current).covers(value.number(), value.name())) {
                        found(full, "enum value is gone, number and name not reserved");
                    }
                } else if (at->name() != value.name()) {
                    found(full, absl::StrCat("enum value renamed to ", at->name()));
                }
            }
        }
    }

    void services(const std::string& scope,
                  const pb::RepeatedPtrField<pb::ServiceDescriptorProto>& before,
                  const pb::RepeatedPtrField<pb::ServiceDescriptorProto>& now) {
        for (const pb::ServiceDescriptorProto& old : before) {
            const std::string name = absl::StrCat(scope, ".", old.name());
            const pb::ServiceDescriptorProto* current = named(now, old.name());
            if (current == nullptr) {
                found(name, "service is gone");
                continue;
            }
            for (const pb::MethodDescriptorProto& method : old.method()) {
                const std::string full = absl::StrCat(name, ".", method.name());
                const pb::MethodDescriptorProto* same = named(current->method(), method.name());
                if (same == nullptr) {
                    found(full, "method is gone");
                    continue;
                }
                if (same->input_type() != method.input_type()) found(full, "request changed");
                if (same->output_type() != method.output_type()) found(full, "answer changed");
                if (same->client_streaming() != method.client_streaming() ||
                    same->server_streaming() != method.server_streaming()) {
                    found(full, "streaming changed");
                }
            }
        }
    }

    void event(const std::string& name, const pb::DescriptorProto& old,
               const pb::DescriptorProto& now) {
        if (!old.options().HasExtension(common::v1::event)) return;
        const auto& before = old.options().GetExtension(common::v1::event);
        const auto& current = now.options().GetExtension(common::v1::event);
        if (before.type() != current.type()) found(name, "event type changed");
        if (before.aggregate() != current.aggregate()) found(name, "event aggregate changed");
        if (before.key_field() != current.key_field()) found(name, "event key changed");
        if (before.subject_field() != current.subject_field()) found(name, "event subject changed");
    }

    void found(const std::string& name, const std::string& what) {
        found_.push_back(absl::StrCat(name, ": ", what));
    }

    std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> breaking_changes(const pb::FileDescriptorSet& before,
                                          const pb::FileDescriptorSet& now) {
    Comparison comparison;
    for (const pb::FileDescriptorProto& old : before.file()) {
        const pb::FileDescriptorProto* current = nullptr;
        for (const pb::FileDescriptorProto& candidate : now.file()) {
            if (candidate.name() == old.name()) current = &candidate;
        }
        comparison.file(old, current);
    }
    return comparison.take();
}

}  // namespace yilian::contract
