#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "services/cli/run_file.h"

// `yilian token`: the issuer of local runs. Production configuration refuses its tokens, and these
// commands refuse a run file of another profile (CommandFailed 3).
namespace yilian::cli {

// Makes what is missing of issuer key and key set, and writes tokens/<service>.token for the five
// services and tokens/operator.token, each bound to certs/<name>.pem and readable by the owner
// only.
int init_tokens(const RunFile& run, std::ostream& out);

struct MintArgs {
    std::string certificate;  // name in certs/, made when it is not there
    std::string subject;
    std::string institution;
    std::vector<std::string> roles;
    int hours = 12;
};
// Prints one token bound to the certificate.
int mint_token(const RunFile& run, const MintArgs& args, std::ostream& out);

}  // namespace yilian::cli
