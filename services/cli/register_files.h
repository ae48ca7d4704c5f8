#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/tabular/error_report.h"
#include "yilian/directory/v1/import_service.pb.h"
#include "yilian/registries/v1/registry_service.pb.h"

// The registers as CSV files (services/cli/README.md, "CSV files"): for `yilian import` and for
// `yilian play --input`. Bad rows go to the error report, the good ones are answered.
namespace yilian::cli {

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
