#include "libs/kafka/broker.h"

#include <fstream>

namespace yilian::kafka {

BrokerAddress BrokerAddress::fixed(std::string bootstrap) { return {std::move(bootstrap), false}; }

BrokerAddress BrokerAddress::in_file(std::string path) { return {std::move(path), true}; }

std::string BrokerAddress::current() const {
    if (!is_file_) return text_;
    std::ifstream file(text_);
    std::string line;
    std::getline(file, line);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    return line;
}

}  // namespace yilian::kafka
