#pragma once

#include <string>

namespace yilian::testkit {

// What http://127.0.0.1:`port`/metrics answers, headers included; "" when nobody answers.
[[nodiscard]] std::string metrics_page(int port);

}  // namespace yilian::testkit
