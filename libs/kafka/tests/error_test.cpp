#include "libs/kafka/error.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

namespace yilian::kafka {
namespace {

TEST(KafkaError, SaysWhatCallersActOn) {
    EXPECT_TRUE(error_from(RD_KAFKA_RESP_ERR_NO_ERROR).ok());
    const Error fatal = error_from(RD_KAFKA_RESP_ERR__FATAL);
    EXPECT_EQ(fatal.code, ErrorCode::kFatal);
    EXPECT_TRUE(fatal.fatal);
    const Error away = error_from(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
    EXPECT_EQ(away.code, ErrorCode::kUnreachable);
    EXPECT_TRUE(away.retriable);
    const Error large = error_from(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    EXPECT_EQ(large.code, ErrorCode::kMessageTooLarge);
    EXPECT_FALSE(large.retriable);
    EXPECT_EQ(error_from(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT).code, ErrorCode::kTimeout);
    EXPECT_EQ(error_from(RD_KAFKA_RESP_ERR__PURGE_INFLIGHT).code, ErrorCode::kPurged);
    EXPECT_EQ(error_from(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED).code, ErrorCode::kDenied);
    EXPECT_EQ(error_from(-12345).code, ErrorCode::kOther);
}

TEST(KafkaError, TextNamesCodeAndNumber) {
    EXPECT_EQ(error_from(RD_KAFKA_RESP_ERR__TRANSPORT, "connect failed").to_string(),
              "UNREACHABLE (-195): connect failed");
}

}  // namespace
}  // namespace yilian::kafka
