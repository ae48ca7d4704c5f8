#pragma once

#include <string>

namespace yilian::kafka {

// Every way a broker call can fail, as far as callers act differently.
enum class ErrorCode {
    kNone,
    kUnreachable,       // no broker answers; librdkafka goes on trying by itself
    kTimeout,           // no answer in time: the outcome is unknown
    kQueueFull,         // the producer's own queue; poll, then try again
    kMessageTooLarge,   // this message will never go
    kUnknownTopic,      // topic or partition does not exist (yet)
    kTopicExists,       // from Admin only
    kOffsetOutOfRange,  // what was asked for is no longer, or not yet, in the topic
    kDenied,            // authentication, authorisation, TLS: an operator must act
    kUnsupported,       // the broker does not speak this request
    kConfiguration,     // wrong setting: a bug or a wrong file
    kPurged,            // given up by this process before the broker's answer came
    kFatal,             // the handle is dead and must be made anew
    kOther,
};

// The one error value of this library. `text` is for logs and holds no message content.
struct Error {
    ErrorCode code = ErrorCode::kNone;
    bool retriable = false;  // the same call may succeed later without anybody's help
    bool fatal = false;      // recreate the handle
    int native = 0;          // rd_kafka_resp_err_t, for logs
    std::string text{};

    [[nodiscard]] bool ok() const { return code == ErrorCode::kNone; }
    // "UNREACHABLE (-195): 127.0.0.1:9092/bootstrap: connect failed"
    [[nodiscard]] std::string to_string() const;
};

// Classifies a librdkafka code; the only place that does.
[[nodiscard]] Error error_from(int native, std::string text = "");

}  // namespace yilian::kafka
