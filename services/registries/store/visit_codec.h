#pragma once

#include "services/registries/domain/visit.h"
#include "yilian/registries/v1/types.pb.h"

// The measured values of a visit between proto and domain; the only place that knows both.
namespace yilian::registries::store {

// Fills the measured values, signs and mode of `visit` from `data`; ids and the day stay. The
// request has passed validation: the day is an existing date.
void read_data(const v1::VisitData& data, domain::Visit& visit);

}  // namespace yilian::registries::store
