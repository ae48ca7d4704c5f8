#pragma once

#include <cstddef>

#include "services/cli/play/stage.h"

// What import_district() does beside the registers.
namespace yilian::cli::play {

// Who imports for the district.
[[nodiscard]] Actor registrar(const Stage& stage);

// Service offers of hospitals and centres, pools and their places for every day of the play.
void publish_places(Stage& stage, std::size_t threads);

void import_drugs(Stage& stage);

// The budget pools of each year that the play touches, with the pack's rates.
void create_pools(Stage& stage, const policy::Pack& pack);

// "RES-2026".
[[nodiscard]] std::string pool_id(const std::string& insurance, int year);

}  // namespace yilian::cli::play
