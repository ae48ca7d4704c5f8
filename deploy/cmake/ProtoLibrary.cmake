# yilian_proto_library(NAME): all .proto files below the current folder as one target to link, and
# ${CMAKE_CURRENT_BINARY_DIR}/yilian.binpb, the descriptor set of all of them with comments.
#
# The current folder is the import root, so that files are named "yilian/…" in descriptors and includes.
# CMake's own protobuf_generate is not used: it forgets the imports of a file, so that a changed option
# leaves stale code behind. Generated code is compiled once, at -O1, with neither our warnings nor
# sanitizers, and linked whole: descriptors of files that nobody names (events of other services, for the
# type registry and for reflection) must be in every program.
function(yilian_proto_library NAME)
  set(root "${CMAKE_CURRENT_SOURCE_DIR}")
  set(out "${CMAKE_CURRENT_BINARY_DIR}/gen")
  file(GLOB_RECURSE protos CONFIGURE_DEPENDS RELATIVE "${root}" "${root}/*.proto")
  list(SORT protos)
  file(MAKE_DIRECTORY "${out}")
  set(sources)
  foreach(proto ${protos})
    string(REGEX REPLACE "\\.proto$" "" stem "${proto}")
    string(REPLACE "/" "_" flat "${stem}")
    # A file that gains its first service must be noticed without a fresh configuration.
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${root}/${proto}")
    file(STRINGS "${root}/${proto}" services REGEX "^service ")
    set(generated "${out}/${stem}.pb.cc" "${out}/${stem}.pb.h")
    set(grpc)
    if(services)
      list(APPEND generated "${out}/${stem}.grpc.pb.cc" "${out}/${stem}.grpc.pb.h")
      set(grpc "--grpc_out=${out}" "--plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>")
    endif()
    add_custom_command(
      OUTPUT ${generated}
      COMMAND protobuf::protoc "-I${root}" "--cpp_out=${out}" ${grpc}
              "--dependency_out=${CMAKE_CURRENT_BINARY_DIR}/${flat}.d" "${root}/${proto}"
      DEPENDS "${root}/${proto}" protobuf::protoc
      DEPFILE "${CMAKE_CURRENT_BINARY_DIR}/${flat}.d"
      COMMENT "protoc ${proto}" VERBATIM)
    list(APPEND sources ${generated})
  endforeach()

  add_library(${NAME}_objects STATIC ${sources})
  target_include_directories(${NAME}_objects SYSTEM PUBLIC "${out}")
  target_link_libraries(${NAME}_objects PUBLIC protobuf::libprotobuf gRPC::grpc++)

  # The source only makes it a target that can be built by name.
  add_library(${NAME} INTERFACE "${root}/CMakeLists.txt")
  target_link_libraries(${NAME} INTERFACE "$<LINK_LIBRARY:WHOLE_ARCHIVE,${NAME}_objects>")
  target_include_directories(${NAME} SYSTEM INTERFACE "${out}")
  add_dependencies(${NAME} ${NAME}_objects)

  set(set_file "${CMAKE_CURRENT_BINARY_DIR}/yilian.binpb")
  list(TRANSFORM protos PREPEND "${root}/" OUTPUT_VARIABLE paths)
  add_custom_command(
    OUTPUT "${set_file}"
    COMMAND protobuf::protoc "-I${root}" --include_imports --include_source_info
            "--descriptor_set_out=${set_file}" ${paths}
    DEPENDS ${paths} protobuf::protoc
    COMMENT "protoc descriptor set" VERBATIM)
  add_custom_target(${NAME}_descriptors ALL DEPENDS "${set_file}")
endfunction()
