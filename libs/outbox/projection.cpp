#include "libs/outbox/projection.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <deque>
#include <memory>
#include <mutex>

#include "libs/base/invariant.h"

namespace yilian::outbox {
namespace {

// Queries are cached by the address of their text, which must stay for the life of the program.
const char* keep(std::string text) {
    static std::mutex mutex;
    static auto& kept = *new std::deque<std::string>();
    const std::lock_guard lock(mutex);
    return kept.emplace_back(std::move(text)).c_str();
}

class Sha256 {
  public:
    Sha256() : context_(EVP_MD_CTX_new()) {
        YILIAN_INVARIANT(
            context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1,
            "no SHA-256");
    }
    // Length first, so that no two sequences of parts look alike.
    void add(char kind, std::string_view part) {
        const std::string head = fmt::format("{}{}:", kind, part.size());
        EVP_DigestUpdate(context_.get(), head.data(), head.size());
        EVP_DigestUpdate(context_.get(), part.data(), part.size());
    }
    [[nodiscard]] std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
        unsigned int size = 0;
        EVP_DigestFinal_ex(context_.get(), raw.data(), &size);
        std::string text;
        for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", raw.at(i));
        return text;
    }

  private:
    struct Free {
        void operator()(EVP_MD_CTX* held) const { EVP_MD_CTX_free(held); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context_;
};

void add_value(Sha256& digest, const storage::Value& value) {
    const auto& held = value.held();
    if (std::holds_alternative<std::monostate>(held)) digest.add('n', "");
    if (const auto* number = std::get_if<std::int64_t>(&held))
        digest.add('i', std::to_string(*number));
    if (const auto* text = std::get_if<std::string>(&held)) digest.add('t', *text);
    if (const auto* blob = std::get_if<storage::Blob>(&held)) digest.add('b', blob->bytes);
}

}  // namespace

ProjectionTable ProjectionTable::of(std::string_view table, std::string_view key) {
    return {std::string(table),
            {keep(fmt::format("clear {}", table)), keep(fmt::format("DELETE FROM {}", table))},
            {keep(fmt::format("rows of {}", table)),
             keep(fmt::format("SELECT * FROM {} ORDER BY {}", table, key))}};
}

ProjectionDigest digest_of(storage::Transaction& tx, const Projection& projection) {
    ProjectionDigest result;
    Sha256 digest;
    for (const ProjectionTable& table : projection.tables) {
        digest.add('T', table.name);
        for (const storage::Row& row : tx.select(table.rows)) {
            ++result.rows;
            digest.add('R', "");
            for (const storage::Value& value : row.values()) add_value(digest, value);
        }
    }
    result.sha256 = digest.hex();
    return result;
}

}  // namespace yilian::outbox
