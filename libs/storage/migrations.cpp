#include "libs/storage/migrations.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace yilian::storage {

const Query kMigrationTable{
    "create schema_migrations",
    "CREATE TABLE IF NOT EXISTS schema_migrations (set_name TEXT NOT NULL, number BIGINT NOT NULL, "
    "name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at BIGINT NOT NULL, "
    "PRIMARY KEY (set_name, number))",
    "CREATE TABLE IF NOT EXISTS schema_migrations (set_name TEXT NOT NULL, number INTEGER NOT "
    "NULL, "
    "name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL, "
    "PRIMARY KEY (set_name, number)) STRICT"};
const Query kMigrationsOfSet{
    "select migrations",
    "SELECT number, name, sha256 FROM schema_migrations WHERE set_name = $1 ORDER BY number"};
const Query kRecordMigration{
    "insert migration",
    "INSERT INTO schema_migrations (set_name, number, name, sha256, applied_at) "
    "VALUES ($1, $2, $3, $4, $5)"};

namespace {

std::string sha256_hex(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
        return {};
    }
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
    return hex;
}

absl::Status malformed(const MigrationSet& set, std::string_view file, std::string_view what) {
    return absl::InvalidArgumentError(fmt::format("migration {}/{}: {}", set.name, file, what));
}

struct FileName {
    std::int64_t number = 0;
    std::string name;
    std::optional<Dialect> only;
};

// `0001_name.sql`, `0001_name.pg.sql`, `0001_name.sqlite.sql`.
std::optional<FileName> parse_name(std::string_view file) {
    constexpr std::size_t kDigits = 4;
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    const bool numbered = file.size() > kDigits + 1 && file[kDigits] == '_' &&
                          std::all_of(file.begin(), file.begin() + kDigits, digit);
    if (!numbered || !file.ends_with(".sql")) return std::nullopt;
    FileName parsed;
    for (const char c : file.substr(0, kDigits)) parsed.number = parsed.number * 10 + (c - '0');
    file.remove_prefix(kDigits + 1);
    file.remove_suffix(4);
    if (file.ends_with(".pg")) {
        parsed.only = Dialect::kPostgres;
        file.remove_suffix(3);
    } else if (file.ends_with(".sqlite")) {
        parsed.only = Dialect::kSqlite;
        file.remove_suffix(7);
    }
    parsed.name = std::string(file);
    const bool plain = !file.empty() && file.find('.') == std::string_view::npos;
    return plain ? std::optional(parsed) : std::nullopt;
}

}  // namespace

absl::StatusOr<std::vector<Migration>> plan_migrations(const MigrationSet& set, Dialect dialect) {
    std::map<std::int64_t, Migration> chosen;
    std::map<std::int64_t, std::string> seen;
    for (const EmbeddedFile& file : set.files) {
        const std::optional<FileName> parsed = parse_name(file.name);
        if (!parsed) return malformed(set, file.name, "not NNNN_name[.pg|.sqlite].sql");
        const auto [other, fresh] = seen.emplace(parsed->number, parsed->name);
        if (!fresh && other->second != parsed->name) {
            return malformed(set, file.name, "number used twice");
        }
        if (parsed->only && *parsed->only != dialect) continue;
        const bool placed =
            chosen
                .emplace(parsed->number, Migration{set.name, parsed->number, parsed->name,
                                                   sha256_hex(file.text), file.text})
                .second;
        if (!placed) return malformed(set, file.name, "number used twice");
    }
    std::vector<Migration> planned;
    for (const auto& [number, name] : seen) {
        if (number != static_cast<std::int64_t>(planned.size()) + 1) {
            return malformed(set, name, "numbers have a hole");
        }
        const auto found = chosen.find(number);
        if (found == chosen.end()) return malformed(set, name, "missing for this database");
        planned.push_back(std::move(found->second));
    }
    return planned;
}

absl::StatusOr<std::size_t> compare_applied(const std::vector<Migration>& planned,
                                            const std::vector<Applied>& applied) {
    const std::size_t common = std::min(planned.size(), applied.size());
    for (std::size_t i = 0; i < common; ++i) {
        const Migration& file = planned[i];
        const Applied& row = applied[i];
        if (row.number != file.number || row.name != file.name || row.sha256 != file.sha256) {
            return absl::FailedPreconditionError(fmt::format(
                "migration {}/{:04}_{} is not the one applied before ({:04}_{}): applied files "
                "never change, write a new one",
                file.set, file.number, file.name, row.number, row.name));
        }
    }
    return common;
}

Applied applied_from(const Row& row) { return {row.i64(0), row.text(1), row.text(2)}; }

}  // namespace yilian::storage
