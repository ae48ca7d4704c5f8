// Copies of other services' facts can be dropped and made again, from the topics and from the
// owners' logs (issue item 6): on the state after the walk, for every projection of every service.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <set>

#include "tests/functional/walk/walk.h"
#include "tests/functional/written_tables.h"
#include "yilian/common/v1/operator.pb.h"
#include "yilian/directory/v1/institution_service.pb.h"
#include "yilian/directory/v1/resident_service.pb.h"

namespace yilian::functional {
namespace {

namespace dir = directory::v1;
namespace v1 = common::v1;
using testing::IsEmpty;

const std::vector<std::string>& services() {
    static const std::vector<std::string> names = {"directory", "registries", "referrals",
                                                   "prescriptions", "billing"};
    return names;
}

// Copies of facts that nobody publishes here: peer reviews, and packs that come after the start.
const std::set<std::string>& never_fed() {
    static const std::set<std::string> names = {"peer_scores", "packs", "policies", "policy_packs"};
    return names;
}

// Queries are cached by the address of their text, which must stay.
storage::Query query(const std::string& text) {
    static std::deque<std::string> kept;
    return {"rebuild test", kept.emplace_back(text).c_str()};
}

std::string shown(const storage::Value& value) {
    const auto& held = value.held();
    if (const auto* number = std::get_if<std::int64_t>(&held)) return std::to_string(*number);
    if (const auto* text = std::get_if<std::string>(&held)) return "'" + *text + "'";
    if (const auto* blob = std::get_if<storage::Blob>(&held)) return "x'" + blob->bytes + "'";
    return "null";
}

class Rebuild : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        walk_ = std::make_unique<walk::Walk>();
        walk_->whole();
        later_facts();
        walk_->platform.drain();
    }
    static void TearDownTestSuite() { walk_.reset(); }

    // What the walk leaves out: facts that change, end or follow each other in one copy.
    static void later_facts() {
        const std::string residents = "yilian.directory.v1.ResidentService/";
        const std::string institutions = "yilian.directory.v1.InstitutionService/";
        dir::RecordAllergyRequest allergy;
        allergy.set_resident_id(walk::kResident);
        allergy.set_allergy_code("penicillin");
        walk_->ok<dir::Resident>(walk::kTeamDoctor, residents + "RecordAllergy", allergy);
        dir::ChangeResidentRequest change;
        change.set_resident_id(walk::kResident);
        change.add_update_mask("home_institution_id");
        change.set_home_institution_id(walk::kClinic);
        change.set_effective_on("2026-04-20");
        walk_->ok<dir::Resident>(walk::kRegistrar, residents + "ChangeResident", change);
        dir::GetInstitutionRequest get;
        get.set_institution_id(walk::kClinic);
        dir::ChangeInstitutionRequest clinic;
        *clinic.mutable_institution() =
            walk_->ok<dir::Institution>(walk::kRegistrar, institutions + "GetInstitution", get);
        clinic.mutable_institution()->set_effective_on("2026-04-20");
        clinic.mutable_institution()->set_agreement_to("2026-12-31");
        clinic.mutable_institution()->clear_etag();
        walk_->ok<dir::Institution>(walk::kRegistrar, institutions + "ChangeInstitution", clinic);
        dir::ChangePractitionerRightsRequest rights;
        auto* pharmacist = rights.mutable_practitioner();
        pharmacist->set_practitioner_id("ph-1");
        pharmacist->set_name("walk practitioner");
        pharmacist->add_institution_ids(walk::kCentre);
        pharmacist->set_title("SENIOR");
        pharmacist->add_rights("REVIEW_PRESCRIPTION");
        pharmacist->set_valid_from("2026-04-20");
        walk_->ok<dir::Practitioner>(walk::kRegistrar, institutions + "ChangePractitionerRights",
                                     rights);
        dir::MoveResidentRequest away;
        away.set_resident_id(walk::kResident);
        away.set_outside(true);
        away.set_on("2026-04-20");
        walk_->ok<dir::Resident>(walk::kRegistrar, residents + "MoveResident", away);
        walk_->at("2026-04-21T09:00");
    }

    static storage::Store& store(const std::string& service) {
        return walk_->platform.app(service).store();
    }

    static std::vector<v1::Projection> projections(const std::string& service) {
        const auto list = walk_->platform.operate<v1::ListProjectionsResponse>(
            service, "ListProjections", v1::ListProjectionsRequest());
        return {list.projections().begin(), list.projections().end()};
    }

    // All rows of the tables, sorted by bytes.
    static std::vector<std::string> dump(const std::string& service,
                                         const v1::Projection& projection) {
        std::vector<std::string> rows;
        const auto status = store(service).read([&](storage::Transaction& tx) {
            rows.clear();
            for (const std::string& table : projection.tables()) {
                for (const auto& row : tx.select(query("SELECT * FROM " + table))) {
                    std::string line = table;
                    for (const auto& value : row.values()) line += " | " + shown(value);
                    rows.push_back(std::move(line));
                }
            }
        });
        EXPECT_TRUE(status.ok()) << status;
        std::ranges::sort(rows);
        return rows;
    }

    static void drop(const std::string& service, const v1::Projection& projection) {
        const auto status = store(service).run({"rebuild test"}, [&](storage::Transaction& tx) {
            for (const std::string& table : projection.tables()) {
                tx.run(query("DELETE FROM " + table));
            }
        });
        EXPECT_TRUE(status.ok()) << status;
    }

    // Answers the rows that came back.
    static std::size_t expect_same_rows_from(v1::RebuildSource source) {
        std::size_t rows = 0;
        for (const std::string& service : services()) {
            for (const auto& projection : projections(service)) {
                SCOPED_TRACE(service + " " + projection.name());
                const auto before = dump(service, projection);
                drop(service, projection);
                EXPECT_THAT(dump(service, projection), IsEmpty());
                v1::RebuildProjectionRequest request;
                request.set_projection(projection.name());
                request.set_source(source);
                const auto report = walk_->platform.operate<v1::RebuildProjectionResponse>(
                    service, "RebuildProjection", request);
                EXPECT_EQ(dump(service, projection), before);
                EXPECT_EQ(before.empty(), never_fed().contains(projection.name()));
                EXPECT_EQ(report.rows_before(), 0);
                EXPECT_EQ(report.rows_after(), static_cast<std::int64_t>(before.size()));
                rows += before.size();
            }
        }
        return rows;
    }

    static std::unique_ptr<walk::Walk> walk_;
};

std::unique_ptr<walk::Walk> Rebuild::walk_;

TEST_F(Rebuild, FromTheTopicsGivesTheSameRows) {
    EXPECT_GT(expect_same_rows_from(v1::REBUILD_SOURCE_TOPICS), 50U);
    walk_->expect_everything_right();
}

TEST_F(Rebuild, FromReplayEventsGivesTheSameRows) {
    EXPECT_GT(expect_same_rows_from(v1::REBUILD_SOURCE_OWNER_LOG), 50U);
    walk_->expect_everything_right();
}

TEST_F(Rebuild, LeavesNoTraceInEventsInboxAndEffects) {
    const auto figures = [] {
        std::map<std::string, std::int64_t> found;
        for (const std::string& service : services()) {
            const auto status = store(service).read([&](storage::Transaction& tx) {
                for (const char* table : {"outbox", "inbox", "effects", "timers", "audit_rows"}) {
                    const auto row =
                        tx.select_one(query("SELECT count(*) FROM " + std::string(table)));
                    found[service + " " + table] = row->i64(0);
                }
            });
            EXPECT_TRUE(status.ok()) << status;
        }
        return found;
    };
    auto before = figures();
    expect_same_rows_from(v1::REBUILD_SOURCE_OWNER_LOG);
    auto after = figures();
    // The operator's calls themselves are audited.
    for (const std::string& service : services()) {
        before.erase(service + " audit_rows");
        after.erase(service + " audit_rows");
    }
    EXPECT_EQ(after, before);
}

TEST_F(Rebuild, EveryCopyOfOtherServicesFactsBelongsToOneProjection) {
    for (const std::string& service : services()) {
        std::map<std::string, int> projected;
        for (const auto& projection : projections(service)) {
            EXPECT_FALSE(projection.event_types().empty()) << projection.name();
            for (const std::string& table : projection.tables()) ++projected[table];
        }
        for (const auto& [table, times] : projected) {
            EXPECT_EQ(times, 1) << service << " " << table;
        }
        const WrittenTables written = written_tables(service);
        EXPECT_FALSE(written.by_events.empty()) << service;
        for (const std::string& table : written.by_events) {
            EXPECT_TRUE(projected.contains(table))
                << service << " " << table << " is written by events only and cannot be rebuilt";
        }
        for (const std::string& table : written.otherwise) {
            EXPECT_FALSE(table.ends_with("_copies") && !projected.contains(table))
                << service << " " << table;
        }
    }
}

}  // namespace
}  // namespace yilian::functional
