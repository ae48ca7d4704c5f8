#include <filesystem>
#include <functional>

#include "libs/tabular/csv_writer.h"
#include "libs/tabular/output.h"
#include "services/cli/exit_code.h"
#include "services/cli/play/registers.h"

// The registers of a synthetic district as an operator's files would hold them.
namespace yilian::cli::play {
namespace {

using tabular::CsvWriter;

template <class Repeated>
std::vector<std::string> list(const Repeated& items) {
    return {items.begin(), items.end()};
}

class Folder {
  public:
    explicit Folder(std::string path) : path_(std::move(path)) {
        std::error_code error;
        std::filesystem::create_directories(path_, error);
    }
    void write(const char* name, const std::vector<std::string>& columns,
               const std::function<void(CsvWriter&)>& rows) {
        const std::string path = path_ + "/" + name;
        const auto file = outputs_.create(path);
        if (!file) refuse(path);
        CsvWriter writer = CsvWriter::in_order(**file, columns);
        rows(writer);
        if (!writer.finish()) refuse(path);
    }
    void commit() {
        if (!outputs_.commit()) refuse(path_);
    }

  private:
    [[noreturn]] static void refuse(const std::string& path) {
        throw CommandFailed(kExitUnwritable, "FILE_NOT_WRITABLE: file=" + path);
    }
    const std::string path_;
    tabular::OutputSet outputs_;
};

void write_institutions(Folder& folder, const Registers& registers) {
    folder.write("institutions.csv",
                 {"institution_id", "name", "class", "level", "parent_institution_id",
                  "agreement_from", "effective_on"},
                 [&](CsvWriter& out) {
                     for (const auto& row : registers.institutions) {
                         const std::string level =
                             common::v1::InstitutionLevel_Name(row.level())
                                 .substr(std::string_view("INSTITUTION_LEVEL_").size());
                         out.text(row.institution_id()).text(row.name()).text(row.class_());
                         out.text(level).text(row.parent_institution_id());
                         out.text(row.agreement_from()).text(row.effective_on()).end_row();
                     }
                 });
    folder.write("memberships.csv", {"consortium_id", "institution_id", "role", "from"},
                 [&](CsvWriter& out) {
                     for (const auto& row : registers.memberships) {
                         const bool leads = row.role() == directory::v1::MEMBERSHIP_ROLE_LEAD;
                         out.text(row.consortium_id()).text(row.institution_id());
                         out.text(leads ? "LEAD" : "MEMBER").text(row.from()).end_row();
                     }
                 });
}

void write_people(Folder& folder, const Registers& registers) {
    folder.write(
        "practitioners.csv",
        {"practitioner_id", "name", "institution_ids", "title", "rights", "valid_from"},
        [&](CsvWriter& out) {
            for (const auto& row : registers.practitioners) {
                out.text(row.practitioner_id()).text(row.name()).list(list(row.institution_ids()));
                out.text(row.title()).list(list(row.rights())).text(row.valid_from()).end_row();
            }
        });
    folder.write("teams.csv", {"team_id", "institution_id", "leader_id", "members", "name_code"},
                 [&](CsvWriter& out) {
                     for (const auto& row : registers.teams) {
                         std::vector<std::string> members;
                         for (const auto& member : row.members()) {
                             members.push_back(member.practitioner_id() + ":" + member.role());
                         }
                         out.text(row.team_id()).text(row.institution_id()).text(row.leader_id());
                         out.list(members).text(row.name_code()).end_row();
                     }
                 });
}

void write_residents(Folder& folder, const Registers& registers) {
    folder.write(
        "residents.csv",
        {"resident_id", "document_kind", "document_number", "name", "sex", "birth_date",
         "insurance", "insured_region", "phone", "home_institution_id", "aid_class",
         "allergy_codes"},
        [&](CsvWriter& out) {
            for (const auto& row : registers.residents) {
                const auto& identity = row.identity();
                const bool employee = row.insurance() == common::v1::INSURANCE_EMP;
                out.text(row.resident_id()).text(identity.document_kind());
                out.text(identity.document_number()).text(identity.name());
                out.text(row.sex() == common::v1::SEX_MALE ? "1" : "2").text(row.birth_date());
                out.text(employee ? "EMP" : "RES").text(row.insured_region());
                out.text(identity.phone()).text(row.home_institution_id()).text(row.aid_class());
                out.list(list(row.allergy_codes())).end_row();
            }
        });
}

}  // namespace

void write_registers(const District& district, const Registers& registers,
                     const std::string& path) {
    Folder folder(path);
    write_institutions(folder, registers);
    write_people(folder, registers);
    write_residents(folder, registers);
    folder.write("enrolments.csv",
                 {"enrolment_id", "resident_id", "disease_code", "institution_id", "confirmed_on",
                  "source", "team_id"},
                 [&](CsvWriter& out) {
                     for (const auto& row : registers.enrolments) {
                         out.text(row.enrolment_id()).text(row.resident_id());
                         out.text(row.disease_code()).text(row.institution_id());
                         out.text(row.confirmed_on()).text(row.source()).text(row.team_id());
                         out.end_row();
                     }
                 });
    folder.write("contracts.csv", {"resident_id", "team_id"}, [&](CsvWriter& out) {
        for (const Resident& r : district.residents) {
            if (r.contracted) out.text(r.id).text(district.teams[r.team].id).end_row();
        }
    });
    folder.commit();
}

}  // namespace yilian::cli::play
