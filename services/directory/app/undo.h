#pragma once

#include <string>
#include <string_view>

#include "libs/runtime/work.h"
#include "yilian/common/v1/import.pb.h"

// Taking an import back (ImportService.UndoImport).
namespace yilian::directory::app {

using runtime::Work;

// Removes every row of the batch, all kinds together, or none. Consumers have seen the rows, so
// each is also ended by the fact that ends such a row: a membership before its first day, a team
// dissolved, a practitioner without rights, a resident moved outside, an institution without
// agreement. Refusals: BATCH_NOT_FOUND, AUTH_RECORD_ACCESS_DENIED (of another institution),
// BATCH_ALREADY_UNDONE, BATCH_IN_USE (what depends is in metadata: kind and id). What other
// services hold of a resident is known here by enrolments and by reads of the record.
//
// One unit, as long as the batch is; meant for operators, not for daily work.
[[nodiscard]] Outcome<common::v1::UndoReport> undo_import(Work& work, const std::string& batch_id);

}  // namespace yilian::directory::app
