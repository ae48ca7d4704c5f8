#pragma once

#include <cstddef>

#include "services/cli/play/pipeline.h"
#include "services/cli/play/registers.h"
#include "services/cli/play/stage.h"

namespace yilian::cli::play {

// Everything that is there before the first day, through the BatchImport methods in batches of 500
// rows, and what each institution publishes of itself: offers, pools, places. Waits for the
// pipeline wherever one service needs what another was told.
void import_district(Stage& stage, Pipeline& pipeline, const policy::Pack& pack,
                     const Registers& registers, std::size_t threads);

}  // namespace yilian::cli::play
