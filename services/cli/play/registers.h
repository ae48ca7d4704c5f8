#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "services/cli/play/district.h"
#include "yilian/directory/v1/import_service.pb.h"
#include "yilian/registries/v1/registry_service.pb.h"

// The registers of a district as rows of the import methods.
namespace yilian::cli::play {

struct Registers {
    std::vector<directory::v1::Institution> institutions;
    std::vector<directory::v1::Membership> memberships;
    std::vector<directory::v1::Practitioner> practitioners;
    std::vector<directory::v1::TeamRow> teams;
    std::vector<directory::v1::ResidentRow> residents;
    // Row of the file that each row of a register stands in, by the register's name; empty for a
    // synthetic district.
    std::map<std::string, std::vector<std::uint64_t>> numbers;
    // Those confirmed before the first day are imported, later ones are confirmed on their day.
    std::vector<registries::v1::EnrolmentRow> enrolments;
};

// Of the synthetic district.
[[nodiscard]] Registers registers_of(const District& district);

// Writes the registers as the files that read_input() reads, and contracts.csv. Throws
// CommandFailed 6.
void write_registers(const District& district, const Registers& registers,
                     const std::string& folder);

// Of an operator's own files (services/cli/README.md, "A district from files"), and the district
// that they describe. Bad rows are left out and told in OUT/input.errors.csv. Throws CommandFailed:
// 4 unreadable, 3 a district that cannot be played, with the reason, 6 the report cannot be
// written.
struct InputDistrict {
    District district;
    Registers registers;
    std::uint64_t bad_fields = 0;
};
[[nodiscard]] InputDistrict read_input(const std::string& folder, const std::string& out,
                                       const PlayOptions& options, const policy::Pack& pack,
                                       const calendar::WorkingDays& days);

}  // namespace yilian::cli::play
