// The create-referral command over gRPC with everything on (mTLS, token, audit, idempotency,
// outbox, durable commit) while all five services run as processes of their own and consume each
// other's events, and once more with one consumer only; client and services share the machine.
// Prints one JSON object: rates and latencies for each number of clients, the delay from the
// producer's commit to the consumer's, and what each idle service takes.
//   yilian_bench_commands [SECONDS-A-RUN]
// Store and broker by YILIAN_TEST_STORE and YILIAN_TEST_BROKER; tests/bench/run.sh sets the rest.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/invariant.h"
#include "libs/base/ulid.h"
#include "libs/runtime/testing/test_site.h"
#include "libs/testkit/metrics_page.h"
#include "services/cli/play/pipeline.h"
#include "tests/chaos/fleet.h"
#include "tests/chaos/played.h"
#include "yilian/directory/v1/institution_service.pb.h"
#include "yilian/directory/v1/resident_service.pb.h"
#include "yilian/referrals/v1/referral_service.pb.h"

namespace yilian::chaos {
namespace {

namespace dir = directory::v1;
namespace ref = referrals::v1;
using SteadyClock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
using Clients = std::vector<std::unique_ptr<rpc::Client>>;
using nlohmann::ordered_json;

constexpr int kResidents = 1000;
constexpr const char* kReferralsTopic = "yilian.referrals.v1";

std::string resident(std::size_t i) { return fmt::format("01jbench000000000000{:06}", i); }

// As many calls in flight as there are clients: each answer starts its client's next call.
class ClosedLoop {
  public:
    // Sends call number `n`; calls `answered` once.
    using Send = std::function<void(std::size_t n, rpc::Client&, std::function<void(bool)>)>;

    ClosedLoop(const Clients& channels, Send send)
        : channels_(channels), send_(std::move(send)), open_(0) {}

    // Until the end of `length`, or until `calls` have been made.
    ordered_json run(int clients, Seconds length, std::size_t calls) {
        const auto begin = SteadyClock::now();
        end_ = begin + std::chrono::duration_cast<SteadyClock::duration>(length);
        calls_ = calls;
        open_ = clients;
        for (int i = 0; i < clients; ++i) next(static_cast<std::size_t>(i));
        while (open_ > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        const double took = Seconds(SteadyClock::now() - begin).count();
        std::sort(latencies_ms_.begin(), latencies_ms_.end());
        const auto at = [&](double part) {
            if (latencies_ms_.empty()) return 0.0;
            const auto last = static_cast<double>(latencies_ms_.size() - 1);
            return latencies_ms_[static_cast<std::size_t>(part * last)];
        };
        return {{"clients", clients},
                {"commands_per_s", std::llround(static_cast<double>(latencies_ms_.size()) / took)},
                {"p50_ms", at(0.5)},
                {"p99_ms", at(0.99)},
                {"failed", failed_.load()}};
    }

  private:
    void next(std::size_t client) {
        const std::size_t n = started_++;
        if (n >= calls_ || SteadyClock::now() >= end_) {
            --open_;
            return;
        }
        const auto from = SteadyClock::now();
        send_(n, *channels_[client % channels_.size()], [this, client, from](bool good) {
            const double ms = Seconds(SteadyClock::now() - from).count() * 1000;
            if (!good) ++failed_;
            {
                const std::lock_guard lock(mutex_);
                latencies_ms_.push_back(ms);
            }
            next(client);
        });
    }

    const Clients& channels_;
    const Send send_;
    SteadyClock::time_point end_;
    std::size_t calls_ = 0;
    std::atomic<int> open_;
    std::atomic<std::size_t> started_{0};
    std::atomic<std::int64_t> failed_{0};
    std::mutex mutex_;
    std::vector<double> latencies_ms_;
};

ClosedLoop::Send sender(
    std::string method,
    std::function<std::unique_ptr<google::protobuf::Message>(std::size_t)> make) {
    return [method = std::move(method), make = std::move(make)](
               std::size_t n, rpc::Client& client, std::function<void(bool)> answered) {
        client.call_raw(method, *make(n), {std::chrono::seconds(20)},
                        [answered = std::move(answered)](const rpc::CallResult<std::string>& raw) {
                            if (!raw.ok()) fmt::print(stderr, "{}\n", raw.error().reason);
                            answered(raw.ok());
                        });
    };
}

Clients channels(const Fleet& fleet, const std::string& service, const std::string& institution,
                 const std::string& role, int count) {
    Clients out;
    for (int i = 0; i < count; ++i) out.push_back(fleet.client(service, institution, {role}));
    return out;
}

void register_institution(rpc::Client& client, const std::string& id, const std::string& kind,
                          common::v1::InstitutionLevel level) {
    dir::RegisterInstitutionRequest r;
    r.set_request_id(runtime::new_request_id());
    auto* institution = r.mutable_institution();
    institution->set_institution_id(id);
    institution->set_name("bench " + id);
    institution->set_class_(kind);
    institution->set_level(level);
    institution->set_district_code("350104");
    institution->set_agreement_from("2020-01-01");
    institution->set_effective_on("2020-01-01");
    const auto made = client.call<dir::Institution>(
        "yilian.directory.v1.InstitutionService/RegisterInstitution", r);
    YILIAN_INVARIANT(made.ok(), "bench: an institution was refused");
}

void register_residents(const Fleet& fleet) {
    const Clients clients = channels(fleet, "directory", "AGENCY", "registrar", 4);
    register_institution(*clients[0], "H1", "hospital", common::v1::INSTITUTION_LEVEL_L3);
    register_institution(*clients[0], "B1", "centre", common::v1::INSTITUTION_LEVEL_L1);
    ClosedLoop loop(
        clients, sender("yilian.directory.v1.ResidentService/RegisterResident", [](std::size_t n) {
            auto r = std::make_unique<dir::RegisterResidentRequest>();
            r->set_request_id(runtime::new_request_id());
            r->set_resident_id(resident(n));
            r->mutable_identity()->set_document_kind("PASSPORT");
            r->mutable_identity()->set_document_number(fmt::format("BENCH{:08}", n));
            r->mutable_identity()->set_name(fmt::format("bench {}", n));
            r->set_sex(common::v1::SEX_FEMALE);
            r->set_birth_date("1967-06-15");
            r->set_insurance(common::v1::INSURANCE_RES);
            r->set_insured_region("350104");
            r->set_home_institution_id("B1");
            return r;
        }));
    const auto made = loop.run(64, std::chrono::minutes(5), kResidents);
    YILIAN_INVARIANT(made["failed"] == 0, "bench: a resident was refused");
    wait_until_quiet(fleet);
}

std::unique_ptr<google::protobuf::Message> create_referral(IdSource& ids, std::size_t n) {
    auto r = std::make_unique<ref::CreateReferralRequest>();
    r->set_request_id(runtime::new_request_id());
    r->set_referral_id(ids.next_ulid());
    r->set_resident_id(resident(n * 7919 % kResidents));
    auto* content = r->mutable_content();
    content->set_direction(ref::DIRECTION_UP);
    content->set_kind(ref::REFERRAL_KIND_OUTPATIENT);
    content->set_priority(ref::PRIORITY_ROUTINE);
    content->set_receiver_institution_id("H1");
    auto* diagnosis = content->add_diagnoses();
    diagnosis->set_code_system("ICD10_CLINICAL");
    diagnosis->set_code("I10.x05");
    diagnosis->set_is_main(true);
    return r;
}

// Quantiles of a histogram of the metrics page, as the bucket bound that they do not exceed.
class Histogram {
  public:
    Histogram(const std::string& page, const std::string& name, const std::string& label) {
        std::istringstream lines(page);
        for (std::string line; std::getline(lines, line);) {
            if (!line.starts_with(name + "_bucket") || line.find(label) == std::string::npos) {
                continue;
            }
            const auto le = line.find("le=\"") + 4;
            const std::string bound = line.substr(le, line.find('"', le) - le);
            bounds_.push_back(bound == "+Inf" ? 1e9 : std::stod(bound));
            counts_.push_back(std::stod(line.substr(line.rfind(' ') + 1)));
        }
    }
    [[nodiscard]] double count() const { return counts_.empty() ? 0 : counts_.back(); }
    [[nodiscard]] double at_most_ms(double part, const Histogram& before) const {
        const double all = count() - before.count();
        for (std::size_t i = 0; i < bounds_.size(); ++i) {
            const double earlier = before.counts_.empty() ? 0 : before.counts_[i];
            if (counts_[i] - earlier >= part * all) return bounds_[i] * 1000;
        }
        return 0;
    }

  private:
    std::vector<double> bounds_;
    std::vector<double> counts_;
};

Histogram delays(const Fleet& fleet) {
    return {testkit::metrics_page(fleet.metrics_port("registries")), "event_end_to_end_seconds",
            kReferralsTopic};
}

std::int64_t resident_kib(pid_t pid) {
    std::ifstream status(fmt::format("/proc/{}/status", pid));
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::stoll(line.substr(6));
    }
    return 0;
}

// From exec to SERVING, and memory after it, each service started anew on its data.
ordered_json idle_services(Fleet& fleet) {
    ordered_json out = ordered_json::array();
    for (const std::string& name : fleet.names()) {
        (void)fleet.process(name).terminate();
        const auto begin = SteadyClock::now();
        fleet.start(name);
        YILIAN_INVARIANT(fleet.wait_serving(name), "bench: a service does not serve");
        const double ms = Seconds(SteadyClock::now() - begin).count() * 1000;
        out.push_back({{"service", name},
                       {"exec_to_serving_ms", std::llround(ms)},
                       {"resident_mib", resident_kib(fleet.process(name).pid()) / 1024}});
    }
    return out;
}

ordered_json bench(Seconds length) {
    Fleet fleet({"directory", "registries", "referrals", "prescriptions", "billing"});
    ordered_json out;
    out["store"] = std::getenv("YILIAN_TEST_STORE");
    out["broker"] = std::getenv("YILIAN_TEST_BROKER");
    out["idle"] = idle_services(fleet);
    register_residents(fleet);
    RandomIds ids;
    const Clients clients = channels(fleet, "referrals", "B1", "doctor", 8);
    const auto send = sender("yilian.referrals.v1.ReferralService/CreateReferral",
                             [&ids](std::size_t n) { return create_referral(ids, n); });
    ClosedLoop(clients, send).run(16, std::chrono::seconds(2), SIZE_MAX);  // warm
    out["create_referral"] = ordered_json::array();
    std::vector<std::string> running = fleet.names();
    const auto measure = [&](int count) {
        cli::play::Pipeline(fleet.operators(), running).wait_until_quiet();
        const Histogram before = delays(fleet);
        ordered_json run = ClosedLoop(clients, send).run(count, length, SIZE_MAX);
        cli::play::Pipeline(fleet.operators(), running).wait_until_quiet();
        const Histogram after = delays(fleet);
        run["services"] = running.size();
        run["commit_to_consumer_p50_ms_at_most"] = after.at_most_ms(0.5, before);
        run["commit_to_consumer_p99_ms_at_most"] = after.at_most_ms(0.99, before);
        run["consumed"] = after.count() - before.count();
        out["create_referral"].push_back(std::move(run));
    };
    for (const int count : {1, 16, 128}) measure(count);
    // One consumer: what the producer does when four others do not share its cores.
    for (const char* other : {"directory", "prescriptions", "billing"}) {
        (void)fleet.process(other).terminate();
    }
    running = {"referrals", "registries"};
    measure(128);
    return out;
}

}  // namespace
}  // namespace yilian::chaos

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::stod(argv[1]) : 8;
    fmt::print("{}\n", yilian::chaos::bench(yilian::chaos::Seconds(seconds)).dump());
    return 0;
}
