#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/ulid.h"
#include "libs/kafka/consumer.h"
#include "libs/rpc/client.h"
#include "libs/runtime/app.h"
#include "libs/runtime/testing/test_site.h"
#include "tests/functional/broker.h"

// The platform in one process for functional tests: real services over real mTLS, a store and a
// broker as YILIAN_TEST_STORE (sqlite, postgres) and YILIAN_TEST_BROKER (embedded, kafka) say.
namespace yilian::functional {

class Platform {
  public:
    // `clock_start` with offset. The services start in the order given.
    Platform(std::string district, std::string clock_start,
             std::vector<runtime::ServiceDefinition> definitions);
    ~Platform();

    // Moves every service's clock to a local time "2026-03-16T09:00:00+08:00" and waits until the
    // pipeline is quiet.
    void advance(const std::string& local_time);
    // Until every outbox is empty and every consumer stands behind the last published event. Fails
    // the test after 60 s.
    void drain();

    // Calls a method of a service as somebody. The service follows from the method's package.
    struct Who {
        std::string institution_id;
        std::string practitioner_id;
        std::vector<std::string> roles;
    };
    template <class Resp>
    rpc::CallResult<Resp> call(const Who& who, std::string_view method,
                               const google::protobuf::Message& request) {
        return client(who, method).call<Resp>(method, request, {std::chrono::seconds(20)});
    }

    // The encoded answer, for requests made by reflection.
    rpc::CallResult<std::string> call_raw(const Who& who, std::string_view method,
                                          const google::protobuf::Message& request) {
        return client(who, method).call_raw_blocking(method, request, {std::chrono::seconds(20)});
    }

    // A method of a service's OperatorService, which must succeed.
    template <class Resp>
    Resp operate(const std::string& service, std::string_view method,
                 const google::protobuf::Message& request) {
        auto answer = operator_of(service).call<Resp>(
            "yilian.common.v1.OperatorService/" + std::string(method), request,
            {std::chrono::seconds(60)});
        YILIAN_INVARIANT(answer.ok(), "operator call failed");
        return answer.value();
    }

    // Sum of a figure of GetCounts over periods and scopes.
    std::int64_t count(const std::string& service, const std::string& name);
    // "service check: id" of every violation of every service.
    std::vector<std::string> violations();

    // Every record of every topic, dead letters included, as a reader of the broker gets it.
    std::vector<kafka::Received> records();
    // The text of a service's metrics page.
    std::string metrics_page(const std::string& service);
    [[nodiscard]] const std::vector<std::string>& services() const { return order_; }

    [[nodiscard]] Broker& broker() { return *broker_; }
    [[nodiscard]] runtime::App& app(const std::string& service) { return *apps_.at(service); }
    [[nodiscard]] runtime::TestSite& site() { return site_; }
    // Stops a service as SIGTERM would and starts it again on the same data.
    void restart(const std::string& service);

  private:
    rpc::Client& client(const Who& who, std::string_view method);
    rpc::Client& operator_of(const std::string& service);
    [[nodiscard]] config::ServiceConfig config_of(const std::string& service);
    [[nodiscard]] bool quiet();

    std::unique_ptr<Broker> broker_;
    runtime::TestSite site_;
    std::vector<std::string> order_;
    std::map<std::string, runtime::ServiceDefinition> definitions_;
    std::map<std::string, int> ports_;
    std::map<std::string, std::unique_ptr<runtime::App>> apps_;
    std::map<std::string, std::unique_ptr<rpc::Client>> clients_;
};

// A request id, fresh each time.
[[nodiscard]] std::string request_id();

}  // namespace yilian::functional
