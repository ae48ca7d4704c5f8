#pragma once

#include <functional>

namespace CLI {
class App;
}  // namespace CLI

// How the groups of options add their commands to the program.
namespace yilian::cli {

using Action = std::function<int()>;
// What makes a command under another one: name, what it does, examples.
using MakeCommand = std::function<CLI::App*(CLI::App&, const char*, const char*, const char*)>;
// What is called when the command was chosen.
using On = std::function<void(CLI::App*, Action)>;

}  // namespace yilian::cli
