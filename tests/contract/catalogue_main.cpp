// Writes the catalogue of topics and events: yilian_catalogue_writer <descriptor set> >
// asyncapi.yaml
#include <exception>
#include <iostream>

#include "tests/contract/catalogue.h"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: yilian_catalogue_writer <descriptor set>\n";
        return 2;
    }
    try {
        std::cout << yilian::contract::render_catalogue(yilian::contract::Contracts(argv[1]));
    } catch (const std::exception& error) {
        std::cerr << error.what();
        return 1;
    }
    return std::cout.flush().good() ? 0 : 1;
}
