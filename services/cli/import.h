#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "services/cli/caller.h"
#include "services/cli/run_file.h"

// `yilian import`: registers, drug catalogues and settlement lists from CSV files through the
// services' import methods. Every import is a batch; a batch is taken back whole.
namespace yilian::cli {

// institutions, memberships, practitioners, teams, residents, enrolments, drugs, lists.
[[nodiscard]] const std::vector<std::string>& import_kinds();

struct ImportArgs {
    std::string kind;
    std::vector<std::string> files;  // of `lists`: folders
    std::string batch_id;            // "" = made, and printed
    bool dry_run = false;            // the services check and store nothing
    bool strict = false;             // a dry run first; nothing is stored when a row is bad
    bool quiet = false;              // no progress
    std::string errors;              // "" = the first file with .errors.csv appended
    // Who imports in a local run: "" = the health commission HC-<district>, for lists the
    // institution of each list.
    std::string institution;
    CallerFiles caller;
    // Of `drugs`: the dated version that the rows belong to.
    std::string catalogue_id;
    std::string version;
    std::string effective_from;
    std::string source;
};

// Imports, prints what became of the rows, and writes every bad row to the error report
// (file,row,column,reason,value). Exit code 0, or 1 when a row was bad or refused, 5 with `strict`.
int import_files(const RunFile& run, const ImportArgs& args, bool json, std::ostream& out);

struct UndoArgs {
    std::string batch_id;
    std::string kind;         // "" = wherever the batch is, what depends on others first
    std::string institution;  // as in ImportArgs; of lists it must be given in a local run
    CallerFiles caller;
};
// Takes a batch back as long as nothing depends on its rows. Exit code 1 when a service refuses
// (BATCH_IN_USE, BATCH_ALREADY_UNDONE) or no service knows the batch.
int undo_import(const RunFile& run, const UndoArgs& args, bool json, std::ostream& out);

// The columns of a kind's files.
int show_columns(const std::string& kind, bool json, std::ostream& out);

}  // namespace yilian::cli
