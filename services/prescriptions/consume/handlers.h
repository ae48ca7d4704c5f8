#pragma once

#include <string>

#include "libs/runtime/app.h"

namespace yilian::prescriptions::consume {

// Registers what this service does with other services' events (prescriptions.md 7): keeps its
// copies, ends long eligibility, settles, and cancels what is open of who died.
void bind(runtime::Wiring& wiring, const std::string& district);

}  // namespace yilian::prescriptions::consume
