// What is personal stays where it was sent (security.md 5): the walk with markers in every personal
// field, the same calls again in ways that are refused, and then a search of everything that the
// platform wrote or answered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <fstream>

#include "libs/outbox/outbox.h"
#include "libs/rpc/method_table.h"
#include "services/directory/app_wiring.h"
#include "services/referrals/tests/referral_site.h"
#include "tests/functional/markers.h"
#include "tests/functional/walk/walk.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/directory/v1/import_service.pb.h"
#include "yilian/directory/v1/resident_service.pb.h"
#include "yilian/referrals/v1/referral_service.pb.h"

namespace yilian::functional {
namespace {

namespace dir = directory::v1;
namespace ref = referrals::v1;
using google::protobuf::Message;
using testing::IsEmpty;
using walk::Walk;

constexpr const char* kIdentityNumber = "350104196706150034";
constexpr const char* kWrongNumber = "350104196706150035";  // its checksum
constexpr const char* kPhone = "13900005566";
const std::string kResidents = "yilian.directory.v1.ResidentService/";
const std::string kImports = "yilian.directory.v1.ImportService/";
constexpr const char* kSecondResident = "01jwa1k00000000000000000r2";

std::unique_ptr<Message> new_message(const google::protobuf::Descriptor& type) {
    return std::unique_ptr<Message>(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

storage::Query query(const std::string& text) {
    static std::deque<std::string> kept;
    return {"privacy test", kept.emplace_back(text).c_str()};
}

void append(std::vector<std::string>& all, std::vector<std::string> more) {
    all.insert(all.end(), more.begin(), more.end());
}

// Everything of a record that a consumer can read.
std::string bytes_of(const kafka::Received& record) {
    std::string bytes = record.key.value_or("") + '\n' + record.value.value_or("");
    for (const auto& [name, value] : record.headers) bytes += '\n' + name + '=' + value;
    return bytes;
}

std::string text_of(const rpc::CallError& error) {
    std::string text = error.reason + '\n' + error.message + '\n' + error.details;
    for (const auto& [key, value] : error.metadata) text += '\n' + key + '=' + value;
    for (const auto& [field, code] : error.violations) text += '\n' + field + ' ' + code;
    return text;
}

class Privacy : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        walk_ = std::make_unique<Walk>();
        walk_->amend = [](Message& request) { stamp(request); };
        walk_->answered = again;
        walk_->whole();
        further_requests();
        refused_requests();
        walk_->platform.drain();
    }
    static void TearDownTestSuite() {
        walk_.reset();
        markers_ = {};
        errors_.clear();
        sent_.clear();
        accepted_.clear();
    }

    static void stamp(Message& request) {
        if (!has_guarded_field(*request.GetDescriptor())) return;
        markers_.stamp(request);
    }

    static void note(std::string_view method, const rpc::CallResult<std::string>& answer) {
        if (!answer.ok()) errors_.emplace_back(method, text_of(answer.error()));
    }

    // A call that succeeded comes again: as it was, as new, and with the same request_id and other
    // content; the last two are refused by the domain or by the write path.
    static void again(const Platform::Who& who, std::string_view method, const Message& request,
                      const Message& answer) {
        markers_.remember(answer);
        if (has_guarded_field(*request.GetDescriptor())) accepted_.emplace(method);
        if (!has_guarded_field(*request.GetDescriptor())) return;
        guarded_fields(*request.GetDescriptor(), sent_);
        note(method, walk_->platform.call_raw(who, method, request));
        std::unique_ptr<Message> other(request.New());
        other->CopyFrom(request);
        stamp(*other);
        note(method, walk_->platform.call_raw(who, method, *other));
        const auto* id = other->GetDescriptor()->FindFieldByName("request_id");
        if (id == nullptr) return;
        other->GetReflection()->SetString(other.get(), id, request_id());
        note(method, walk_->platform.call_raw(who, method, *other));
    }

    // What the walk does not do, with markers that the services accept.
    static void further_requests() {
        residents_by_document();
        imported_rows();
        referrals_that_come_back();
    }

    // A second resident with a real identity number and a phone, found by it; one whose number is
    // wrong.
    static void residents_by_document() {
        walk_->amend = nullptr;
        markers_.add(kIdentityNumber);
        markers_.add(kPhone);
        dir::RegisterResidentRequest r;
        r.set_resident_id(kSecondResident);
        auto* identity = r.mutable_identity();
        identity->set_document_kind("ID_CARD");
        identity->set_document_number(kIdentityNumber);
        identity->set_name("QZPERSONAL-second");
        identity->set_phone(kPhone);
        identity->set_address("QZPERSONAL-street");
        r.set_sex(common::v1::SEX_MALE);
        r.set_birth_date("1967-06-15");
        r.set_insurance(common::v1::INSURANCE_RES);
        r.set_insured_region(walk::kDistrict);
        r.set_home_institution_id(walk::kCentre);
        walk_->ok<dir::RegisterResidentResponse>(walk::kRegistrar, kResidents + "RegisterResident",
                                                 r);
        dir::FindResidentRequest find;
        find.set_document_kind("ID_CARD");
        find.set_document_number(kIdentityNumber);
        EXPECT_EQ(
            walk_
                ->ok<dir::FindResidentResponse>(walk::kRegistrar, kResidents + "FindResident", find)
                .resident_id(),
            kSecondResident);
        dir::ChangeResidentRequest change;
        change.set_resident_id(kSecondResident);
        change.add_update_mask("identity");
        *change.mutable_identity() = *identity;
        change.mutable_identity()->set_address("QZPERSONAL-moved");
        walk_->ok<dir::Resident>(walk::kRegistrar, kResidents + "ChangeResident", change);
        identity->set_document_number(kWrongNumber);
        markers_.add(kWrongNumber);
        EXPECT_EQ(walk_->refused<dir::RegisterResidentResponse>(walk::kRegistrar,
                                                                kResidents + "RegisterResident", r),
                  "FIELD_INVALID");
    }

    // A good row and bad ones; the report names row, column and reason, never the value.
    static void imported_rows() {
        dir::BatchImportResidentsRequest residents;
        residents.set_batch_id("batch-residents");
        for (const char* document : {"QZPERSONAL-D1", "QZPERSONAL D2 ?", "QZPERSONAL-D3"}) {
            auto* row = residents.add_rows();
            row->mutable_identity()->set_document_kind("PASSPORT");
            row->mutable_identity()->set_document_number(document);
            row->mutable_identity()->set_name("QZPERSONAL-row");
            row->set_sex(common::v1::SEX_FEMALE);
            row->set_birth_date("1980-01-02");
            row->set_insurance(common::v1::INSURANCE_RES);
            row->set_insured_region(walk::kDistrict);
        }
        residents.mutable_rows(2)->set_birth_date("1980-01-32");
        expect_clean_report(walk_->ok<common::v1::ImportReport>(
            walk::kRegistrar, kImports + "BatchImportResidents", residents));
    }

    static void expect_clean_report(const common::v1::ImportReport& report) {
        EXPECT_GT(report.refused_count(), 0);
        EXPECT_THAT(markers_.find("import report", report.SerializeAsString()), IsEmpty());
    }

    // One is rejected with a comment, one goes back with advice and stays open.
    static void referrals_that_come_back() {
        walk_->amend = [](Message& request) { stamp(request); };
        for (const auto& [id, advice] : {std::pair{"01jwa1k00000000000000000f1", false},
                                         std::pair{"01jwa1k00000000000000000f2", true}}) {
            ref::CreateReferralRequest create;
            create.set_referral_id(id);
            create.set_resident_id(walk::kResident);
            *create.mutable_content() = referrals::testing::ReferralSite::content();
            create.mutable_content()->mutable_diagnoses(0)->set_code(advice ? "I10.x05"
                                                                            : "I11.900");
            walk_->ok<ref::Referral>(walk::kTeamDoctor, walk::referrals("CreateReferral"), create);
            ref::SubmitReferralRequest submit;
            submit.set_referral_id(id);
            walk_->ok<ref::Referral>(walk::kTeamDoctor, walk::referrals("SubmitReferral"), submit);
            if (advice) {
                ref::ReturnAdviceRequest back;
                back.set_referral_id(id);
                walk_->ok<ref::Referral>(walk::kHospitalDoctor, walk::referrals("ReturnAdvice"),
                                         back);
            } else {
                ref::RejectReferralRequest reject;
                reject.set_referral_id(id);
                reject.set_reason_code("TREAT_AT_BASE");
                walk_->ok<ref::Referral>(walk::kHospitalDoctor, walk::referrals("RejectReferral"),
                                         reject);
            }
        }
        walk_->amend = nullptr;
    }

    // Every method whose request has a guarded field: everything filled, nothing but the guarded
    // fields, and without the right to call it.
    static void refused_requests() {
        for (const std::string& service : walk_->platform.services()) {
            for (const rpc::MethodRow* row : walk_->platform.app(service).methods()) {
                if (row->descriptor == nullptr || row->roles.empty()) continue;
                if (!has_guarded_field(*row->descriptor->input_type())) continue;
                guarded_fields(*row->descriptor->input_type(), sent_);
                const Platform::Who allowed{"B1", "gp-1", row->roles};
                const auto filled = new_message(*row->descriptor->input_type());
                markers_.fill(*filled);
                note(row->name, walk_->platform.call_raw(allowed, row->name, *filled));
                note(row->name, walk_->platform.call_raw({"B1", "gp-1", {}}, row->name, *filled));
                const auto bare = new_message(*row->descriptor->input_type());
                markers_.stamp(*bare);
                note(row->name, walk_->platform.call_raw(allowed, row->name, *bare));
            }
        }
    }

    // Every value of every table of a service.
    static std::vector<std::string> find_in_database(const std::string& service,
                                                     bool clinical_text_may_stand) {
        std::vector<std::string> found;
        storage::Store& store = walk_->platform.app(service).store();
        const auto status = store.read([&](storage::Transaction& tx) {
            found.clear();
            for (const auto& table : tx.select(tables())) {
                const std::string name = table.text(0);
                for (const auto& row : tx.select(query("SELECT * FROM " + name))) {
                    for (const auto& value : row.values()) {
                        const auto* text = std::get_if<std::string>(&value.held());
                        const auto* blob = std::get_if<storage::Blob>(&value.held());
                        if (text == nullptr && blob == nullptr) continue;
                        append(found, markers_.find(service + " " + name,
                                                    text != nullptr ? *text : blob->bytes,
                                                    clinical_text_may_stand));
                    }
                }
            }
        });
        EXPECT_TRUE(status.ok()) << status;
        return found;
    }
    static storage::Query tables() {
        return {"privacy test tables",
                "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"};
    }

    static std::unique_ptr<Walk> walk_;
    static Markers markers_;
    static std::vector<std::pair<std::string, std::string>> errors_;  // method, all of its text
    static std::set<std::string> sent_;                               // guarded fields
    static std::set<std::string> accepted_;                           // methods
};

std::unique_ptr<Walk> Privacy::walk_;
Markers Privacy::markers_;
std::vector<std::pair<std::string, std::string>> Privacy::errors_;
std::set<std::string> Privacy::sent_;
std::set<std::string> Privacy::accepted_;

TEST_F(Privacy, EveryGuardedFieldOfEveryRequestCarriedAMarker) {
    std::set<std::string> all;
    for (const std::string& service : walk_->platform.services()) {
        for (const rpc::MethodRow* row : walk_->platform.app(service).methods()) {
            if (row->descriptor != nullptr) guarded_fields(*row->descriptor->input_type(), all);
        }
    }
    EXPECT_EQ(sent_, all);
    EXPECT_GE(all.size(), 15U);
    EXPECT_GT(markers_.made(), 50);
    EXPECT_GT(errors_.size(), 50U) << "requests that failed";
}

// Markers went through the whole of these, not only to a refusal.
TEST_F(Privacy, RequestsWithMarkersWereAccepted) {
    for (const std::string& method :
         {kResidents + "RegisterResident", kResidents + "FindResident",
          kResidents + "ChangeResident", kImports + "BatchImportResidents",
          walk::referrals("CreateReferral"), walk::referrals("UpdateDraft"),
          walk::referrals("ReturnAdvice"), walk::referrals("RejectReferral"),
          walk::referrals("CompleteReferral"), walk::prescriptions("ClaimPrescription"),
          walk::prescriptions("DispenseLine")}) {
        EXPECT_TRUE(accepted_.contains(method)) << method;
    }
}

// A field that is named like something personal says so, or is known not to be.
TEST_F(Privacy, FieldsNamedLikePersonalDataAreMarkedAsSuch) {
    const std::set<std::string> known = {
        "google.longrunning.GetOperationRequest.name", "yilian.common.v1.NamedCount.name",
        "yilian.directory.v1.Institution.name", "yilian.prescriptions.v1.DrugRow.name"};
    const std::set<std::string> names = {"name",    "phone",  "address",         "document_number",
                                         "comment", "remark", "chief_complaint", "history",
                                         "text",    "note",   "treatment",       "plan"};
    for (const std::string& service : walk_->platform.services()) {
        for (const rpc::MethodRow* row : walk_->platform.app(service).methods()) {
            if (row->descriptor == nullptr || row->kind == rpc::MethodKind::kOperator) continue;
            std::vector<const google::protobuf::Descriptor*> types = {
                row->descriptor->input_type()};
            std::set<const google::protobuf::Descriptor*> seen;
            while (!types.empty()) {
                const auto* type = types.back();
                types.pop_back();
                if (!seen.insert(type).second) continue;
                for (int i = 0; i < type->field_count(); ++i) {
                    const auto* field = type->field(i);
                    if (field->message_type() != nullptr) types.push_back(field->message_type());
                    const bool text =
                        field->type() == google::protobuf::FieldDescriptor::TYPE_STRING;
                    if (!text || !names.contains(field->name())) continue;
                    EXPECT_TRUE(known.contains(field->full_name()) ||
                                level_of(*field) >= common::v1::DATA_LEVEL_PERSONAL)
                        << field->full_name();
                }
            }
        }
    }
}

TEST_F(Privacy, NoMarkerInErrors) {
    std::vector<std::string> found;
    for (const auto& [method, text] : errors_) append(found, markers_.find(method, text));
    EXPECT_THAT(found, IsEmpty());
}

TEST_F(Privacy, NoMarkerInTopics) {
    std::vector<std::string> found;
    const auto records = walk_->platform.records();
    EXPECT_GT(records.size(), 50U);
    for (const auto& record : records) {
        append(found, markers_.find(record.at.topic, bytes_of(record)));
    }
    EXPECT_THAT(found, IsEmpty());
}

TEST_F(Privacy, NoMarkerInMetrics) {
    std::vector<std::string> found;
    for (const std::string& service : walk_->platform.services()) {
        const std::string page = walk_->platform.metrics_page(service);
        EXPECT_THAT(page, testing::HasSubstr("# TYPE")) << service;
        append(found, markers_.find("metrics of " + service, page));
    }
    EXPECT_THAT(found, IsEmpty());
}

// Logs, tokens, ready files; the databases stand elsewhere and are searched by their own test.
TEST_F(Privacy, NoMarkerInTheRunFolder) {
    const std::string folder = walk_->platform.site().file("");
    for (const std::string& service : walk_->platform.services()) {
        std::ifstream log(folder + service + ".log");
        EXPECT_TRUE(log.good()) << service;
        EXPECT_NE(log.peek(), std::ifstream::traits_type::eof()) << "no log of " << service;
    }
    EXPECT_THAT(find_in_folder(markers_, folder), IsEmpty());
}

// Personal data only encrypted or as keyed digests, secrets only hashed; clinical text only in the
// record of referrals.
TEST_F(Privacy, NoMarkerInDatabases) {
    std::vector<std::string> found;
    for (const std::string& service : walk_->platform.services()) {
        append(found, find_in_database(service, service == "referrals"));
    }
    EXPECT_THAT(found, IsEmpty());
    EXPECT_THAT(find_in_database("referrals", false), testing::Not(IsEmpty()))
        << "the search sees what is there";
}

// The same searches find what is planted; otherwise the tests above prove nothing.
TEST(PrivacySearch, PlantedLeaksAreFound) {
    Platform platform(walk::kDistrict, "2025-12-20T09:00:00+08:00", {directory::definition()});
    Markers markers;
    dir::RegisterResidentRequest request;
    request.mutable_identity()->set_name("");
    markers.stamp(request);
    const std::string marker = request.identity().name();
    markers.add("4711-secret");
    EXPECT_THAT(find_in_folder(markers, platform.site().file("")), IsEmpty());

    std::ofstream(platform.site().file("directory.log"), std::ios::app)
        << R"({"level":"info","text":"registered )" << marker << "\"}\n";
    EXPECT_EQ(find_in_folder(markers, platform.site().file("")).size(), 1U);
    std::ofstream(platform.site().file("core.4711-secret")) << "x";
    EXPECT_EQ(find_in_folder(markers, platform.site().file("")).size(), 2U) << "a file's name";

    // An event with a name in it.
    dir::InstitutionChanged event;
    event.mutable_context()->set_district_code(walk::kDistrict);
    event.set_institution_id("H1");
    event.set_class_(marker);
    SeededIds ids(1);
    outbox::OutboxWriter writer(ids, "directory");
    const auto status = platform.app("directory").store().run({"plant"}, [&](auto& tx) {
        writer.append(tx, events::make_event(event), {"plant", "", "", Instant()});
    });
    ASSERT_TRUE(status.ok()) << status;
    platform.drain();
    std::size_t leaks = 0;
    for (const auto& record : platform.records()) {
        leaks += markers.find(record.at.topic, bytes_of(record)).size();
    }
    EXPECT_EQ(leaks, 1U);

    rpc::CallError error;
    error.metadata["name"] = marker;
    EXPECT_EQ(markers.find("error", text_of(error)).size(), 1U);
    EXPECT_EQ(markers.find("metrics", "yilian_x{who=\"" + marker + "\"} 1").size(), 1U);
    EXPECT_THAT(markers.find("metrics", "yilian_x{who=\"B1\"} 1"), IsEmpty());
}

}  // namespace
}  // namespace yilian::functional
