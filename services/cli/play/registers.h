#pragma once

#include <string>
#include <vector>

#include "services/cli/play/district.h"
#include "services/cli/play/story.h"
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
    std::vector<registries::v1::EnrolmentRow> enrolments;  // known before the first day
};

// Of the synthetic district.
[[nodiscard]] Registers registers_of(const District& district, const std::vector<Story>& stories);

// Of an operator's own files (services/cli/README.md, "CSV files"), and the district that they
// describe. Throws CommandFailed: 4 unreadable, 3 a bad row (they are written to
// OUT/input.errors.csv) or a district that cannot be played, with the reason.
struct InputDistrict {
    District district;
    Registers registers;
};
[[nodiscard]] InputDistrict read_input(const std::string& folder, const std::string& out,
                                       const PlayOptions& options, const policy::Pack& pack,
                                       const calendar::WorkingDays& days);

}  // namespace yilian::cli::play
