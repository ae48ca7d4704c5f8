#include "libs/rpc/message_walk.h"

#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "libs/base/invariant.h"

namespace yilian::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::size_t kViolationsMax = 100;

// Decodes one code point; -1 when the bytes are not the shortest form of an allowed one.
std::int32_t next_code_point(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(at);
    if (lead < 0x80) {
        ++at;
        return lead;
    }
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || at + size > text.size()) return -1;
    std::int32_t value = lead & (0xFF >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(at + i) & 0xC0) != 0x80) return -1;
        value = (value << 6) | (byte(at + i) & 0x3F);
    }
    constexpr std::int32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < kSmallest[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
        return -1;
    }
    at += size;
    return value;
}

bool is_plain_text(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::int32_t c = next_code_point(text, at);
        if (c < 0x20 || (c >= 0x7F && c <= 0x9F)) return false;
    }
    return true;
}

class TextCheck {
  public:
    Violations found;

    void message(const Message& m, const std::string& path) {
        const Reflection* reflection = m.GetReflection();
        if (!reflection->GetUnknownFields(m).empty())
            add(path.empty() ? "*" : path, "FIELD_UNKNOWN");
        std::vector<const FieldDescriptor*> fields;
        reflection->ListFields(m, &fields);
        for (const FieldDescriptor* f : fields) {
            const bool text = f->type() == FieldDescriptor::TYPE_STRING;
            const bool nested = f->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
            if (!text && !nested) continue;
            const std::string name = path.empty() ? f->name() : path + "." + f->name();
            if (!f->is_repeated()) {
                if (nested) {
                    message(reflection->GetMessage(m, f), name);
                } else {
                    value(reflection->GetStringReference(m, f, &scratch_), name);
                }
                continue;
            }
            const int size = reflection->FieldSize(m, f);
            for (int i = 0; i < size && found.size() < kViolationsMax; ++i) {
                const std::string element = name + "[" + std::to_string(i) + "]";
                if (nested) {
                    message(reflection->GetRepeatedMessage(m, f, i), element);
                } else {
                    value(reflection->GetRepeatedStringReference(m, f, i, &scratch_), element);
                }
            }
        }
    }

  private:
    void value(const std::string& text, const std::string& name) {
        if (!is_plain_text(text)) add(name, "FIELD_FORMAT");
    }
    void add(const std::string& name, Reason reason) {
        if (found.size() < kViolationsMax) found.push_back({name, reason});
    }
    std::string scratch_;
};

class FingerprintWalk {
  public:
    crypto::Sha256 hash;

    void message(const Message& m, std::initializer_list<std::string_view> without) {
        const Reflection* reflection = m.GetReflection();
        std::vector<const FieldDescriptor*> fields;
        reflection->ListFields(m, &fields);
        for (const FieldDescriptor* f : fields) {
            if (std::find(without.begin(), without.end(), f->name()) != without.end()) continue;
            YILIAN_INVARIANT(!f->is_map(), "requests have no maps");
            number(static_cast<std::uint64_t>(f->number()));
            if (!f->is_repeated()) {
                single(m, *reflection, f);
                continue;
            }
            const int size = reflection->FieldSize(m, f);
            number(static_cast<std::uint64_t>(size));
            for (int i = 0; i < size; ++i) element(m, *reflection, f, i);
        }
        number(0);  // end of message: no field has the number 0
    }

  private:
    void number(std::uint64_t value) {
        char bytes[8];
        for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>((value >> (8 * i)) & 255);
        hash.update({bytes, sizeof bytes});
    }
    void text(const std::string& value) {
        number(value.size());
        hash.update(value);
    }
    void single(const Message& m, const Reflection& r, const FieldDescriptor* f) {
        switch (f->cpp_type()) {
            case FieldDescriptor::CPPTYPE_INT32:
                return number(static_cast<std::uint64_t>(r.GetInt32(m, f)));
            case FieldDescriptor::CPPTYPE_INT64:
                return number(static_cast<std::uint64_t>(r.GetInt64(m, f)));
            case FieldDescriptor::CPPTYPE_UINT32:
                return number(r.GetUInt32(m, f));
            case FieldDescriptor::CPPTYPE_UINT64:
                return number(r.GetUInt64(m, f));
            case FieldDescriptor::CPPTYPE_DOUBLE:
                return number(std::bit_cast<std::uint64_t>(r.GetDouble(m, f)));
            case FieldDescriptor::CPPTYPE_FLOAT:
                return number(std::bit_cast<std::uint32_t>(r.GetFloat(m, f)));
            case FieldDescriptor::CPPTYPE_BOOL:
                return number(r.GetBool(m, f) ? 1 : 0);
            case FieldDescriptor::CPPTYPE_ENUM:
                return number(static_cast<std::uint64_t>(r.GetEnumValue(m, f)));
            case FieldDescriptor::CPPTYPE_STRING:
                return text(r.GetStringReference(m, f, &scratch_));
            case FieldDescriptor::CPPTYPE_MESSAGE:
                return message(r.GetMessage(m, f), {});
        }
    }
    void element(const Message& m, const Reflection& r, const FieldDescriptor* f, int i) {
        switch (f->cpp_type()) {
            case FieldDescriptor::CPPTYPE_INT32:
                return number(static_cast<std::uint64_t>(r.GetRepeatedInt32(m, f, i)));
            case FieldDescriptor::CPPTYPE_INT64:
                return number(static_cast<std::uint64_t>(r.GetRepeatedInt64(m, f, i)));
            case FieldDescriptor::CPPTYPE_UINT32:
                return number(r.GetRepeatedUInt32(m, f, i));
            case FieldDescriptor::CPPTYPE_UINT64:
                return number(r.GetRepeatedUInt64(m, f, i));
            case FieldDescriptor::CPPTYPE_DOUBLE:
                return number(std::bit_cast<std::uint64_t>(r.GetRepeatedDouble(m, f, i)));
            case FieldDescriptor::CPPTYPE_FLOAT:
                return number(std::bit_cast<std::uint32_t>(r.GetRepeatedFloat(m, f, i)));
            case FieldDescriptor::CPPTYPE_BOOL:
                return number(r.GetRepeatedBool(m, f, i) ? 1 : 0);
            case FieldDescriptor::CPPTYPE_ENUM:
                return number(static_cast<std::uint64_t>(r.GetRepeatedEnumValue(m, f, i)));
            case FieldDescriptor::CPPTYPE_STRING:
                return text(r.GetRepeatedStringReference(m, f, i, &scratch_));
            case FieldDescriptor::CPPTYPE_MESSAGE:
                return message(r.GetRepeatedMessage(m, f, i), {});
        }
    }
    std::string scratch_;
};

}  // namespace

Violations check_text_and_unknown(const Message& message) {
    TextCheck check;
    check.message(message, "");
    return std::move(check.found);
}

crypto::Digest fingerprint(const Message& message,
                           std::initializer_list<std::string_view> without) {
    FingerprintWalk walk;
    walk.message(message, without);
    return walk.hash.finish();
}

std::string string_field(const Message& message, const std::string& name) {
    const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->type() != FieldDescriptor::TYPE_STRING || field->is_repeated()) {
        return {};
    }
    return message.GetReflection()->GetString(message, field);
}

}  // namespace yilian::rpc
