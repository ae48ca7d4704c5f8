#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/rpc/local_site.h"
#include "libs/testkit/temp_dir.h"
#include "libs/testkit/temp_postgres.h"
#include "services/cli/operator_client.h"
#include "services/cli/run_file.h"
#include "tests/chaos/broker.h"
#include "tests/chaos/process.h"

namespace yilian::chaos {

// A variable that ctest sets for this program.
[[nodiscard]] std::string environment(const char* name);

// Services as processes of their own that can be killed, with broker, store (YILIAN_TEST_STORE:
// sqlite, postgres), certificates and tokens in a scratch folder. The programs are those with
// failpoints. Made on the main thread; start, kill and stop of one service by one thread at a time.
class Fleet {
  public:
    using Environment = std::map<std::string, std::string>;

    // All of `names` serve when this returns. `environments` by service.
    explicit Fleet(std::vector<std::string> names,
                   const std::map<std::string, Environment>& environments = {});
    ~Fleet();

    void start(const std::string& service, const Environment& more = {});
    // Until it answers health checks; started again when it has ended meanwhile. False after a
    // minute.
    [[nodiscard]] bool wait_serving(const std::string& service);
    [[nodiscard]] Process& process(const std::string& service) { return *services_.at(service); }
    [[nodiscard]] Broker& broker() { return *broker_; }
    // nullptr on SQLite.
    [[nodiscard]] testkit::TempPostgres* postgres() { return postgres_.get(); }

    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    // As deploy/run.sh would have written it.
    [[nodiscard]] const cli::RunFile& run() const { return run_; }
    [[nodiscard]] const cli::OperatorClients& operators() const { return *operators_; }
    [[nodiscard]] std::unique_ptr<rpc::Client> client(const std::string& service,
                                                      const std::string& institution,
                                                      std::vector<std::string> roles) const;
    [[nodiscard]] int metrics_port(const std::string& service) const {
        return metrics_ports_.at(service);
    }
    [[nodiscard]] std::string folder() const { return folder_.path().string(); }

  private:
    void write_secrets();
    void write_config(const std::string& service);
    void describe_run();
    [[nodiscard]] std::string store_block(const std::string& service);

    const std::vector<std::string> names_;
    testkit::TempDir folder_;
    rpc::LocalSite site_;
    std::unique_ptr<testkit::TempPostgres> postgres_;
    std::unique_ptr<Broker> broker_;
    std::map<std::string, int> ports_;
    std::map<std::string, int> metrics_ports_;
    std::map<std::string, std::unique_ptr<Process>> services_;
    cli::RunFile run_;
    std::unique_ptr<cli::OperatorClients> operators_;
};

}  // namespace yilian::chaos
