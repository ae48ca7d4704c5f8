#include "libs/crypto/signed_folder.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "libs/crypto/digest.h"

namespace yilian::crypto {
namespace {

namespace fs = std::filesystem;

// Binds a signature to its purpose, its key and its day: a signed text of another kind, or the same
// line under another id or day, is no signature of a pack.
constexpr std::string_view kPurpose = "yilian-pack-v1";

absl::Status wrong(std::string_view file, std::string_view what) {
    return absl::InvalidArgumentError(std::string(file) + ": " + std::string(what));
}

absl::Status wrong_line(std::string_view file, std::size_t line, std::string_view what) {
    return wrong(std::string(file) + ":" + std::to_string(line), what);
}

bool is_own_file(std::string_view path) {
    return path == kManifestName || path == kManifestSignatureName;
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
}

std::optional<std::string> content_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return std::nullopt;
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (in.bad()) return std::nullopt;
    return text;
}

std::string_view name_in_file(SignatureAlgorithm algorithm) {
    return algorithm == SignatureAlgorithm::kEd25519 ? "ed25519" : "sm2";
}

std::string signed_text(std::string_view manifest, std::string_view key_id,
                        std::string_view signed_on) {
    std::string text(kPurpose);
    for (const std::string_view part : {key_id, signed_on, manifest})
        text.append("\n").append(part);
    return text;
}

// Words of a line, separated by any number of blanks.
std::vector<std::string> words_of(const std::string& line) {
    std::istringstream in(line);
    return {std::istream_iterator<std::string>(in), {}};
}

struct SignatureLine {
    std::string key_id;
    SignatureAlgorithm algorithm = SignatureAlgorithm::kEd25519;
    std::string signed_on;
    std::string signature;
};

absl::StatusOr<std::vector<SignatureLine>> read_signatures(const std::string& text) {
    std::vector<SignatureLine> lines;
    std::istringstream in(text);
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        const auto words = words_of(line);
        const auto algorithm = words.size() == 4 ? pack_algorithm(words[1]) : std::nullopt;
        const auto signature = words.size() == 4 ? unbase64url(words[3]) : std::nullopt;
        if (!algorithm || !signature || !is_key_id(words[0]) || !is_day(words[2])) {
            return wrong_line(kManifestSignatureName, number, "no signature line");
        }
        lines.push_back({words[0], *algorithm, words[2], *signature});
    }
    return lines;
}

// Why a signature does not count; empty when it does.
std::string fault_of(const SignatureLine& line, const std::string& manifest,
                     const TrustedKeys& trusted, std::string_view today) {
    const TrustedKey* key = trusted.find(line.key_id);
    if (key == nullptr) return "key " + line.key_id + " is not trusted";
    if (key->key.algorithm() != line.algorithm) {
        return "key " + line.key_id + " has another algorithm";
    }
    if (line.signed_on < key->valid_from ||
        (!key->valid_to.empty() && line.signed_on >= key->valid_to)) {
        return "key " + line.key_id + " was not valid on " + line.signed_on;
    }
    if (line.signed_on > today) return "signed on " + line.signed_on + ", after today";
    if (!key->key.verify(signed_text(manifest, line.key_id, line.signed_on), line.signature)) {
        return "the signature of key " + line.key_id + " does not fit";
    }
    return {};
}

// The first line in which the two texts differ says which file it is about.
absl::Status difference(const FolderFiles& files, const std::string& manifest) {
    std::map<std::string, std::string, std::less<>> listed;
    std::istringstream in(manifest);
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        constexpr std::size_t kDigest = 64;
        if (line.size() <= kDigest + 2 || line.compare(kDigest, 2, "  ") != 0) {
            return wrong_line(kManifestName, number, "no line of digest and path");
        }
        if (!listed.emplace(line.substr(kDigest + 2), line.substr(0, kDigest)).second) {
            return wrong_line(kManifestName, number, "the path stands twice");
        }
    }
    for (const auto& [path, content] : files) {
        if (is_own_file(path)) continue;
        const auto found = listed.find(path);
        if (found == listed.end()) return wrong(path, "is not listed in MANIFEST");
        if (found->second != sha256_hex(content)) {
            return wrong(path, "its SHA-256 is not that of MANIFEST");
        }
    }
    for (const auto& [path, digest] : listed) {
        if (!files.contains(path)) return wrong(path, "is listed in MANIFEST and missing");
    }
    return wrong(kManifestName, "its lines are not sorted by bytes");
}

absl::StatusOr<TrustedKey> read_key(const std::vector<std::string>& words, const fs::path& folder) {
    if (words.size() != 5) return absl::InvalidArgumentError("five words are expected");
    const auto algorithm = pack_algorithm(words[1]);
    if (!algorithm) return absl::InvalidArgumentError("ed25519 or sm2 is expected");
    const std::string to = words[3] == "-" ? "" : words[3];
    if (!is_key_id(words[0]) || !is_day(words[2]) || (!to.empty() && !is_day(to))) {
        return absl::InvalidArgumentError("a key id and two days are expected");
    }
    if (!to.empty() && to <= words[2]) {
        return absl::InvalidArgumentError("the key ends before it begins");
    }
    const auto pem = content_of(folder / words[4]);
    if (!pem) return absl::InvalidArgumentError(words[4] + " cannot be read");
    auto key = VerifyKey::from_pem(*algorithm, *pem);
    if (!key.ok()) return absl::InvalidArgumentError(words[4] + " is no public key of that kind");
    return TrustedKey{words[0], words[2], to, *std::move(key)};
}

}  // namespace

std::optional<SignatureAlgorithm> pack_algorithm(std::string_view name) {
    if (name == "ed25519") return SignatureAlgorithm::kEd25519;
    if (name == "sm2") return SignatureAlgorithm::kSm2Sm3;
    return std::nullopt;
}

bool is_key_id(std::string_view text) {
    constexpr std::string_view kAllowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return !text.empty() && text.size() <= 64 &&
           text.find_first_not_of(kAllowed) == std::string_view::npos;
}

bool is_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i != 4 && i != 7 && (text[i] < '0' || text[i] > '9')) return false;
    }
    return true;
}

absl::StatusOr<FolderFiles> read_folder(const fs::path& folder) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) {
        return absl::NotFoundError(folder.string() + " is no folder");
    }
    FolderFiles files;
    auto entry = fs::recursive_directory_iterator(folder, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        const std::string path = entry->path().lexically_relative(folder).generic_string();
        if (has_control(path)) return wrong(folder.string(), "a name with a control character");
        if (entry->is_directory(error) && !entry->is_symlink(error)) continue;
        if (!entry->is_regular_file(error)) return wrong(path, "is neither a file nor a folder");
        auto content = content_of(entry->path());
        if (!content) return absl::UnavailableError(path + " cannot be read");
        files.emplace(path, *std::move(content));
    }
    if (error) return absl::UnavailableError(folder.string() + ": " + error.message());
    return files;
}

std::string manifest_of(const FolderFiles& files) {
    std::vector<std::string> lines;
    for (const auto& [path, content] : files) {
        if (!is_own_file(path)) lines.push_back(sha256_hex(content) + "  " + path + "\n");
    }
    std::ranges::sort(lines);
    std::string text;
    for (const std::string& line : lines) text += line;
    return text;
}

absl::StatusOr<TrustedKeys> TrustedKeys::load(const fs::path& file) {
    const auto text = content_of(file);
    if (!text) return absl::NotFoundError(file.string() + " cannot be read");
    std::vector<TrustedKey> keys;
    std::istringstream in(*text);
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        const auto words = words_of(line);
        if (words.empty() || words.front().starts_with('#')) continue;
        auto key = read_key(words, file.parent_path());
        if (!key.ok())
            return wrong_line(file.string(), number, std::string(key.status().message()));
        const bool twice =
            std::ranges::any_of(keys, [&](const TrustedKey& other) { return other.id == key->id; });
        if (twice) return wrong_line(file.string(), number, "the key id stands twice");
        keys.push_back(*std::move(key));
    }
    if (keys.empty()) return wrong(file.string(), "no key");
    return of(std::move(keys));
}

TrustedKeys TrustedKeys::of(std::vector<TrustedKey> keys) {
    TrustedKeys trusted;
    trusted.keys_ = std::move(keys);
    return trusted;
}

const TrustedKey* TrustedKeys::find(std::string_view id) const {
    const auto found =
        std::ranges::find_if(keys_, [&](const TrustedKey& key) { return key.id == id; });
    return found == keys_.end() ? nullptr : &*found;
}

absl::StatusOr<FolderSignature> check_signature(const FolderFiles& files,
                                                const TrustedKeys& trusted,
                                                std::string_view today) {
    const auto manifest = files.find(kManifestName);
    const auto signature = files.find(kManifestSignatureName);
    if (manifest == files.end() || signature == files.end()) {
        return absl::FailedPreconditionError("MANIFEST or MANIFEST.sig is missing: not signed");
    }
    if (manifest->second != manifest_of(files)) return difference(files, manifest->second);
    const auto lines = read_signatures(signature->second);
    if (!lines.ok()) return lines.status();
    std::string faults;
    for (const SignatureLine& line : *lines) {
        const std::string fault = fault_of(line, manifest->second, trusted, today);
        if (fault.empty()) {
            return FolderSignature{line.key_id, line.signed_on, sha256_hex(manifest->second)};
        }
        faults += (faults.empty() ? "" : "; ") + fault;
    }
    return wrong(kManifestSignatureName, faults.empty() ? "no signature" : faults);
}

std::string sign_manifest(std::string_view manifest, std::string_view existing,
                          std::string_view key_id, const SigningKey& key,
                          std::string_view signed_on) {
    std::vector<std::string> lines;
    std::istringstream in{std::string(existing)};
    std::string line;
    while (std::getline(in, line)) {
        const auto words = words_of(line);
        if (!words.empty() && words.front() != key_id) lines.push_back(line);
    }
    std::string own(key_id);
    for (const std::string_view word : {name_in_file(key.algorithm()), signed_on}) {
        own.append(" ").append(word);
    }
    own += " " + base64url(key.sign(signed_text(manifest, key_id, signed_on)));
    lines.push_back(std::move(own));
    std::ranges::sort(lines);
    std::string text;
    for (const std::string& l : lines) text += l + "\n";
    return text;
}

}  // namespace yilian::crypto
