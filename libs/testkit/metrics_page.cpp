#include "libs/testkit/metrics_page.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace yilian::testkit {

std::string metrics_page(int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    constexpr std::string_view kRequest = "GET /metrics HTTP/1.0\r\n\r\n";
    std::string text;
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        ::send(socket, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(kRequest.size())) {
        std::array<char, 4096> part{};
        for (ssize_t n = 0; (n = ::recv(socket, part.data(), part.size(), 0)) > 0;) {
            text.append(part.data(), static_cast<std::size_t>(n));
        }
    }
    ::close(socket);
    return text;
}

}  // namespace yilian::testkit
