#include "libs/kafka/error.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

namespace yilian::kafka {
namespace {

const char* name_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::kNone:
            return "NONE";
        case ErrorCode::kUnreachable:
            return "UNREACHABLE";
        case ErrorCode::kTimeout:
            return "TIMEOUT";
        case ErrorCode::kQueueFull:
            return "QUEUE_FULL";
        case ErrorCode::kMessageTooLarge:
            return "MESSAGE_TOO_LARGE";
        case ErrorCode::kUnknownTopic:
            return "UNKNOWN_TOPIC";
        case ErrorCode::kTopicExists:
            return "TOPIC_EXISTS";
        case ErrorCode::kOffsetOutOfRange:
            return "OFFSET_OUT_OF_RANGE";
        case ErrorCode::kDenied:
            return "DENIED";
        case ErrorCode::kUnsupported:
            return "UNSUPPORTED";
        case ErrorCode::kConfiguration:
            return "CONFIGURATION";
        case ErrorCode::kPurged:
            return "PURGED";
        case ErrorCode::kFatal:
            return "FATAL";
        case ErrorCode::kOther:
            return "OTHER";
    }
    return "OTHER";
}

ErrorCode classify(rd_kafka_resp_err_t native) {
    switch (native) {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            return ErrorCode::kNone;
        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        case RD_KAFKA_RESP_ERR__RESOLVE:
        case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
        case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
        case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
        case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
        case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
        case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
            return ErrorCode::kUnreachable;
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
        case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
        case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
            return ErrorCode::kTimeout;
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
            return ErrorCode::kQueueFull;
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
            return ErrorCode::kMessageTooLarge;
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            return ErrorCode::kUnknownTopic;
        case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
            return ErrorCode::kTopicExists;
        case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
            return ErrorCode::kOffsetOutOfRange;
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR__SSL:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
            return ErrorCode::kDenied;
        case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
        case RD_KAFKA_RESP_ERR_INVALID_REQUEST:
            return ErrorCode::kUnsupported;
        case RD_KAFKA_RESP_ERR__INVALID_ARG:
            return ErrorCode::kConfiguration;
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
        case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
        case RD_KAFKA_RESP_ERR__DESTROY:
            return ErrorCode::kPurged;
        case RD_KAFKA_RESP_ERR__FATAL:
            return ErrorCode::kFatal;
        default:
            return ErrorCode::kOther;
    }
}

bool can_pass(ErrorCode code) {
    switch (code) {
        case ErrorCode::kNone:
        case ErrorCode::kMessageTooLarge:
        case ErrorCode::kTopicExists:
        case ErrorCode::kOffsetOutOfRange:
        case ErrorCode::kUnsupported:
        case ErrorCode::kConfiguration:
            return false;
        case ErrorCode::kUnreachable:
        case ErrorCode::kTimeout:
        case ErrorCode::kQueueFull:
        case ErrorCode::kUnknownTopic:
        case ErrorCode::kDenied:
        case ErrorCode::kPurged:
        case ErrorCode::kFatal:
        case ErrorCode::kOther:
            return true;
    }
    return true;
}

}  // namespace

std::string Error::to_string() const {
    return text.empty() ? fmt::format("{} ({})", name_of(code), native)
                        : fmt::format("{} ({}): {}", name_of(code), native, text);
}

Error error_from(int native, std::string text) {
    const auto raw = static_cast<rd_kafka_resp_err_t>(native);
    const ErrorCode code = classify(raw);
    if (text.empty() && code != ErrorCode::kNone) text = rd_kafka_err2str(raw);
    return {code, can_pass(code), code == ErrorCode::kFatal, native, std::move(text)};
}

}  // namespace yilian::kafka
