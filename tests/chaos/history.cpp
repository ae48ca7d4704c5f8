#include "tests/chaos/history.h"

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "fmt/format.h"

namespace yilian::chaos {

Answer answer_of(const rpc::CallResult<std::string>& result) {
    if (result.ok()) return {Answer::End::kOk, result.value()};
    switch (result.error().code) {
        case rpc::Code::kUnavailable:
        case rpc::Code::kDeadlineExceeded:
        case rpc::Code::kCancelled:
        case rpc::Code::kUnknown:
        case rpc::Code::kInternal:
            return {Answer::End::kUnknown, ""};
        default:
            return {Answer::End::kRefused, result.error().details};
    }
}

LogEvent log_event(const std::string& service, const common::v1::EventEnvelope& envelope) {
    return {service,
            envelope.event_id(),
            envelope.type(),
            envelope.subject(),
            envelope.sequence(),
            envelope.correlation_id(),
            envelope.causation_id(),
            envelope.payload()};
}

Answer until_answered(const History::Again& call) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    Answer answer = answer_of(call());
    while (answer.end == Answer::End::kUnknown && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        answer = answer_of(call());
    }
    return answer;
}

void History::add(Told told, Again again) {
    const std::lock_guard lock(mutex_);
    told_.push_back(std::move(told));
    again_.push_back(std::move(again));
}

void History::send_all_again() {
    constexpr std::size_t kThreads = 8;
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
            for (std::size_t at = next++; at < told_.size(); at = next++) {
                told_[at].again = until_answered(again_[at]);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
}

std::vector<Told> History::told() const {
    const std::lock_guard lock(mutex_);
    return told_;
}

void History::write(const std::string& path) const {
    std::ofstream out(path);
    for (const Told& one : told()) {
        const char* end = one.first.end == Answer::End::kOk        ? "ok"
                          : one.first.end == Answer::End::kRefused ? "fail"
                                                                   : "info";
        out << fmt::format(R"({{"service":"{}","method":"{}","request_id":"{}","end":"{}"}})",
                           one.service, one.method, one.request_id, end)
            << "\n";
    }
}

}  // namespace yilian::chaos
