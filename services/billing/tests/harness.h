#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "libs/policy/store.h"
#include "libs/storage/store.h"
#include "libs/testkit/database.h"
#include "services/billing/app/lists.h"
#include "services/billing/app/rule_book.h"
#include "services/billing/app/unit.h"
#include "yilian/billing/v1/types.pb.h"
#include "yilian/common/v1/codes.pb.h"

namespace yilian::billing::test {

// Feeds the service's handlers and use cases over a database, without gRPC and broker: the same
// code that events and commands run, in the order the test wants.
class Harness {
  public:
    // A database of its own. Without packs those of the repository.
    explicit Harness(storage::Dialect dialect = storage::Dialect::kSqlite,
                     std::shared_ptr<const policy::PackSet> packs = nullptr,
                     std::string district = "350104");
    // Over the store of a service that runs.
    explicit Harness(storage::Store& store, std::shared_ptr<const policy::PackSet> packs,
                     std::string district = "350104");
    ~Harness();

    // One event through its handler, as if it had come from a topic; `sequence` of its subject.
    void event(const google::protobuf::Message& message, std::int64_t sequence = 1);
    // One unit of a command.
    void unit(const std::function<void(app::Unit&)>& work);
    // The same, with the status that a failure gives.
    [[nodiscard]] absl::Status try_unit(const std::function<void(app::Unit&)>& work);
    // What the service shares between its units.
    [[nodiscard]] app::Env& env() { return *env_; }
    app::CaseView submit(const v1::SettlementList& list);
    // RUN of a month to PUBLISHED by two persons; statements as "party sha256\n…".
    std::string publish_month(const std::string& period);
    [[nodiscard]] std::vector<std::string> violations(const std::string& check_id);
    [[nodiscard]] std::vector<std::string> violations();
    [[nodiscard]] std::int64_t balance(const std::string& account);
    void read(const std::function<void(storage::Transaction&)>& work);

    Instant now;
    std::string actor = "tester";
    // See app::Env.
    void chunk_cases(std::int64_t cases) { env_->chunk_cases = cases; }
    testkit::Database* database() { return database_.get(); }
    storage::Store& store() { return *store_; }

  private:
    std::unique_ptr<testkit::Database> database_;
    std::unique_ptr<storage::Store> own_store_;
    storage::Store* store_ = nullptr;
    policy::PolicyStore policies_;
    std::string district_;
    RandomIds ids_;
    std::unique_ptr<app::RuleBook> rules_;
    std::unique_ptr<app::Env> env_;
    std::unique_ptr<outbox::OutboxWriter> writer_;
    outbox::Subscriptions handlers_;
};

[[nodiscard]] Instant at(const std::string& local);  // "2026-03-18T14:15:00+08:00"

// Facts of the walk (events.md 7), as messages.
namespace fact {
[[nodiscard]] std::unique_ptr<google::protobuf::Message> institution(
    const std::string& id, const std::string& institution_class, common::v1::InstitutionLevel level,
    const std::string& parent = "");
[[nodiscard]] std::unique_ptr<google::protobuf::Message> membership(const std::string& consortium,
                                                                    const std::string& id,
                                                                    bool lead);
[[nodiscard]] std::unique_ptr<google::protobuf::Message> resident(const std::string& id,
                                                                  const std::string& birth_date);
[[nodiscard]] std::unique_ptr<google::protobuf::Message> contract(const std::string& id,
                                                                  const std::string& resident_id);
[[nodiscard]] std::unique_ptr<google::protobuf::Message> contract_ended(
    const std::string& id, const std::string& resident_id, const std::string& effective_on);
[[nodiscard]] std::unique_ptr<google::protobuf::Message> enrolled(const std::string& id,
                                                                  const std::string& resident_id,
                                                                  const std::string& confirmed_on);
[[nodiscard]] std::unique_ptr<google::protobuf::Message> evidence(const std::string& evidence_id,
                                                                  const std::string& referral_id,
                                                                  const std::string& resident_id,
                                                                  const std::string& admitted_at);
[[nodiscard]] std::unique_ptr<google::protobuf::Message> dispensed(
    const std::string& dispense_id, const std::string& prescription_id,
    const std::string& resident_id);
}  // namespace fact

// Everything before the lists: H1, B1, V1 in C1, resident r with contract c and chronic flag.
void feed_places(Harness& harness);

// The three lists of the walk for a resident.
[[nodiscard]] v1::SettlementList stay_s1(const std::string& resident_id,
                                         const std::string& evidence_id);
[[nodiscard]] v1::SettlementList stay_s2(const std::string& resident_id,
                                         const std::string& evidence_id);
[[nodiscard]] v1::SettlementList outpatient_s3(const std::string& resident_id,
                                               const std::string& prescription_id);

}  // namespace yilian::billing::test
