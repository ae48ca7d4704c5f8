#include "libs/audit/chain.h"

#include "libs/crypto/digest.h"

namespace yilian::audit {
namespace {

class Canonical {
  public:
    Canonical& text(std::string_view value) {
        raw(static_cast<std::uint64_t>(value.size()));
        bytes_ += value;
        return *this;
    }
    Canonical& number(std::int64_t value) {
        raw(sizeof(value));
        raw(static_cast<std::uint64_t>(value));
        return *this;
    }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

  private:
    void raw(std::uint64_t value) {
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes_ += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xFFU);
        }
    }
    std::string bytes_;
};

std::string sha256(const std::string& bytes) {
    return std::string(crypto::view(crypto::sha256(bytes)));
}

}  // namespace

std::string row_hash(std::int64_t sequence, const std::string& id, const Record& record) {
    Canonical form;
    form.text("yilian.audit.row.v1").number(sequence).text(id).number(to_ms(record.at));
    for (const std::string* field :
         {&record.actor, &record.institution_id, &record.client_id, &record.action, &record.subject,
          &record.resident_id, &record.outcome, &record.reason, &record.purpose,
          &record.correlation_id, &record.traceparent}) {
        form.text(*field);
    }
    return sha256(form.bytes());
}

std::string chain_start() { return sha256("yilian.audit.chain.v1"); }

std::string chain_link(const std::string& previous, const std::string& row) {
    return sha256(previous + row);
}

std::string anchor_bytes(const Anchor& anchor) {
    Canonical form;
    form.text("yilian.audit.anchor.v1")
        .number(anchor.sequence)
        .text(anchor.chain_hash)
        .number(to_ms(anchor.at))
        .text(anchor.key_id);
    return form.bytes();
}

}  // namespace yilian::audit
