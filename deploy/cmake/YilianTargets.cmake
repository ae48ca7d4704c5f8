# The few verbs every folder uses. Our own code is compiled with warnings as errors and with the
# preset's sanitizers; generated code (proto/) links none of this.

add_library(yilian_own_code INTERFACE)
target_compile_options(yilian_own_code INTERFACE -Wall -Wextra -Wconversion -Wshadow -Werror)
target_include_directories(yilian_own_code INTERFACE "${PROJECT_SOURCE_DIR}")
if(YILIAN_SANITIZE)
  # GCC 12 takes instrumented <regex> and std::function for uninitialized.
  target_compile_options(yilian_own_code INTERFACE -fsanitize=${YILIAN_SANITIZE}
                         -fno-omit-frame-pointer -fno-sanitize-recover=all
                         -Wno-maybe-uninitialized)
  # Without RELRO: mold 1.10 now and then places its end outside the segment, and the loader stops.
  add_link_options(-fsanitize=${YILIAN_SANITIZE} -Wl,-z,norelro)
endif()

# yilian_library(NAME SOURCES a.cpp ... DEPS target ...): static library, include root = repository.
function(yilian_library NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${NAME} STATIC ${ARG_SOURCES})
    target_link_libraries(${NAME} PUBLIC ${ARG_DEPS} PRIVATE yilian_own_code)
    target_include_directories(${NAME} PUBLIC "${PROJECT_SOURCE_DIR}")
  else()
    add_library(${NAME} INTERFACE)
    target_link_libraries(${NAME} INTERFACE ${ARG_DEPS})
    target_include_directories(${NAME} INTERFACE "${PROJECT_SOURCE_DIR}")
  endif()
endfunction()

# yilian_executable(NAME SOURCES ... DEPS ...)
function(yilian_executable NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPS} yilian_own_code)
endfunction()

# yilian_test(NAME SOURCES ... DEPS ... LABELS unit|contract|functional|chaos|golden [TIMEOUT s]
#             [ENVIRONMENT K=V ...] [SERIAL]): one gtest program, one ctest entry.
function(yilian_test NAME)
  cmake_parse_arguments(ARG "SERIAL" "TIMEOUT" "SOURCES;DEPS;LABELS;ENVIRONMENT" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main yilian_own_code)
  add_test(NAME ${NAME} COMMAND ${NAME})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set_tests_properties(${NAME} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT}
                       ENVIRONMENT "YILIAN_SOURCE_DIR=${PROJECT_SOURCE_DIR};YILIAN_BINARY_DIR=${PROJECT_BINARY_DIR};${ARG_ENVIRONMENT}")
  if(ARG_SERIAL)
    set_tests_properties(${NAME} PROPERTIES RUN_SERIAL TRUE)
  endif()
endfunction()

# yilian_embed(NAME SYMBOL ns::function FILES a.sql ...): compiles files into a function that returns
# std::span<const EmbeddedFile> (libs/base/embedded_file.h), sorted by name.
function(yilian_embed NAME)
  cmake_parse_arguments(ARG "" "SYMBOL" "FILES" ${ARGN})
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${NAME}.cpp")
  set(paths)
  foreach(f ${ARG_FILES})
    get_filename_component(p "${f}" ABSOLUTE)
    list(APPEND paths "${p}")
  endforeach()
  add_custom_command(OUTPUT "${out}"
    COMMAND "${CMAKE_COMMAND}" "-DOUT=${out}" "-DSYMBOL=${ARG_SYMBOL}" "-DFILES=${paths}"
            -P "${PROJECT_SOURCE_DIR}/deploy/cmake/EmbedFiles.cmake"
    DEPENDS ${paths} "${PROJECT_SOURCE_DIR}/deploy/cmake/EmbedFiles.cmake" VERBATIM)
  add_library(${NAME} STATIC "${out}")
  target_include_directories(${NAME} PUBLIC "${PROJECT_SOURCE_DIR}")
endfunction()
