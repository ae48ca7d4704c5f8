#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/embedded_file.h"
#include "libs/base/ulid.h"
#include "libs/events/catalog.h"
#include "libs/events/codec.h"
#include "libs/events/event.h"
#include "libs/kafka/admin.h"
#include "libs/kafka/consumer.h"
#include "libs/kafka/mock_cluster.h"
#include "libs/kafka/producer.h"
#include "libs/outbox/consumer.h"
#include "libs/outbox/event_log.h"
#include "libs/outbox/migrations.h"
#include "libs/outbox/outbox.h"
#include "libs/outbox/relay.h"
#include "libs/outbox/status.h"
#include "libs/testkit/database.h"
#include "libs/testkit/status.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/registries/v1/events.pb.h"

// A producing service ("referrals") and a consuming one ("registries") with a broker between them,
// all in one process: what the tests of this library have in common.
namespace yilian::outbox::test {

using namespace std::chrono_literals;

inline constexpr const char* kTopic = "yilian.referrals.v1";
inline constexpr const char* kConsumer = "yilian.registries";
inline constexpr const char* kAcceptedType = "yilian.referrals.referral.accepted.v1";
inline constexpr const char* kClosedType = "yilian.referrals.referral.closed.v1";

inline constexpr std::array<EmbeddedFile, 1> kTestTables{{{"0001_test.sql",
                                                           R"(
CREATE TABLE seen (event_id TEXT NOT NULL, subject TEXT NOT NULL, sequence BIGINT NOT NULL,
                   marker TEXT NOT NULL, nr BIGINT NOT NULL);
CREATE TABLE referral_copy (referral_id TEXT PRIMARY KEY, marker TEXT NOT NULL,
                            changes BIGINT NOT NULL, closed BIGINT NOT NULL);
)"}}};

inline constexpr storage::Query kSee{
    "see",
    "INSERT INTO seen (event_id, subject, sequence, marker, nr) VALUES ($1, $2, $3, $4, $5)"};
inline constexpr storage::Query kSeen{"seen",
                                      "SELECT subject, sequence, marker FROM seen ORDER BY nr"};
inline constexpr storage::Query kCopyReferral{
    "copy referral",
    "INSERT INTO referral_copy (referral_id, marker, changes, closed) VALUES ($1, $2, 1, $3) "
    "ON CONFLICT (referral_id) DO UPDATE SET marker = excluded.marker, changes = "
    "referral_copy.changes + 1, closed = excluded.closed"};

// Fails the test when the condition does not come true in time.
inline bool eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds wait = 30s) {
    const auto until = std::chrono::steady_clock::now() + wait;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

// An answer that comes on another thread.
template <class T>
class Answer {
  public:
    std::function<void(T)> taker() {
        return [this](T value) {
            const std::lock_guard lock(mutex_);
            value_ = std::move(value);
            came_.notify_all();
        };
    }
    T wait() {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(came_.wait_for(lock, 60s, [&] { return value_.has_value(); }));
        return *value_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::optional<T> value_;
};

// The broker, and the file through which everybody finds it.
class Broker {
  public:
    Broker() {
        static std::atomic<int> number{0};
        file_ = std::filesystem::temp_directory_path() /
                ("outbox_test_" + std::to_string(::getpid()) + "_" + std::to_string(++number));
        start();
    }
    ~Broker() { std::filesystem::remove(file_); }
    void start() {
        cluster_ = std::make_unique<kafka::MockCluster>(
            std::vector<std::string>{kTopic, "yilian.registries.v1",
                                     kafka::dead_letter_topic(kConsumer, kTopic)},
            kafka::kPartitions);
        std::ofstream(file_.string() + ".new") << cluster_->bootstrap() << "\n";
        std::filesystem::rename(file_.string() + ".new", file_);
    }
    // Everything in it is gone; the next start() is another broker at another port.
    void kill() { cluster_.reset(); }
    kafka::MockCluster& cluster() { return *cluster_; }
    [[nodiscard]] kafka::Connection connection() const {
        kafka::Connection connection;
        connection.address = kafka::BrokerAddress::in_file(file_);
        connection.client_id = "outbox_test";
        return connection;
    }
    // All records of a topic so far, by partition and offset.
    std::vector<kafka::Received> records(const std::string& topic, std::size_t count) {
        kafka::Consumer reader{{.connection = connection(), .group = "outbox_test_reader"}};
        EXPECT_TRUE(reader.open().ok());
        std::vector<kafka::StartOffset> starts;
        for (int p = 0; p < kafka::kPartitions; ++p) {
            starts.push_back({{topic, p}, kafka::StartOffset::kBeginning});
        }
        EXPECT_TRUE(reader.assign(starts).ok());
        std::vector<kafka::Received> found;
        const auto until = std::chrono::steady_clock::now() + 20s;
        // A little longer than needed, to see what should not be there.
        int quiet = 0;
        while ((found.size() < count || quiet < 4) && std::chrono::steady_clock::now() < until) {
            kafka::Polled polled = reader.poll(50ms);
            if (polled.kind == kafka::Polled::Kind::kMessage) {
                found.push_back(std::move(polled.message));
                quiet = 0;
            } else {
                ++quiet;
            }
        }
        return found;
    }

  private:
    std::filesystem::path file_;
    std::unique_ptr<kafka::MockCluster> cluster_;
};

// A started store over a database of its own with the tables of this library and of the tests.
class Site {
  public:
    Site(storage::Dialect dialect, const std::string& service, std::uint64_t seed)
        : database(testkit::new_database(dialect)), ids(seed), writer(ids, service) {
        const std::array<storage::MigrationSet, 2> sets{migrations(), {"test", kTestTables}};
        EXPECT_THAT(database->migrate(sets), testkit::IsOk());
        open();
    }
    ~Site() { store->stop(); }
    void open() {
        store = database->store({});
        store->on_commit([this] {
            const std::lock_guard lock(wake_mutex_);
            if (wake_) wake_();
        });
        EXPECT_THAT(store->start(), testkit::IsOk());
    }
    void on_commit(std::function<void()> wake) {
        const std::lock_guard lock(wake_mutex_);
        wake_ = std::move(wake);
    }
    std::int64_t number(const storage::Query& query) {
        std::int64_t found = -1;
        EXPECT_THAT(
            store->read([&](storage::Transaction& tx) { found = tx.select_one(query)->i64(0); }),
            testkit::IsOk());
        return found;
    }
    PipelineStatus status() {
        PipelineStatus found;
        EXPECT_THAT(store->read([&](storage::Transaction& tx) { found = pipeline_status(tx); }),
                    testkit::IsOk());
        return found;
    }

    std::unique_ptr<testkit::Database> database;
    std::unique_ptr<storage::Store> store;
    SeededIds ids;
    OutboxWriter writer;

  private:
    std::mutex wake_mutex_;
    std::function<void()> wake_;
};

inline constexpr storage::Query kCountUnpublished{
    "unpublished", "SELECT COUNT(*) FROM outbox WHERE published_at IS NULL"};
inline constexpr storage::Query kCountEffects{"effects", "SELECT COUNT(*) FROM effects"};
inline constexpr storage::Query kCountSeen{"count seen", "SELECT COUNT(*) FROM seen"};
inline constexpr storage::Query kCountInbox{"count inbox", "SELECT COUNT(*) FROM inbox"};
inline constexpr storage::Query kCountOutbox{"count outbox", "SELECT COUNT(*) FROM outbox"};
inline constexpr storage::Query kCountParked{"count parked", "SELECT COUNT(*) FROM parked_events"};
inline constexpr storage::Query kCountDead{
    "count dead", "SELECT COUNT(*) FROM dead_letters WHERE resolved_at IS NULL"};
inline constexpr storage::Query kDoubleEffects{
    "double effects",
    "SELECT COUNT(*) FROM (SELECT 1 FROM effects GROUP BY consumer, event_id, kind, key HAVING "
    "COUNT(*) > 1) d"};

inline events::EventDraft accepted(const std::string& referral, const std::string& resident,
                                   const std::string& marker) {
    yilian::referrals::v1::ReferralAccepted message;
    message.mutable_context()->set_district_code("350104");
    message.set_referral_id(referral);
    message.set_resident_id(resident);
    message.set_to_institution_id(marker);
    return events::make_event(message);
}
inline events::EventDraft closed(const std::string& referral, const std::string& resident) {
    yilian::referrals::v1::ReferralClosed message;
    message.mutable_context()->set_district_code("350104");
    message.set_referral_id(referral);
    message.set_resident_id(resident);
    return events::make_event(message);
}
// Of the same aggregate, but nobody here handles it.
inline events::EventDraft waitlisted(const std::string& referral, const std::string& resident) {
    yilian::referrals::v1::ReferralWaitlisted message;
    message.mutable_context()->set_district_code("350104");
    message.set_referral_id(referral);
    message.set_resident_id(resident);
    return events::make_event(message);
}
// Of an aggregate that nobody here follows.
inline events::EventDraft access(const std::string& id, const std::string& resident) {
    yilian::referrals::v1::AccessRecorded message;
    message.mutable_context()->set_district_code("350104");
    message.set_access_id(id);
    message.set_resident_id(resident);
    return events::make_event(message);
}

// The producing side with its relay.
class Producing : public Site {
  public:
    Producing(storage::Dialect dialect, const Broker& broker)
        : Site(dialect, "referrals", 1), producer({.connection = broker.connection()}) {}
    ~Producing() { stop_relay(); }

    void emit(const std::vector<events::EventDraft>& drafts, Instant time = instant_from_ms(1000)) {
        EXPECT_THAT(store->run({"resident/" + drafts.at(0).partition_key},
                               [&](storage::Transaction& tx) {
                                   for (const auto& draft : drafts) {
                                       writer.append(tx, draft, {"corr", "cause", "", time});
                                   }
                               }),
                    testkit::IsOk());
    }
    // One unit an event, all at once, so that they share commits; those of one key stay in order.
    void emit_each(const std::vector<events::EventDraft>& drafts) {
        std::atomic<std::size_t> left{drafts.size()};
        for (const events::EventDraft& draft : drafts) {
            storage::Unit unit;
            unit.lock_keys = {"resident/" + draft.partition_key};
            unit.work = [&](storage::Transaction& tx) {
                writer.append(tx, draft, {"corr", "cause", "", instant_from_ms(1000)});
            };
            unit.done = [&](const absl::Status& status) {
                EXPECT_THAT(status, testkit::IsOk());
                --left;
            };
            EXPECT_THAT(store->submit(std::move(unit)), testkit::IsOk());
        }
        EXPECT_TRUE(eventually([&] { return left == 0; }));
    }
    void start_relay(RelayOptions options = {}, Hooks hooks = {}) {
        relay =
            std::make_unique<Relay>(*store, producer, ids, std::move(options), std::move(hooks));
        on_commit([this] { relay->wake(); });
        relay->start();
    }
    void stop_relay(std::chrono::milliseconds patience = 5s) {
        on_commit({});
        if (relay) relay->stop(patience);
        relay.reset();
    }
    void all_published() {
        ASSERT_TRUE(eventually([&] { return number(kCountUnpublished) == 0; }));
    }
    // As if the broker had never got that event.
    void lose(const std::string& subject, std::int64_t sequence) {
        database->tamper(
            "UPDATE outbox SET published_at = 1, kafka_partition = 0, kafka_offset = "
            "0 WHERE aggregateid = '" +
            subject + "' AND sequence = " + std::to_string(sequence));
    }

    kafka::Producer producer;
    std::unique_ptr<Relay> relay;
};

// The owner's history, as runtime would ask it by gRPC; may be switched off.
class Owner final : public ReplayClient {
  public:
    explicit Owner(storage::Store& store) : local_(store) {}
    absl::StatusOr<std::vector<StoredEvent>> of_subject(const std::string& service,
                                                        const std::string& subject,
                                                        std::int64_t from,
                                                        std::int64_t to) override {
        ++asked;
        if (!up) return absl::UnavailableError("owner is away");
        return local_.of_subject(service, subject, from, to);
    }
    absl::StatusOr<std::vector<StoredEvent>> by_position(const std::string& service,
                                                         const ReplayRange& range) override {
        ++asked;
        if (!up) return absl::UnavailableError("owner is away");
        return local_.by_position(service, range);
    }
    std::atomic<bool> up{true};
    std::atomic<int> asked{0};

  private:
    LocalReplay local_;
};

// The consuming side. Its handler notes what it was given, keeps a copy and appends an event.
class Consuming : public Site {
  public:
    Consuming(storage::Dialect dialect, const Broker& broker, ReplayClient* owner)
        : Site(dialect, "registries", 2), broker_(broker), owner_(owner) {}
    ~Consuming() { stop(); }

    Subscriptions subscriptions() {
        Subscriptions made{{kAcceptedType, [this](ConsumeContext& c) { on_accepted(c); }},
                           {kClosedType, [this](ConsumeContext& c) { on_closed(c); }}};
        made.insert(more.begin(), more.end());
        for (const std::string& type : without) made.erase(type);
        return made;
    }
    ConsumerOptions options() const {
        ConsumerOptions made;
        made.name = kConsumer;
        made.connection = broker_.connection();
        made.fetch_wait_ms = 10;
        made.session_timeout_ms = 6000;
        made.backoff_min = 10ms;
        made.backoff_max = 100ms;
        return made;
    }
    void start() { start(options()); }
    void start(ConsumerOptions with) {
        consumer = std::make_unique<Consumer>(std::move(with), *store, clock, writer,
                                              events::catalog(), subscriptions(), owner_, hooks());
        consumer->start();
    }
    void stop() {
        if (consumer) consumer->stop();
        consumer.reset();
    }
    Hooks hooks() {
        Hooks made;
        made.duplicate = [this](std::string_view) { ++duplicates; };
        made.dead_lettered = [this](std::string_view, std::string_view reason) {
            const std::lock_guard lock(mutex_);
            dead_reasons_.emplace_back(reason);
        };
        made.log = [](Hooks::Level level, std::string_view text) {
            if (level != Hooks::Level::kInfo) GTEST_LOG_(INFO) << text;
        };
        return made;
    }
    // Hooks are told after the commit: waits until `count` have been.
    std::vector<std::string> dead_reasons(std::size_t count) {
        const auto told = [this] {
            const std::lock_guard lock(mutex_);
            return dead_reasons_;
        };
        EXPECT_TRUE(eventually([&] { return told().size() >= count; }));
        return told();
    }
    // "<subject>#<sequence>:<marker>" in the order of application.
    std::vector<std::string> seen() {
        std::vector<std::string> found;
        EXPECT_THAT(store->read([&](storage::Transaction& tx) {
            found.clear();
            for (const storage::Row& row : tx.select(kSeen)) {
                found.push_back(row.text(0) + "#" + std::to_string(row.i64(1)) + ":" + row.text(2));
            }
        }),
                    testkit::IsOk());
        return found;
    }
    std::vector<std::string> seen_of(const std::string& subject) {
        std::vector<std::string> all = seen();
        std::erase_if(all, [&](const std::string& s) { return !s.starts_with(subject + "#"); });
        return all;
    }
    // Waits until `count` events have had their effect.
    void all_seen(std::int64_t count) {
        ASSERT_TRUE(eventually([&] { return number(kCountSeen) >= count; }))
            << number(kCountSeen) << " of " << count;
    }
    // Waits until everything that is published is behind the progress.
    void caught_up_with(Producing& producing) {
        ASSERT_TRUE(eventually([&] {
            const PipelineStatus there = producing.status();
            const PipelineStatus here = status();
            if (there.unpublished > 0) return false;
            for (const PublishedAt& last : there.published) {
                const bool behind = std::any_of(
                    here.consumed.begin(), here.consumed.end(), [&](const ConsumedAt& at) {
                        return at.topic == last.topic && at.partition == last.partition &&
                               at.next_offset > last.last_offset &&
                               at.cluster_id == there.cluster_id;
                    });
                if (!behind) return false;
            }
            return true;
        }));
    }
    // Each event once, each aggregate in order without a gap.
    void expect_exactly_once(std::int64_t events) {
        EXPECT_EQ(number(kCountSeen), events);
        EXPECT_EQ(number(kCountInbox), events);
        EXPECT_EQ(number(kCountEffects), events);
        EXPECT_EQ(number(kDoubleEffects), 0);
        std::map<std::string, std::int64_t> last;
        for (const std::string& one : seen()) {
            const auto hash = one.find('#');
            const std::string subject = one.substr(0, hash);
            EXPECT_GT(std::stoll(one.substr(hash + 1)), last[subject]) << one;
            last[subject] = std::stoll(one.substr(hash + 1));
        }
    }

    // From the next start on.
    Subscriptions more{};
    std::set<std::string> without{};

    DrivenClock clock{instant_from_ms(50'000)};
    std::unique_ptr<Consumer> consumer;
    std::atomic<int> duplicates{0};
    // What the handler does with a marker: "" = normal.
    std::function<void(const std::string& marker)> meddle = [](const std::string&) {};
    std::mutex meddle_mutex;

  private:
    void on_accepted(ConsumeContext& c) {
        yilian::referrals::v1::ReferralAccepted message;
        if (!message.ParseFromString(c.event.payload)) throw PoisonEvent("PAYLOAD_INVALID");
        {
            const std::lock_guard lock(meddle_mutex);
            meddle(message.to_institution_id());
        }
        if (!c.rebuilding) {
            c.tx.post(kSee, c.event.id, c.event.subject, c.event.sequence,
                      message.to_institution_id(), ++nr_);
        }
        c.tx.post(kCopyReferral, c.event.subject, message.to_institution_id(), 0);
        c.effect("referral.copied", c.event.subject);
        yilian::registries::v1::AccessRecorded caused;
        caused.mutable_context()->set_district_code("350104");
        caused.set_access_id(c.event.id);
        caused.set_resident_id(c.event.partition_key);
        c.append(events::make_event(caused));
    }
    void on_closed(ConsumeContext& c) {
        if (!c.rebuilding) {
            c.tx.post(kSee, c.event.id, c.event.subject, c.event.sequence, "closed", ++nr_);
        }
        c.tx.post(kCopyReferral, c.event.subject, "closed", 1);
        c.effect("referral.closed", c.event.subject);
    }

    const Broker& broker_;
    ReplayClient* owner_;
    std::atomic<std::int64_t> nr_{0};
    std::mutex mutex_;
    std::vector<std::string> dead_reasons_;
};

inline std::string resident(int i) { return "resident-" + std::to_string(i); }
inline std::string referral(int i) { return "referral-" + std::to_string(i); }

}  // namespace yilian::outbox::test
