// Audit rows commit with their act, are chained without a fork, and the verifier names the place of
// every manipulation (security.md 4).
#include "libs/audit/audit.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "libs/audit/sealer.h"
#include "libs/audit/verifier.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/signature.h"
#include "libs/testkit/database.h"
#include "libs/testkit/status.h"

namespace yilian::audit {
namespace {

using ::testing::ElementsAre;
using testkit::HasCode;
using testkit::IsOk;

constexpr EmbeddedFile kActFiles[] = {
    {"0001_acts.sql", "CREATE TABLE acts (id TEXT PRIMARY KEY, n BIGINT CHECK (n > 0));"}};
constexpr storage::Query kAct{"act", "INSERT INTO acts (id, n) VALUES ($1, $2)"};
constexpr storage::Query kCounts{
    "counts", "SELECT (SELECT count(*) FROM acts), (SELECT count(*) FROM audit_rows)"};
Record record_of(int n) {
    return {.at = instant_from_ms(1'767'225'600'000 + n),
            .actor = "dr-1",
            .institution_id = "H3001",
            .client_id = "his",
            .action = "referrals/AcceptReferral",
            .subject = fmt::format("referral/{}", n),
            .resident_id = fmt::format("resident-{}", n % 3),
            .outcome = "OK",
            .reason = "",
            .purpose = "TREATMENT",
            .correlation_id = "c",
            .traceparent = "00-1-2-01"};
}

class Audit : public testkit::OnBothDrivers {
  protected:
    void SetUp() override {
        const storage::MigrationSet sets[] = {migrations(), {"test", kActFiles}};
        store_ = started(sets, {.writers = 3});
    }
    void append(int from, int to) {
        ASSERT_THAT(store_->run({"test"},
                                [&](storage::Transaction& tx) {
                                    for (int n = from; n <= to; ++n)
                                        writer_.append(tx, record_of(n));
                                }),
                    IsOk());
    }
    // `rows` sealed rows with sequences 1 … rows, rows of subject referral/<sequence>.
    void sealed(int rows) {
        append(1, rows);
        const auto count = sealer_.seal_now();
        ASSERT_THAT(count, IsOk());
        ASSERT_EQ(*count, rows);
    }
    Report verified(std::vector<Anchor> known = {}, const CheckSignature& check = {}) {
        Report report;
        EXPECT_THAT(
            store_->read([&](storage::Transaction& tx) { report = verify(tx, known, check); }),
            IsOk());
        return report;
    }
    // What the verifier finds, as "FAULT sequence".
    std::string found(const std::vector<Anchor>& known = {}) {
        const Report report = verified(known);
        if (report.sound()) return "sound";
        return fmt::format("{} {}", name_of(report.first_bad->fault), report.first_bad->sequence);
    }
    // The hand of somebody with all rights on the database.
    void tamper(const std::string& sql) {
        database().tamper(GetParam() == storage::Dialect::kSqlite
                              ? "DROP TRIGGER IF EXISTS audit_rows_fixed;"
                                "DROP TRIGGER IF EXISTS audit_rows_kept;" +
                                    sql
                              : "ALTER TABLE audit_rows DISABLE TRIGGER ALL;" + sql);
    }
    // Moves the rows from `from` on by `by` places; in two steps because places are unique.
    void renumber(int from, int by) {
        tamper(
            fmt::format("UPDATE audit_rows SET seal_sequence = seal_sequence + 100000 "
                        "WHERE seal_sequence >= {};"
                        "UPDATE audit_rows SET seal_sequence = seal_sequence - 100000 + {} "
                        "WHERE seal_sequence > 100000;",
                        from, by));
    }
    // A row made up by an attacker at a place, with hashes computed as the sealer does.
    void forge(std::int64_t place, const std::string& previous_link) {
        const Record record = record_of(99);
        const std::string hash = row_hash(place, "forged", record);
        tamper(fmt::format(
            "INSERT INTO audit_rows (id, at, actor, institution_id, client_id, action, subject, "
            "resident_id, outcome, reason, purpose, correlation_id, traceparent, seal_sequence, "
            "row_hash, chain_hash) VALUES ('forged', {}, '{}', '{}', '{}', '{}', '{}', '{}', '{}', "
            "'{}', '{}', '{}', '{}', {}, {}, {});",
            to_ms(record.at), record.actor, record.institution_id, record.client_id, record.action,
            record.subject, record.resident_id, record.outcome, record.reason, record.purpose,
            record.correlation_id, record.traceparent, place, blob(hash),
            blob(chain_link(previous_link, hash))));
    }
    std::string blob(const std::string& bytes) const {
        const std::string hex = crypto::hex(bytes);
        return GetParam() == storage::Dialect::kSqlite ? "x'" + hex + "'" : "'\\x" + hex + "'";
    }
    std::string link_at(int sequence) {
        static constexpr storage::Query kLink{
            "link", "SELECT chain_hash FROM audit_rows WHERE seal_sequence = $1"};
        std::string link;
        EXPECT_THAT(store_->read([&](storage::Transaction& tx) {
            link = tx.select(kLink, sequence).at(0).bytes(0);
        }),
                    IsOk());
        return link;
    }
    std::vector<std::int64_t> counts() {
        std::vector<std::int64_t> both;
        EXPECT_THAT(store_->read([&](storage::Transaction& tx) {
            const storage::Row row = tx.select(kCounts).at(0);
            both = {row.i64(0), row.i64(1)};
        }),
                    IsOk());
        return both;
    }

    std::unique_ptr<storage::Store> store_;
    SeededIds ids_{7};
    AuditWriter writer_{ids_};
    // Made after SetUp has made the store.
    struct LateSealer {
        Audit& test;
        absl::StatusOr<std::int64_t> seal_now() { return Sealer(*test.store_, {}).seal_now(); }
    } sealer_{*this};
};
YILIAN_ON_BOTH_DRIVERS(Audit);

TEST_P(Audit, RowCommitsWithTheActOrNotAtAll) {
    EXPECT_THAT(store_->run({"k"},
                            [&](storage::Transaction& tx) {
                                tx.post(kAct, "good", 1);
                                writer_.append(tx, record_of(1));
                            }),
                IsOk());
    EXPECT_THAT(store_->run({"k"},
                            [&](storage::Transaction& tx) {
                                writer_.append(tx, record_of(2));
                                tx.post(kAct, "bad", -1);
                            }),
                HasCode(absl::StatusCode::kInternal));
    EXPECT_THAT(counts(), ElementsAre(1, 1));
}

TEST_P(Audit, FailingAuditInsertFailsTheAct) {
    Record unwritable = record_of(1);
    unwritable.reason = "\xFF";
    EXPECT_THAT(store_->run({"k"},
                            [&](storage::Transaction& tx) {
                                tx.post(kAct, "act", 1);
                                writer_.append(tx, unwritable);
                            }),
                HasCode(absl::StatusCode::kInternal));
    database().tamper("DROP TABLE audit_rows");
    EXPECT_THAT(store_->run({"k"},
                            [&](storage::Transaction& tx) {
                                tx.post(kAct, "act", 1);
                                writer_.append(tx, record_of(1));
                            }),
                HasCode(absl::StatusCode::kInternal));
    static constexpr storage::Query kActs{"acts", "SELECT count(*) FROM acts"};
    std::int64_t acts = -1;
    ASSERT_THAT(store_->read([&](storage::Transaction& tx) { acts = tx.select(kActs)[0].i64(0); }),
                IsOk());
    EXPECT_EQ(acts, 0);
}

TEST_P(Audit, ResidentSeesWhoReadTheRecordNewestFirst) {
    append(1, 9);
    std::vector<Entry> entries;
    ASSERT_THAT(
        store_->read([&](storage::Transaction& tx) { entries = of_resident(tx, "resident-1", 2); }),
        IsOk());
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].record, record_of(7));
    EXPECT_EQ(entries[1].record, record_of(4));
}

TEST_P(Audit, ApplicationCanOnlyAppend) {
    sealed(3);
    append(4, 4);
    static constexpr storage::Query kDelete{"delete", "DELETE FROM audit_rows"};
    static constexpr storage::Query kEditNew{
        "edit new", "UPDATE audit_rows SET reason = 'x' WHERE seal_sequence IS NULL"};
    static constexpr storage::Query kUnseal{
        "unseal", "UPDATE audit_rows SET seal_sequence = NULL WHERE seal_sequence = 3"};
    static constexpr storage::Query kReseal{
        "reseal", "UPDATE audit_rows SET chain_hash = row_hash WHERE seal_sequence = 3"};
    for (const storage::Query* query : {&kDelete, &kEditNew, &kUnseal, &kReseal}) {
        EXPECT_THAT(store_->run({"k"}, [&](storage::Transaction& tx) { tx.execute(*query, {}); }),
                    HasCode(absl::StatusCode::kInternal))
            << query->name;
    }
    EXPECT_EQ(found(), "sound");
}

TEST_P(Audit, SoundChainOverSeveralPagesAndUnits) {
    sealed(2500);
    append(2501, 2503);
    const Report report = verified();
    EXPECT_TRUE(report.sound());
    EXPECT_EQ(report.sealed, 2500);
    EXPECT_EQ(report.unsealed, 3);
}

TEST_P(Audit, EmptyChainIsSound) { EXPECT_EQ(found(), "sound"); }

TEST_P(Audit, ChangeOfAnyColumnIsNamed) {
    sealed(9);
    const std::string text[] = {"id",     "actor",   "institution_id", "client_id",
                                "action", "subject", "resident_id",    "outcome",
                                "reason", "purpose", "correlation_id", "traceparent"};
    std::vector<std::string> statements;
    for (const std::string& column : text) {
        statements.push_back(fmt::format("{0} = {0} || 'x'", column));
    }
    statements.emplace_back("at = at + 1");
    for (const std::string& change : statements) {
        tamper("CREATE TABLE saved AS SELECT * FROM audit_rows WHERE seal_sequence = 5;");
        tamper("UPDATE audit_rows SET " + change + " WHERE seal_sequence = 5;");
        EXPECT_EQ(found(), "CHANGED 5") << change;
        const std::string column = change.substr(0, change.find(' '));
        tamper(
            fmt::format("UPDATE audit_rows SET {0} = (SELECT {0} FROM saved) "
                        "WHERE seal_sequence = 5; DROP TABLE saved;",
                        column));
        ASSERT_EQ(found(), "sound") << "put back";
    }
}

TEST_P(Audit, ChangedRowWithItsHashComputedAnewIsNamed) {
    sealed(9);
    Record record = record_of(5);
    record.actor = "somebody else";
    static constexpr storage::Query kId{"id", "SELECT id FROM audit_rows WHERE seal_sequence = 5"};
    std::string id;
    ASSERT_THAT(store_->read([&](storage::Transaction& tx) { id = tx.select(kId)[0].text(0); }),
                IsOk());
    tamper(fmt::format("UPDATE audit_rows SET actor = '{}', row_hash = {} WHERE seal_sequence = 5;",
                       record.actor, blob(row_hash(5, id, record))));
    EXPECT_EQ(found(), "CHANGED 5");
    EXPECT_EQ(verified().first_bad->audit_id, id);
}

TEST_P(Audit, DeletionIsNamed) {
    sealed(9);
    tamper("DELETE FROM audit_rows WHERE seal_sequence = 4;");
    EXPECT_EQ(found(), "DELETED 4");
    renumber(5, -1);
    EXPECT_EQ(found(), "DELETED 4") << "also when the rows behind close the gap";
}

TEST_P(Audit, DeletionOfTheFirstRowIsNamed) {
    sealed(3);
    tamper("DELETE FROM audit_rows WHERE seal_sequence = 1;");
    EXPECT_EQ(found(), "DELETED 1");
}

TEST_P(Audit, InsertionWithAWrongLinkIsNamed) {
    sealed(9);
    renumber(4, 1);
    forge(4, "a link that does not fit");
    EXPECT_EQ(found(), "INSERTED 4");
}

TEST_P(Audit, InsertionWithFittingHashesIsNamed) {
    sealed(9);
    const std::string previous = link_at(3);
    renumber(4, 1);
    forge(4, previous);
    EXPECT_EQ(found(), "INSERTED 4");
    EXPECT_EQ(verified().first_bad->audit_id, "forged");
}

TEST_P(Audit, InsertionWithoutHashesIsNamed) {
    sealed(9);
    renumber(4, 1);
    append(50, 50);
    tamper(
        "UPDATE audit_rows SET seal_sequence = 4, row_hash = NULL, chain_hash = NULL "
        "WHERE seal_sequence IS NULL;");
    EXPECT_EQ(found(), "INSERTED 4");
}

TEST_P(Audit, ReorderingIsNamed) {
    sealed(9);
    tamper(
        "UPDATE audit_rows SET seal_sequence = 100 WHERE seal_sequence = 3;"
        "UPDATE audit_rows SET seal_sequence = 3 WHERE seal_sequence = 7;"
        "UPDATE audit_rows SET seal_sequence = 7 WHERE seal_sequence = 100;");
    EXPECT_EQ(found(), "REORDERED 3");
}

TEST_P(Audit, TruncationShowsAgainstAnAnchor) {
    sealed(9);
    const auto anchor = Sealer(*store_, {}).anchor_now();
    ASSERT_THAT(anchor, IsOk());
    ASSERT_TRUE(anchor->has_value());
    tamper("DELETE FROM audit_rows WHERE seal_sequence > 6;");
    EXPECT_EQ(found(), "TRUNCATED 7");
    tamper("DELETE FROM audit_anchors;");
    EXPECT_EQ(found(), "sound") << "the database alone cannot know";
    EXPECT_EQ(found({**anchor}), "TRUNCATED 7") << "the anchor kept elsewhere does";
}

TEST_P(Audit, ChainComputedAnewShowsAgainstAnAnchor) {
    sealed(9);
    const auto anchor = Sealer(*store_, {}).anchor_now();
    ASSERT_THAT(anchor, IsOk());
    tamper(
        "UPDATE audit_rows SET actor = 'somebody else' WHERE seal_sequence = 2;"
        "UPDATE audit_rows SET seal_sequence = NULL, row_hash = NULL, chain_hash = NULL;"
        "DELETE FROM audit_anchors;");
    ASSERT_THAT(sealer_.seal_now(), IsOk());
    EXPECT_EQ(found(), "sound");
    EXPECT_EQ(found({**anchor}), "REWRITTEN 9");
}

TEST_P(Audit, SignedAnchors) {
    sealed(5);
    const auto key = crypto::SigningKey::generate(crypto::SignatureAlgorithm::kEd25519);
    Sealer sealer(*store_, {.signer = AnchorSigner{
                                "key-1", [&](std::string_view bytes) { return key.sign(bytes); }}});
    const auto anchor = sealer.anchor_now();
    ASSERT_THAT(anchor, IsOk());
    ASSERT_TRUE(anchor->has_value());
    const auto again = sealer.anchor_now();
    ASSERT_THAT(again, IsOk());
    EXPECT_FALSE(again->has_value()) << "nothing new to anchor";
    const CheckSignature check = [&](const std::string& id, std::string_view bytes,
                                     std::string_view signature) {
        return id == "key-1" && key.verify_key().verify(bytes, signature);
    };
    EXPECT_TRUE(verified({}, check).sound());
    EXPECT_EQ(verified({}, check).anchors, 1);
    tamper("UPDATE audit_anchors SET at = at + 1;");
    EXPECT_EQ(verified({}, check).first_bad, (Finding{Fault::kBadSignature, 5, ""}));
}

TEST_P(Audit, ConcurrentWritersAndSealersDoNotForkTheChain) {
    constexpr int kThreads = 4;
    constexpr int kEach = 60;
    // A second process on the same database where the driver allows one.
    const auto other = GetParam() == storage::Dialect::kPostgres ? database().store({}) : nullptr;
    if (other) {
        ASSERT_THAT(other->start(), IsOk());
    }
    Sealer first(*store_, {.poll = std::chrono::milliseconds(1), .rows_max = 7});
    Sealer second(other ? *other : *store_, {.poll = std::chrono::milliseconds(1), .rows_max = 5});
    first.start();
    second.start();
    std::vector<std::thread> writers;
    for (int t = 0; t < kThreads; ++t) {
        writers.emplace_back([&, t] {
            RandomIds ids;
            AuditWriter writer(ids);
            for (int n = 0; n < kEach; ++n) {
                EXPECT_THAT(store_->run({fmt::format("k{}", t)},
                                        [&](storage::Transaction& tx) {
                                            writer.append(tx, record_of(t * 1000 + n));
                                        }),
                            IsOk());
            }
        });
    }
    for (std::thread& writer : writers) writer.join();
    first.stop();
    second.stop();
    const Report report = verified();
    EXPECT_TRUE(report.sound());
    EXPECT_EQ(report.sealed, kThreads * kEach);
    EXPECT_EQ(report.unsealed, 0);
    EXPECT_GE(report.anchors, 1) << "stop anchors the head";
}

TEST_P(Audit, UnsealedAgeIsKnown) {
    append(3, 5);
    Unsealed waiting;
    ASSERT_THAT(store_->read([&](storage::Transaction& tx) { waiting = unsealed(tx); }), IsOk());
    EXPECT_EQ(waiting.rows, 3);
    EXPECT_EQ(waiting.oldest, record_of(3).at);
}

}  // namespace
}  // namespace yilian::audit
