#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/crypto/signature.h"

// Folders of rules (policy packs, rule packs) with a signed table of contents. The folder holds
//   MANIFEST      one line a file, sorted by bytes: SHA-256 in hexadecimal, two blanks, path
//   MANIFEST.sig  one line a signature: key id, ed25519 or sm2, day of signing, base64url
// so that `sha256sum -c MANIFEST` checks the files without this library. Every file must stand in
// the manifest. Days are yyyy-mm-dd and come from the caller: nothing here reads a clock.
namespace yilian::crypto {

inline constexpr std::string_view kManifestName = "MANIFEST";
inline constexpr std::string_view kManifestSignatureName = "MANIFEST.sig";

// Path relative to the folder, with '/', to content.
using FolderFiles = std::map<std::string, std::string, std::less<>>;

// All files of a folder and its subfolders. NOT_FOUND (no such folder), UNAVAILABLE (a file cannot
// be read), INVALID_ARGUMENT (neither file nor folder, a linked folder, a control character in a
// name). Messages name the path.
[[nodiscard]] absl::StatusOr<FolderFiles> read_folder(const std::filesystem::path& folder);

// The text of MANIFEST for these files; a MANIFEST and its signature among them have no line.
[[nodiscard]] std::string manifest_of(const FolderFiles& files);

// A key that may sign, for signatures of the days from `valid_from` to before `valid_to` (empty:
// open). What was signed in time stays good afterwards: rules are in force for years. A key that
// is no longer to be believed at all leaves the list.
struct TrustedKey {
    std::string id;
    std::string valid_from;
    std::string valid_to;
    VerifyKey key;
};

// One line a key, '#' begins a comment line:
//   key id   ed25519 or sm2   valid from   valid to, or -   PEM file beside this one
// Immutable, thread-safe.
class TrustedKeys {
  public:
    // NOT_FOUND or INVALID_ARGUMENT, with file and line.
    [[nodiscard]] static absl::StatusOr<TrustedKeys> load(const std::filesystem::path& file);
    [[nodiscard]] static TrustedKeys of(std::vector<TrustedKey> keys);

    [[nodiscard]] const TrustedKey* find(std::string_view id) const;
    [[nodiscard]] const std::vector<TrustedKey>& keys() const { return keys_; }

  private:
    std::vector<TrustedKey> keys_;
};

// Who signed a folder that was found good.
struct FolderSignature {
    std::string key_id;
    std::string signed_on;
    std::string manifest_sha256;  // hexadecimal
};

// Checks what read_folder() gave: the manifest is the table of exactly these files, and at least
// one of its signatures is by a trusted key, made on a day of its validity and not after `today`.
// FAILED_PRECONDITION: not signed at all. INVALID_ARGUMENT: everything else, the message naming the
// file and what is wrong.
[[nodiscard]] absl::StatusOr<FolderSignature> check_signature(const FolderFiles& files,
                                                              const TrustedKeys& trusted,
                                                              std::string_view today);

// The text of MANIFEST.sig with a signature by `key` over the manifest. Signatures of other keys
// that `existing` (the present MANIFEST.sig, may be empty) holds are kept; hand an empty text when
// the manifest has changed. The algorithm is Ed25519 or SM2; `signed_on` is a day.
[[nodiscard]] std::string sign_manifest(std::string_view manifest, std::string_view existing,
                                        std::string_view key_id, const SigningKey& key,
                                        std::string_view signed_on);

// "ed25519" or "sm2".
[[nodiscard]] std::optional<SignatureAlgorithm> pack_algorithm(std::string_view name);
// 1 to 64 of A-Z a-z 0-9 . _ -
[[nodiscard]] bool is_key_id(std::string_view text);
// yyyy-mm-dd by its form.
[[nodiscard]] bool is_day(std::string_view text);

}  // namespace yilian::crypto
