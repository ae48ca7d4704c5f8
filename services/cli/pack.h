#pragma once

#include <string>

// `yilian pack sign` and `yilian pack verify`: signed tables of contents of rule packs and of the
// folder of policy packs (libs/crypto/signed_folder.h), offline and without a clock.
namespace yilian::cli {

struct PackSignArgs {
    std::string folder;
    std::string key;     // private key, PEM
    std::string key_id;  // as trusted lists name it
    std::string date;    // day of signing
    std::string algorithm = "ed25519";
};

// Writes MANIFEST and MANIFEST.sig into the folder, both or none. Signatures of other keys stay
// when the files are still those that they signed. 0; 2 wrong usage; 3 not a key of that kind; 4
// unreadable; 6 not writable.
[[nodiscard]] int sign_pack(const PackSignArgs& args);

struct PackVerifyArgs {
    std::string folder;
    std::string keys;  // list of trusted keys
    std::string date;  // "today" of the check
};

// Silent when the folder is good. 0; 2 wrong usage; 3 refused (PACK_UNSIGNED, RULES_DIGEST, or
// PACK_KEYS for the list of keys); 4 unreadable.
[[nodiscard]] int verify_pack(const PackVerifyArgs& args);

}  // namespace yilian::cli
