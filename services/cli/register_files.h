#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "libs/tabular/error_report.h"
#include "libs/tabular/reader.h"
#include "yilian/directory/v1/import_service.pb.h"
#include "yilian/registries/v1/registry_service.pb.h"

// The registers as CSV files (services/cli/README.md, "CSV files"): for `yilian import` and for
// `yilian play --input`. Bad rows go to the error report, the good ones are answered.
namespace yilian::cli {

// How a register's file looks and how a row of it is read.
template <class Row>
struct FileFormat {
    std::vector<tabular::Column> columns;
    std::vector<std::size_t> key;  // columns that name a row; a second row of a key is bad
    // Fills a row of the reader's current one; false: rejected through the reader.
    std::function<bool(tabular::Reader&, Row&)> take;
};
[[nodiscard]] FileFormat<directory::v1::Institution> institution_format(
    const std::string& district);
[[nodiscard]] FileFormat<directory::v1::Membership> membership_format();
[[nodiscard]] FileFormat<directory::v1::Practitioner> practitioner_format();
[[nodiscard]] FileFormat<directory::v1::TeamRow> team_format();
[[nodiscard]] FileFormat<directory::v1::ResidentRow> resident_format();
[[nodiscard]] FileFormat<registries::v1::EnrolmentRow> enrolment_format();

// Throws CommandFailed 4: the file cannot be read or its header is wrong.
[[noreturn]] void refuse_file(const Refusal& refusal);

template <class Row>
struct FileRows {
    std::string file;
    std::vector<Row> rows;
    std::vector<std::uint64_t> numbers;  // row of the file, the header being 1
};

// Each throws CommandFailed 4 when the file cannot be read or its header is wrong.
[[nodiscard]] FileRows<directory::v1::Institution> read_institutions(const std::string& file,
                                                                     const std::string& district,
                                                                     tabular::ErrorReport& errors);
[[nodiscard]] FileRows<directory::v1::Membership> read_memberships(const std::string& file,
                                                                   tabular::ErrorReport& errors);
[[nodiscard]] FileRows<directory::v1::Practitioner> read_practitioners(
    const std::string& file, tabular::ErrorReport& errors);
[[nodiscard]] FileRows<directory::v1::TeamRow> read_teams(const std::string& file,
                                                          tabular::ErrorReport& errors);
[[nodiscard]] FileRows<directory::v1::ResidentRow> read_residents(const std::string& file,
                                                                  tabular::ErrorReport& errors);
[[nodiscard]] FileRows<registries::v1::EnrolmentRow> read_enrolments(const std::string& file,
                                                                     tabular::ErrorReport& errors);

// contracts.csv of a play: who has a contract with which team.
struct ContractRow {
    std::string resident_id;
    std::string team_id;
};
[[nodiscard]] FileRows<ContractRow> read_contracts(const std::string& file,
                                                   tabular::ErrorReport& errors);

}  // namespace yilian::cli
