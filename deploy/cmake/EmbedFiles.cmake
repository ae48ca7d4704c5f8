# Script behind yilian_embed: writes FILES as byte arrays behind one function.
string(REGEX REPLACE "^(.*)::([^:]+)$" "\\1;\\2" parts "${SYMBOL}")
list(GET parts 0 ns)
list(GET parts 1 fn)
set(names)
foreach(f ${FILES})
  get_filename_component(n "${f}" NAME)
  list(APPEND names "${n}|${f}")
endforeach()
list(SORT names)
set(arrays "")
set(entries "")
set(index 0)
foreach(entry ${names})
  string(FIND "${entry}" "|" bar)
  string(SUBSTRING "${entry}" 0 ${bar} n)
  math(EXPR after "${bar}+1")
  string(SUBSTRING "${entry}" ${after} -1 f)
  file(READ "${f}" hex HEX)
  string(LENGTH "${hex}" len)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  math(EXPR size "${len}/2")
  string(APPEND arrays "const unsigned char bytes_${index}[] = {${bytes}0};\n")
  string(APPEND entries "        {\"${n}\", {reinterpret_cast<const char*>(bytes_${index}), ${size}}},\n")
  math(EXPR index "${index}+1")
endforeach()
file(WRITE "${OUT}" "#include \"libs/base/embedded_file.h\"

namespace ${ns} {
namespace {
${arrays}}  // namespace
std::span<const yilian::EmbeddedFile> ${fn}();
std::span<const yilian::EmbeddedFile> ${fn}() {
    static const yilian::EmbeddedFile files[] = {
${entries}    };
    return files;
}
}  // namespace ${ns}
")
